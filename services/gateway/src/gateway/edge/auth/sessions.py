"""Begins, refreshes, checks and ends sessions. `session_rule` decides; the row's lock makes each decision the only one.

Each method's answer is committed: a session that was ended is accepted nowhere from then on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.errors import Erased, VoxbusError
from chassis.message.envelope import new_id
from chassis.privacy.ages import Born
from chassis.storage.database import Database, Transaction
from chassis.storage.errors import is_outage
from chassis.storage.person_lock import share_people
from chassis.web.keyed import KeyedWrite
from gateway.edge.auth import session_statements as statements
from gateway.edge.auth.refresh_tokens import RefreshToken
from gateway.edge.auth.session_rule import State, Verdict, judge, spent_after
from gateway.edge.auth.shared_reads import GatheredReads, SharedReads
from gateway.edge.auth.tokens import ISSUER, AccessToken
from gateway.edge.security_events import SecurityEvent, record

#: sessions that a person may have; with one more the oldest ends
MOST = 20
#: default time in which a spent refresh token gives its successor again
GRACE = timedelta(seconds=10)

LAST_ID = UUID(int=2**128 - 1)

#: names a session and its person
_Key = tuple[UUID, UUID]
#: tells a person, in the transaction that ends a session, that its token was presented twice
TellSignedOut = Callable[[Transaction, UUID], Awaitable[None]]


class RefreshInvalid(VoxbusError):
    """Says that a refresh token is none, or that its session has ended."""


class RefreshReused(VoxbusError):
    """Says that a session has ended because a spent refresh token of it was presented."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Holds the facts that decide what a person may do, as they are now."""

    roles: frozenset[str]
    born: Born
    signed_in_at: datetime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Describes a session that has not ended. `device`: None when its family is not known."""

    id: UUID
    issuer: str
    device: str | None
    created_at: datetime
    last_used_at: datetime


async def _tell_nobody(_: Transaction, __: UUID) -> None:
    """Does nothing: there is no mail."""


class Sessions:
    """Holds the sessions of all people, in the database."""

    def __init__(
        self,
        database: Database,
        *,
        grace: timedelta = GRACE,
        most: int = MOST,
        tell_signed_out: TellSignedOut = _tell_nobody,
    ) -> None:
        """Takes the `grace` of a spent refresh token, and how many sessions a person may have at `most`."""
        self._database = database
        self._grace = grace
        self._most = most
        self._tell_signed_out = tell_signed_out
        self._uses = GatheredReads(self._use)
        self._first_uses = SharedReads(self._use_first)

    async def begin(
        self,
        person: UUID,
        device: str | None,
        issuer: str = ISSUER,
        *,
        network: str | None = None,
        address_key: bytes | None = None,
    ) -> AccessToken:
        """Begins a session, and ends the oldest when there are too many. Raises `Erased`.

        `network` is where the person is, for the security event; by `address_key` the address is known again.
        """
        session = new_id()
        async with self._database.transaction(partial(begin_with, person)) as tx:
            if not await tx.fetch(statements.LOCK_PERSON, person):
                raise Erased(str(person))
            await tx.fetch(statements.END_OLDEST, person, self._most - 1)
            await tx.fetch(statements.BEGIN, session, person, issuer, device, address_key)
            detail = {"session": str(session)}
            await record(
                tx, SecurityEvent(event="signed_in", person=person, issuer=issuer, network=network, detail=detail)
            )
        return AccessToken(person, session, 1)

    async def is_known_at(self, email: str, address_key: bytes) -> bool:
        """Tells whether an account signed in from an address before, as long as that session is remembered.

        Nothing is known while the database is away.
        """
        try:
            [row] = await self._database.fetch(statements.KNOWN_AT, email, address_key)
        except Exception as error:
            if is_outage(error):
                return False
            raise
        return bool(row.known)

    async def refresh(self, token: RefreshToken, *, network: str | None = None) -> AccessToken:
        """Spends a refresh token, or gives its successor again: that of the generation which is returned.

        Raises `RefreshInvalid`, and `RefreshReused` once the session has ended.
        """
        async with self._database.transaction() as tx:
            rows = await tx.fetch(statements.LOCK, token.session)
            if not rows:
                raise RefreshInvalid
            [row] = rows
            state = _state(row)
            verdict = judge(state, token.generation, row.now, self._grace)
            if verdict is Verdict.SPEND:
                await tx.fetch(statements.SPEND, token.session, spent_after(state, row.now, self._grace))
            elif verdict is Verdict.END:
                await tx.fetch(statements.END_REUSED, token.session)
                await record(
                    tx,
                    SecurityEvent(
                        event="refresh_reused",
                        person=row.person_id,
                        issuer=row.issuer,
                        network=network,
                        detail={"session": str(token.session)},
                    ),
                )
                await self._tell_signed_out(tx, row.person_id)
        if verdict is Verdict.INVALID:
            raise RefreshInvalid
        if verdict in (Verdict.END, Verdict.ENDED):
            raise RefreshReused
        return AccessToken(row.person_id, token.session, token.generation + 1)

    async def end(
        self, session: UUID, person: UUID, why: str, *, network: str | None = None, write: KeyedWrite | None = None
    ) -> bool:
        """Ends a session of a person; False when the person has no such session, or it has ended before."""
        write = write or KeyedWrite()
        async with write.transaction(self._database, person) as tx:
            rows = await tx.fetch(statements.END_ONE, session, person, why)
            if not rows:
                write.refuse()
            detail = {"session": str(session), "why": why}
            for row in rows:
                event = SecurityEvent(
                    event="signed_out", person=person, issuer=row.issuer, network=network, detail=detail
                )
                await record(tx, event)
        return bool(rows)

    async def end_all(self, person: UUID, why: str, *, keep: UUID | None = None, network: str | None = None) -> int:
        """Ends all sessions of a person, perhaps but one; returns how many."""
        async with self._database.transaction(partial(begin_with, person)) as tx:
            await tx.fetch(statements.LOCK_PERSON, person)
            return await end_all_in(tx, person, why, keep=keep, network=network)

    async def standing(self, token: AccessToken) -> Standing | None:
        """Returns what the bearer of a token may do; None when the session has ended or the person was erased.

        Concurrent callers, also of different sessions, share a statement that begins after each of them has asked;
        nothing is kept. So no answer is from before a logout that had answered when the request came.
        """
        key = (token.session, token.person)
        found = await self._uses.ask(key, token.generation)
        if found is None:
            return None
        is_first, standing = found
        if is_first and not await self._first_uses.ask(key, token.generation):
            return None  # it has ended since
        return standing

    async def _use(self, asked: Mapping[_Key, int]) -> Mapping[_Key, tuple[bool, Standing]]:
        """Reads what the bearers of tokens may do, given by the newest generation; also whether it is a first use."""
        sessions, people = zip(*asked, strict=True)
        rows = await self._database.fetch(statements.USE, sessions, people, [*asked.values()])
        return {
            (row.id, row.person_id): (row.first, Standing(frozenset(row.roles), born(row), row.signed_in_at))
            for row in rows
        }

    async def _use_first(self, key: _Key, generation: int) -> bool:
        return bool(await self._database.fetch(statements.FIRST_USE, *key, generation))

    async def alive(self, sessions: Sequence[UUID]) -> set[UUID]:
        """Returns those of the sessions that have not ended."""
        return {row.id for row in await self._database.fetch(statements.READ_ALIVE, list(sessions))}

    async def list_open(self, person: UUID, *, limit: int, before: UUID | None = None) -> list[OpenSession]:
        """Lists a person's open sessions, newest first."""
        rows = await self._database.fetch(statements.LIST, person, before or LAST_ID, limit)
        return [OpenSession(row.id, row.issuer, row.device, row.created_at, row.last_used_at) for row in rows]


async def end_all_in(
    tx: Transaction, person: UUID, why: str, *, keep: UUID | None = None, network: str | None = None
) -> int:
    """Ends the sessions of a person whom the caller's transaction has locked, perhaps but one; returns how many."""
    ended = len(await tx.fetch(statements.END_ALL, person, why, keep))
    if ended:
        detail: dict[str, str | int | bool] = {"sessions": ended, "why": why}
        await record(tx, SecurityEvent(event="signed_out", person=person, network=network, detail=detail))
    return ended


def born(row: Row[Any]) -> Born:
    """Returns what a row of `people` says about a person's age."""
    return Born(row.birth_date, row.country, row.time_zone)


def begin_with(person: UUID) -> str:
    """Returns a BEGIN that makes an erasure of the person wait, so that nothing is left of an erased one."""
    return f"BEGIN; {share_people([person])}"


def _state(row: Row[Any]) -> State:
    return State(row.generation, row.spent, row.used_generation, row.ends_at, row.why_ended)
