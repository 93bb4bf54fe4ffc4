"""Writes the text of notifications."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.message.envelope import derived_id
from contracts.base import JobSucceeded

FEEDBACK_READY = "feedback_ready"


@dataclass(frozen=True, slots=True)
class Notification:
    """Holds one notification for one person."""

    id: UUID
    person_id: UUID
    type: str
    title: str
    body: str


def about(event: JobSucceeded) -> Notification | None:
    """Makes the notification about a job that has succeeded; None if the job needs none."""
    if event.kind != "attempt" or event.person_id is None:
        return None
    return Notification(
        id=derived_id(event.job_id, FEEDBACK_READY, "notify", 0),
        person_id=event.person_id,
        type=FEEDBACK_READY,
        title="Your feedback is ready",
        body="See how your tongue twister went.",
    )
