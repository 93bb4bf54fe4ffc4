"""Defines what content tells about learners, to whom notify reacts, and about authors; only a hint belongs to a job."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from contracts.base import PERSONAL, Event

_PERSON: JsonDict = {"person_id": "018f6a1e-0000-7000-8000-000000000002"}
_LESSON_ID = "018f6a1e-0000-7000-8000-000000000008"


class LearnerProgressed(Event):
    """A learner's day stands like this since `at`: this is all of it, and the latest `at` counts.

    `day` is the date in the learner's zone, which lasts until `day_ends_at`; `run` is the streak in done days, with
    today if it is done. `next_review_at` is null if no review will be due. `reviews_due_since` is when the first of
    those fell due that are; null if none is.
    """

    type = "learner.progressed"
    version = (1, 1)
    job_scoped = False
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_PERSON,
                    "at": "2026-11-20T18:00:00Z",
                    "day": "2026-11-20",
                    "day_ends_at": "2026-11-20T23:00:00Z",
                    "done": True,
                    "run": 4,
                    "reviews_due": 2,
                    "next_review_at": "2026-11-21T07:30:00Z",
                    "reviews_due_since": "2026-11-20T09:10:00Z",
                }
            ]
        }
    )

    person_id: UUID
    at: datetime
    day: Annotated[date, PERSONAL]
    day_ends_at: Annotated[datetime, PERSONAL]
    done: Annotated[bool, PERSONAL]
    run: Annotated[int, Field(ge=0), PERSONAL]
    reviews_due: Annotated[int, Field(ge=0), PERSONAL]
    next_review_at: Annotated[datetime | None, PERSONAL] = None
    reviews_due_since: Annotated[datetime | None, PERSONAL] = None


class LearnerDayEnds(Event):
    """A learner's day may have ended. Content publishes this to itself at that time; its fold decides what that means.

    It holds nothing but whom it is about, because it waits in clear until then.
    """

    type = "learner.day_ends"
    job_scoped = False
    model_config = ConfigDict(json_schema_extra={"examples": [{**_PERSON}]})

    person_id: UUID


class StatementsDue(Event):
    """The learning record store of this installation is to be told what a learner did.

    Content publishes this to itself. It waits in clear, so it holds nothing but whom it is about.
    """

    type = "learner.statements_due"
    job_scoped = False
    model_config = ConfigDict(json_schema_extra={"examples": [{**_PERSON}]})

    person_id: UUID


class LearnerRegraded(Event):
    """Answers of a learner in a lesson count more since a solution was corrected, by its revision.

    Content publishes this to itself, and tells the learner. It waits in clear, so it holds nothing but ids.
    """

    type = "learner.regraded"
    job_scoped = False
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**_PERSON, "lesson_id": "018f6a1e-0000-7000-8000-000000000008", "revision": 2}]
        }
    )

    person_id: UUID
    lesson_id: UUID
    revision: int = Field(ge=1)


class LearnerAwarded(Event):
    """A learner has reached something for the first time: a badge, or a milestone of experience points or days.

    A milestone is also a day that was missed or frozen and counts after all, as what was done then came late.
    """

    type = "learner.awarded"
    job_scoped = False
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_PERSON,
                    "kind": "badge",
                    "name": "first_lesson",
                    "title": "First lesson",
                    "at": "2026-11-20T18:00:00Z",
                }
            ]
        }
    )

    person_id: UUID
    kind: Literal["badge", "milestone"]
    name: Annotated[str, Field(max_length=80), PERSONAL]
    title: Annotated[str, Field(max_length=100), PERSONAL]
    at: datetime


class HintGiven(Event):
    """A learner was given a hint, which counts as seen from now on. `source`: authored, or the kind of the model."""

    type = "hint.given"
    public_fields = ("hint_id", "level", "source")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_PERSON,
                    "hint_id": "018f6a1e-0000-7000-8000-000000000001",
                    "level": 1,
                    "source": "authored",
                }
            ]
        }
    )

    person_id: UUID
    hint_id: UUID
    level: int = Field(ge=1, le=3)
    source: Literal["authored", "local", "cloud"]


class LeagueWeekEnds(Event):
    """A week of the leagues has ended, and the next is to be drawn. Content publishes this to itself at that time."""

    type = "league.week_ends"
    job_scoped = False
    model_config = ConfigDict(json_schema_extra={"examples": [{"week": "2026-W47"}]})

    week: Annotated[str, Field(pattern=r"^\d{4}-W\d{2}$")]


class LeaguesDrawn(Event):
    """The leagues after `week` are drawn: the members of those from `first` to `last` are to be told how theirs ended.

    Content publishes this to itself, a few leagues at a time.
    """

    type = "league.drawn"
    job_scoped = False
    model_config = ConfigDict(json_schema_extra={"examples": [{"week": "2026-W47", "first": 1, "last": 10}]})

    week: Annotated[str, Field(pattern=r"^\d{4}-W\d{2}$")]
    first: Annotated[int, Field(ge=1)]
    last: Annotated[int, Field(ge=1)]


class LeagueClosed(Event):
    """A week of a league has ended for one learner. `week` is an ISO week in UTC; `result` says where to one goes."""

    type = "league.closed"
    job_scoped = False
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**_PERSON, "week": "2026-W47", "league": 3, "rank": 2, "xp": 310, "result": "up"}]
        }
    )

    person_id: UUID
    week: Annotated[str, Field(pattern=r"^\d{4}-W\d{2}$")]
    league: Annotated[int, Field(ge=1)]
    rank: Annotated[int, Field(ge=1), PERSONAL]
    xp: Annotated[int, Field(ge=0), PERSONAL]
    result: Annotated[Literal["up", "stays", "down"], PERSONAL]


class ReportAnswered(Event):
    """Somebody who looks after the content has decided about a learner's report, perhaps with a reply in words."""

    type = "report.answered"
    job_scoped = False
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_PERSON,
                    "report_id": "018f6a1e-0000-7000-8000-000000000009",
                    "lesson_id": _LESSON_ID,
                    "status": "resolved",
                    "reply": "Thank you: the unit is bytes now.",
                    "at": "2026-11-20T18:00:00Z",
                }
            ]
        }
    )

    person_id: UUID
    report_id: UUID
    lesson_id: UUID | None = None
    status: Literal["open", "in_progress", "resolved", "rejected"]
    reply: Annotated[str | None, Field(max_length=2000), PERSONAL] = None
    at: datetime


#: what authors and admins do to content
ContentAct = Literal[
    "created", "changed", "deleted", "published", "fixed", "retired", "reverted", "previewed", "imported", "answered"
]


class ContentAdministered(Event):
    """An author or an admin has done something to content, or to a report about it: a security event says so.

    `act_id` names the act, whenever it is told. `content_id` is the entry, or for `answered` the report; null: several.
    `count` is how many entries an import has made or changed.
    """

    type = "content.administered"
    job_scoped = False
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_PERSON,
                    "act_id": "018f6a1e-0000-7000-8000-00000000000a",
                    "act": "published",
                    "content_id": _LESSON_ID,
                    "revision": 3,
                    "at": "2026-11-20T18:00:00Z",
                }
            ]
        }
    )

    person_id: UUID
    act_id: UUID
    act: ContentAct
    content_id: UUID | None = None
    revision: Annotated[int, Field(ge=1)] | None = None
    count: Annotated[int, Field(ge=0)] | None = None
    at: datetime
