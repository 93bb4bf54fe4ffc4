"""Answers what a streak would be, by the function that counts everybody's."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from chassis.time_zones import names
from chassis.web.call import Call
from chassis.web.direct import DirectResponse, whole
from chassis.web.fields import Moment
from chassis.web.problems import invalid
from chassis.web.routes import Routes
from chassis.web.validation import Input
from content.days import Setting
from content.gamification.streak import DayState, explain

explain_routes = Routes("gamification")

#: of one question to the streak function; the days are those from the first moment to now
MOST_MOMENTS, MOST_DAYS, MOST_BODY = 2_000, 3_700, 256 * 1024
DEADLINE_S = 10.0


def _known_zone(value: str) -> str:
    if value not in names():
        raise ValueError("must be a time zone such as Europe/Berlin")
    return value


def _day_start(value: object) -> object:
    """Takes `"00:00"` to `"06:00"`."""
    found = re.fullmatch(r"(0\d):([0-5]\d)", value, re.ASCII) if isinstance(value, str) else None
    if found is None or found[0] > "06:00":
        raise ValueError("must be a time from 00:00 to 06:00")
    return time(int(found[1]), int(found[2]))


def _within_reach(value: datetime) -> datetime:
    """Refuses times at the ends of the calendar, around which there are no days to count."""
    if not 1900 <= value.year < 2200:
        raise ValueError("must be a time from 1900 to 2199")
    return value


TimeZone = Annotated[str, Field(max_length=100), AfterValidator(_known_zone)]
DayStart = Annotated[
    time,
    BeforeValidator(_day_start, json_schema_input_type=Annotated[str, Field(pattern="^0[0-6]:[0-5][0-9]$")]),
]
_Counted = Annotated[Moment, AfterValidator(_within_reach)]


class ZoneSince(Input):
    """Says which time zone and day start were in force from a moment on."""

    since: _Counted
    time_zone: TimeZone
    day_start: DayStart = Field(default_factory=lambda: time(0))


class StreakQuestion(Input):
    """Asks for the streak of somebody who learned at some moments.

    Before the first of `zones` UTC is in force. Moments later than `now` have not happened.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "zones": [{"since": "2026-11-01T00:00:00Z", "time_zone": "Europe/Berlin", "day_start": "04:00"}],
                    "done": ["2026-11-27T20:00:00+01:00", "2026-11-29T01:30:00+01:00"],
                    "now": "2026-11-29T12:00:00+01:00",
                    "freezes": 1,
                }
            ]
        }
    )

    zones: Annotated[list[ZoneSince], Field(max_length=MOST_MOMENTS)]
    done: Annotated[list[_Counted], Field(max_length=MOST_MOMENTS)]
    now: _Counted
    freezes: Annotated[int, Field(strict=True, ge=0, le=2)]


class ExplainedDay(BaseModel):
    """Shows a date with its state."""

    date: date
    state: DayState


class StreakAnswer(BaseModel):
    """Shows a streak: the run of days until now, the longest, the freezes left, and each day since the first."""

    current: int
    longest: int
    freezes: int
    days: list[ExplainedDay]


@explain_routes.direct(
    "/gamification/explain", access=("signed-in",), deadline=DEADLINE_S, shows=StreakAnswer, max_body=MOST_BODY
)
async def explain_streak(body: StreakQuestion, call: Call) -> DirectResponse:
    """Answers what the streak would be, by the very function that counts everybody's. Nothing is stored.

    A day begins when the wall clock reaches its date and day start, and lasts until the next begins. At most 2,000
    moments, and 3,700 days from the first of them to `now`.
    """
    happened = [moment for moment in body.done if moment <= body.now]
    too_many = invalid(("done", f"must lie within {MOST_DAYS:,} days before now"))
    if happened and (body.now - min(happened)).days > MOST_DAYS:
        raise too_many
    settings = [Setting(each.since, each.time_zone, each.day_start) for each in body.zones]
    streak = explain(settings, happened, body.now, body.freezes)
    if len(streak.days) > MOST_DAYS:
        raise too_many
    days = [ExplainedDay(date=day, state=state) for day, state in streak.days]
    answer = StreakAnswer(current=streak.current, longest=streak.longest, freezes=streak.freezes, days=days)
    return whole(answer.model_dump_json(), "application/json", {"Cache-Control": "no-store"})
