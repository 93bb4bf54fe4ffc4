"""What a notification says."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.message.envelope import derived_id
from contracts.base import JobSucceeded

FEEDBACK_READY = "feedback_ready"


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification for one person."""

    id: UUID
    person_id: UUID
    type: str
    title: str
    body: str


def about(event: JobSucceeded) -> Notification | None:
    """What a person is told when a job of theirs has succeeded; None where nobody needs to be told."""
    if event.kind != "attempt" or event.person_id is None:
        return None
    return Notification(
        id=derived_id(event.job_id, FEEDBACK_READY, "notify", 0),
        person_id=event.person_id,
        type=FEEDBACK_READY,
        title="Your feedback is ready",
        body="See how your tongue twister went.",
    )
