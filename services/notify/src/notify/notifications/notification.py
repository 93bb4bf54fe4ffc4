"""Writes what people are told."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.message.envelope import derived_id
from contracts.common import JobSucceeded
from contracts.gateway import ComesOfAge
from notify.notifications.decide import Notice

FEEDBACK_READY = "feedback_ready"
COMING_OF_AGE = "coming_of_age"


@dataclass(frozen=True, slots=True)
class Telling:
    """Holds something to tell a person. Of those with one `key` a person is told once."""

    id: UUID
    person_id: UUID
    notice: Notice
    title: str
    body: str
    key: str | None = None
    link: str | None = None


def about(event: JobSucceeded) -> Telling | None:
    """Makes the notification about a job that has succeeded; None if the job needs none."""
    if event.kind != "attempt" or event.person_id is None:
        return None
    return Telling(
        id=derived_id(event.job_id, FEEDBACK_READY, "notify", 0),
        person_id=event.person_id,
        notice=Notice(FEEDBACK_READY),
        title="Your feedback is ready",
        body="See how your tongue twister went.",
        key=f"{FEEDBACK_READY}/{event.job_id}",
    )


def about_coming_of_age(event: ComesOfAge) -> Telling:
    """Makes the notification that somebody will soon decide alone; there is one for each day that it was to be."""
    return Telling(
        id=derived_id(event.person_id, COMING_OF_AGE, event.day.isoformat(), 0),
        person_id=event.person_id,
        notice=Notice(COMING_OF_AGE, kinds=frozenset()),
        title="Soon you decide for yourself",
        body=f"From {event.day:%B} {event.day.day}, {event.day.year} you say yes or no about your data yourself. "
        "What your parent or guardian has said yes to ends on that day.",
        key=f"{COMING_OF_AGE}/{event.day.isoformat()}",
    )
