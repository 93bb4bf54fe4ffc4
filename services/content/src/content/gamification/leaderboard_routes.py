"""Serves leaderboards: to people who are known to be of age, and to whom it is not too much."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from chassis.handler import Rows
from chassis.web.call import Call
from chassis.web.principal import Principal
from chassis.web.problems import ProblemError, ProblemType
from chassis.web.routes import Routes
from chassis.web.validation import QueryInput
from content.deps import ContentDeps
from content.gamification import league_store, store
from content.gamification.league import WEEK, Standing, begin_of, pseudonym, ranked, week_of

leaderboard_routes = Routes("gamification")

Reason = Literal["minor", "opted_out", "age_unknown"]
LEADERBOARD_OFF = ProblemType(
    name="leaderboard-off",
    status=403,
    title="There is no leaderboard for you",
    detail="Leaderboards are for people who are 18 or older, and have not opted out: `reason` says which it is.",
)


def _known_week(value: str) -> str:
    if not 1900 <= begin_of(value).year < 2200:
        raise ValueError("must be a week from 1900 to 2199")
    return value


class WeekQuery(QueryInput):
    """Asks for an ISO week in UTC; this one if none is named."""

    week: Annotated[
        str | None, Field(pattern=r"^\d{4}-W\d{2}$"), AfterValidator(lambda each: each and _known_week(each))
    ] = None


class PlaceOut(BaseModel):
    """Shows a member of a league; `me` is whoever asks. Equal XP have equal rank; who was earlier comes first."""

    rank: int
    name: str
    xp: int
    me: bool


class LeaderboardOut(BaseModel):
    """Shows a league in a week; `league` is null for who is in none, as in the first week."""

    week: str
    league: int | None
    ends_at: datetime
    items: list[PlaceOut]


@leaderboard_routes.get("/gamification/leaderboard", access=("own",), problems=(LEADERBOARD_OFF,))
async def read_leaderboard(query: WeekQuery, call: Call[ContentDeps]) -> LeaderboardOut:
    """Shows the league that one is in, or was in a week before.

    Leagues of up to 30 are drawn each Monday by the XP of the week before; the first five go up, the last five down.
    """
    reason = await why_off(call.rows, call.principal)
    if reason is not None:
        raise ProblemError(LEADERBOARD_OFF, extensions={"reason": reason})
    week = query.week or week_of(await store.received(call.rows))
    league, items = await places(call.rows, week, call.caller)
    return LeaderboardOut(week=week, league=league, ends_at=begin_of(week) + WEEK, items=items)


async def why_off(rows: Rows, principal: Principal) -> Reason | None:
    """Returns why a person has no leaderboard; None: they have one."""
    known = None if principal.id is None else await league_store.learner_of(rows, principal.id)
    if principal.id is None or principal.age_band == "unknown":
        return "age_unknown"
    if principal.age_band != "of_age":
        return "minor"
    if known is None:
        return "age_unknown"
    if not known.adult:
        return "minor"
    settings = await store.settings_of(rows, principal.id)
    return "opted_out" if settings is not None and not settings.leaderboard else None


async def places(rows: Rows, week: str, person: UUID) -> tuple[int | None, list[PlaceOut]]:
    """Returns the league of a person in a week, and its members."""
    league = await league_store.league_of(rows, week, person)
    if league is None:
        return None, []
    found = {row.person_id: row for row in await league_store.members(rows, week, league)}
    ordered = ranked(Standing(row.person_id, int(row.xp), row.reached) for row in found.values())
    return league, [
        PlaceOut(
            rank=rank,
            name=found[each.person].username or pseudonym(each.person),
            xp=each.xp,
            me=each.person == person,
        )
        for rank, each in ordered
    ]
