"""Reads the events that a client hands in, and says when they happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, ModelWrapValidatorHandler, PrivateAttr, ValidationError, model_validator
from pydantic.config import JsonDict

from chassis.web.fields import Moment
from chassis.web.validation import Input

MOST_EVENTS = 100
#: what is handed in later than this is marked as late, and much later it is refused
LATE, TOO_OLD = timedelta(minutes=10), timedelta(days=7)
#: milliseconds of a day
_LONGEST = 24 * 60 * 60 * 1000
_LONG_AGO, _TICK = datetime(1, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_TIME: JsonDict = {"type": ["string", "null"], "format": "date-time"}


class SentEvent(Input):
    """Describes an event as it is sent. Only its `client_id` is looked at with the list; the rest rejects itself alone.

    `answer` has the shape that the type of the exercise asks for; `{"give_up": true}` asks for the solution.
    """

    client_id: UUID = Field(description="Made by the client; one event counts once for ever.")
    type: Any = Field(None, json_schema_extra={"type": "string", "enum": ["attempt", "review", "opened"]})
    lesson_id: Any = Field(None, json_schema_extra={"type": "string", "format": "uuid"})
    exercise_id: Any = Field(None, json_schema_extra={"type": ["string", "null"]})
    revision: Any = Field(None, json_schema_extra={"type": ["integer", "null"]})
    answer: Any = Field(None, json_schema_extra={"type": ["object", "null"]})
    happened_at: Any = Field(None, json_schema_extra=_TIME)
    duration_ms: Any = Field(None, json_schema_extra={"type": ["integer", "null"]})
    _strange: bool = PrivateAttr(False)

    @model_validator(mode="wrap")
    @classmethod
    def _reject_alone(cls, value: Any, handler: ModelWrapValidatorHandler[SentEvent]) -> SentEvent:
        """Notes unknown fields, instead of refusing the whole list for them."""
        if not isinstance(value, dict):
            return handler(value)
        event = handler({name: value[name] for name in cls.model_fields if name in value})
        event._strange = not value.keys() <= cls.model_fields.keys()
        return event

    @property
    def strange(self) -> bool:
        """Tells whether it has fields that no event has."""
        return self._strange


class EventsIn(Input):
    """Hands in what a learner did. `sent_at` is the client's clock when it sends: a wrong clock does no harm then."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "events": [
                        {
                            "client_id": "3b0a9b5e-6d0c-4a34-9d6f-0f3a4f1c2b11",
                            "type": "attempt",
                            "lesson_id": "018f6a1e-0000-7000-8000-000000000031",
                            "exercise_id": "which-is-v4",
                            "answer": {"choice": "9f2c51d0a7b3"},
                            "happened_at": "2026-11-29T18:59:30+01:00",
                        }
                    ],
                    "sent_at": "2026-11-29T19:00:00+01:00",
                }
            ]
        }
    )

    events: Annotated[list[SentEvent], Field(min_length=1, max_length=MOST_EVENTS)]
    sent_at: Moment | None = None


class LearnerEvent(Input):
    """Holds one event that could be read."""

    client_id: UUID
    type: Literal["attempt", "review", "opened"]
    lesson_id: UUID
    exercise_id: Annotated[str | None, Field(max_length=100)] = None
    revision: Annotated[int | None, Field(strict=True, ge=1, le=1_000_000)] = None
    answer: Any = None
    happened_at: Moment | None = None
    duration_ms: Annotated[int | None, Field(strict=True, ge=0, le=_LONGEST)] = None


def read_event(sent: SentEvent) -> LearnerEvent | None:
    """Returns an event; None for one that has fields missing, wrong or too many."""
    if sent.strange:
        return None
    try:
        event = LearnerEvent.model_validate(sent.model_dump(exclude_unset=True))
    except ValidationError:
        return None
    return event if event.type == "opened" or event.exercise_id is not None else None


def gives_up(answer: Any) -> bool:
    """Tells whether an answer asks for the solution."""
    return isinstance(answer, dict) and answer == {"give_up": True} and answer["give_up"] is True


def happened(happened_at: datetime | None, sent_at: datetime | None, received: datetime) -> datetime:
    """Returns when an event happened, by the database's clock, and never later than it was received.

    Where the client says when it happened and when it was sent, only the time between the two counts.
    """
    if happened_at is None:
        return received
    if sent_at is None:
        return min(received, happened_at)
    if sent_at <= happened_at:
        return received
    try:
        return received - (sent_at - happened_at)
    except OverflowError:
        return _LONG_AGO


def in_order(moments: Sequence[datetime]) -> list[datetime]:
    """Returns the moments of events in the order in which they were sent, with those that are equal apart.

    Of equal ones an earlier event happened a microsecond before the next: a first try stays the first.
    """
    apart = list(moments)
    places = sorted(range(len(apart)), key=lambda place: apart[place])
    for place, following in reversed([*pairwise(places)]):
        if apart[place] >= apart[following] > _LONG_AGO:
            apart[place] = apart[following] - _TICK
    return apart
