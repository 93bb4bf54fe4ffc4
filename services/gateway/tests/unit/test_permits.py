"""Tests that open streams end with their sign-in."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from chassis.observe.health import Watchdog
from chassis.storage.errors import DatabaseAway
from gateway.edge.streams.permits import Permit, Permits


class Sessions:
    """Represents the store of sessions: some are alive, or it is away."""

    def __init__(self, *alive: UUID) -> None:
        self.left = set(alive)
        self.away = False
        self.asked: list[list[UUID]] = []

    async def alive(self, sessions: Sequence[UUID]) -> set[UUID]:
        if self.away:
            raise DatabaseAway
        self.asked.append(sorted(sessions))
        return {session for session in sessions if session in self.left}


def permit(session: UUID | None, seconds: float = 60) -> Permit:
    return Permit(uuid4(), session, seconds)


async def test_the_streams_of_an_ended_session_end_and_no_others() -> None:
    left, kept = uuid4(), uuid4()
    sessions = Sessions(left, kept)
    permits = Permits(sessions.alive, Watchdog().pulse("permits"))
    one, two, other = (permits.hold(permit(session)) for session in (left, left, kept))
    with one as first, two as second, other as third:
        await permits.check()
        assert [first.is_set(), second.is_set(), third.is_set()] == [False] * 3
        sessions.left = {kept}
        await permits.check()
        assert [first.is_set(), second.is_set(), third.is_set()] == [True, True, False]
        assert sessions.asked == [sorted([left, kept])] * 2  # once for all streams
        await permits.check()
        assert sessions.asked[-1] == [kept]


async def test_a_stream_ends_with_its_token_also_while_the_database_is_away() -> None:
    now, session = 100.0, uuid4()
    sessions = Sessions(session)
    permits = Permits(sessions.alive, Watchdog().pulse("permits"), clock=lambda: now)
    with permits.hold(permit(session, 60)) as short, permits.hold(permit(session, 600)) as long:
        now = 159.9
        await permits.check()
        assert not short.is_set()
        sessions.away, now = True, 160.0
        with pytest.raises(DatabaseAway):
            await permits.check()
        assert [short.is_set(), long.is_set()] == [True, False]


async def test_a_stream_without_a_session_ends_with_its_time() -> None:
    now, sessions = 100.0, Sessions()
    permits = Permits(sessions.alive, Watchdog().pulse("permits"), clock=lambda: now)
    with permits.hold(permit(None, 60)) as ended:
        await permits.check()
        assert not ended.is_set()
        now = 160.0
        await permits.check()
        assert (ended.is_set(), sessions.asked) == (True, [])


async def test_nothing_is_asked_for_streams_that_have_gone() -> None:
    session = uuid4()
    sessions = Sessions(session)
    permits = Permits(sessions.alive, Watchdog().pulse("permits"))
    with permits.hold(permit(session)):
        pass
    await permits.check()
    assert sessions.asked == []
