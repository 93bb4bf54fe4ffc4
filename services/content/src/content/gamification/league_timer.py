"""Sets the timer by which the leagues of the next week are drawn."""

from __future__ import annotations

from datetime import datetime, timedelta

from chassis.delivery.timers import timer, write_timers
from chassis.message.envelope import stand_in
from chassis.storage.database import Transaction
from content.gamification import league_store, store
from content.gamification.league import WEEK, begin_of, week_of
from contracts.learning import LeagueWeekEnds

WEEK_KEY = "league-week"
#: what was handed in before midnight is committed by then
_AFTER = timedelta(minutes=1)


def next_draw(week: str) -> datetime:
    """Returns when the leagues of the week after are drawn."""
    return begin_of(week) + WEEK + _AFTER


async def set_week_timer(tx: Transaction, source: str) -> None:
    """Sets the timer when a process starts: at once, if the leagues of this week are not drawn."""
    week = week_of(await store.received(tx))
    due = next_draw(week) if await league_store.is_drawn(tx, week) else timedelta()
    await write_timers(tx, {WEEK_KEY: timer(due, LeagueWeekEnds(week=week), cause=stand_in(), source=source)})
