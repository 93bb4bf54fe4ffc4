"""Tests sessions as a state machine: two gateways refresh, check, sign in and sign out, each held beside the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from chassis.message.envelope import new_id
from chassis.storage.database import Database, open_database
from gateway.edge.auth.refresh_tokens import RefreshToken
from gateway.edge.auth.sessions import RefreshInvalid, RefreshReused, Sessions
from gateway.edge.auth.tokens import AccessToken
from services.gateway.tests.integration.model_session import INVALID, REUSED, People, Picture, Refreshed, Seen
from tests.machines import TIMEOUT_S, Machine, play
from tests.stepped import Stepped

#: longer than a run takes, so that a grace is over only when rows say so
GRACE = timedelta(hours=1)
#: sessions of a person at most
MOST = 3
_PERSON = "INSERT INTO people (id, username) VALUES ($1, 'Robin')"
_SESSIONS = "SELECT *, ends_at <= now() AS over, now() AS now FROM sessions ORDER BY created_at"
_TOLD = "SELECT (detail->>'session')::uuid AS session FROM security_events WHERE event = 'refresh_reused' ORDER BY 1"
_GRACE_OVER = """
UPDATE sessions
   SET spent = ARRAY(SELECT t - interval '2 hours' FROM unnest(spent) WITH ORDINALITY AS s(t, n) ORDER BY n)
"""
_TIME_OVER = "UPDATE sessions SET ends_at = least(ends_at, now() - interval '1 hour') WHERE id = $1"


class Replica:
    """Represents one gateway."""

    def __init__(self, database: Database) -> None:
        self.database = Stepped(database)
        self._sessions = Sessions(self.database, grace=GRACE, most=MOST)

    async def sign_in(self, person: UUID) -> UUID:
        return (await self._sessions.begin(person, None)).session

    async def refresh(self, session: UUID, token: int) -> Refreshed:
        try:
            return (await self._sessions.refresh(RefreshToken(session, token))).generation
        except RefreshInvalid:
            return INVALID
        except RefreshReused:
            return REUSED

    async def use(self, session: UUID, person: UUID, token: int) -> bool:
        return await self._sessions.standing(AccessToken(person, session, token)) is not None

    async def end(self, session: UUID, person: UUID) -> bool:
        return await self._sessions.end(session, person, "logout")

    async def end_all(self, person: UUID, keep: UUID | None) -> int:
        return await self._sessions.end_all(person, "logout", keep=keep)


class SessionMachine(Machine[Replica, People]):
    """Runs the sessions of one person."""

    def __init__(self, loop: asyncio.AbstractEventLoop, database: Database) -> None:
        super().__init__(loop, database)
        self.person = new_id()
        self.wait(database.fetch(_PERSON, self.person))
        self.processes = Replica(database), Replica(database)
        self.model = People(MOST)
        self.found = self.model.picture()

    def a_session(self) -> UUID | None:
        """Draws a session, mostly an open one; signs in first if there is none."""
        if self.nothing_held and all(each.over for each in self.model.sessions.values()):
            self.sign_in()
        now = [id_ for id_, each in self.model.sessions.items() if not each.over]
        ended = [id_ for id_, each in self.model.sessions.items() if each.over][-1:]
        among = now * 3 + ended
        return self.draw(st.sampled_from(among), "session") if among else None

    def a_token(self, session: UUID) -> int:
        """Draws the number of a token of a session, mostly one of the last."""
        newest = self.model.sessions[session].unspent
        last = [number for number in (newest, newest, newest - 1, newest - 1, newest - 2, 1) if number > 0]
        return self.draw(st.sampled_from(last), "token")

    @rule()
    def sign_in(self) -> None:
        self.act(lambda r: r.sign_in(self.person), lambda model, session: model.signed_in(session))

    @rule()
    def refresh(self) -> None:
        if (session := self.a_session()) is not None:
            token = self.a_token(session)
            self.act(lambda r: r.refresh(session, token), lambda model, result: model.refreshed(session, token, result))

    @rule()
    def use(self) -> None:
        if (session := self.a_session()) is not None:
            token = self.a_token(session)
            self.act(
                lambda r: r.use(session, self.person, token),
                lambda model, accepted: model.used(session, token, accepted),
            )

    @rule(how=st.sampled_from(("one", "one", "stranger", "all", "others")))
    def sign_out(self, how: str) -> None:
        """Signs out of one session, of all, of all others; a stranger ends nothing."""
        if (session := self.a_session()) is None:
            return
        if how in ("all", "others"):
            keep = session if how == "others" else None
            self.act(lambda r: r.end_all(self.person, keep), lambda model, count: model.ended_all(count, keep))
        else:
            own = how == "one"
            person = self.person if own else new_id()
            self.act(lambda r: r.end(session, person), lambda model, result: model.ended(session, result, own=own))

    @rule(over=st.sampled_from(("grace", "grace", "session")))
    def time_passes(self, over: str) -> None:
        """Lets the grace of all spent tokens run out, or the time of one session."""
        if over == "grace":
            self.act(_run(_GRACE_OVER), lambda model, _: model.grace_over())
        elif (session := self.a_session()) is not None:
            self.act(_run(_TIME_OVER, session), lambda model, _: model.time_over(session))

    async def read(self) -> Picture:
        rows = await self.database.fetch(_SESSIONS)
        seen = {}
        for row in rows:
            assert len(row.spent) < row.generation, "more was spent than given"
            first = row.generation - len(row.spent)
            lately = frozenset(first + place for place, spent in enumerate(row.spent) if row.now - spent < GRACE)
            seen[row.id] = Seen(row.generation, row.used_generation, row.why_ended, row.over, lately)
        told = await self.database.fetch(_TOLD)
        return Picture(seen, tuple(seen), tuple(sorted(row.session for row in told)))

    def hold_true(self, before: Picture) -> None:
        open_now = [each for each in self.found.sessions.values() if not each.over]
        assert len(open_now) <= MOST
        assert len(set(self.found.told)) == len(self.found.told), "a theft is told twice"
        for id_, old in before.sessions.items():
            new = self.found.sessions[id_]
            assert not old.over or new == old or new.lately < old.lately, "an ended session lives on"
            assert new.generation - old.generation in (0, 1, 2)

    async def clean(self) -> None:
        for table in ("sessions", "security_events", "people"):
            await self.database.fetch(f"DELETE FROM {table}")


def _run(statement: str, *parameters: object) -> Callable[[Replica], Awaitable[object]]:
    return lambda replica: replica.database.fetch(statement, *parameters)


@pytest.mark.timeout(TIMEOUT_S)
def test_sessions(machine_url: str) -> None:
    play(SessionMachine, open_database(machine_url, "gateway", size=4))
