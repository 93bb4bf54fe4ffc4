"""Knows the people who come with tokens of other issuers, and the sessions of those tokens.

The first sight of an issuer's subject makes a person. Equal e-mail addresses join nothing: only the person links an
identity, with a token of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.errors import VoxbusError
from chassis.message.envelope import new_id
from chassis.storage.database import Database, Transaction
from chassis.web.keyed import KeyedWrite
from gateway.edge.auth import identity_statements as statements
from gateway.edge.auth import session_statements
from gateway.edge.auth.devices import device_of
from gateway.edge.auth.issuers.issuers import Verified
from gateway.edge.auth.sessions import LAST_ID, MOST, Standing, begin_with, born
from gateway.edge.auth.shared_reads import SharedReads
from gateway.edge.security_events import Event, SecurityEvent, record

#: the name of a person of whom nothing is known
_NAMELESS = "Learner"
#: a sign-in of which nobody knows when it was
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


#: tells others of a new person, in the transaction that makes the person
TellNew = Callable[[Transaction, UUID], Awaitable[None]]
#: destroys the tokens that an issuer has given
Forget = Callable[[str], Awaitable[None]]


class Revoked(VoxbusError):
    """Says that a token is refused although it has not expired: its session has ended, or its person was erased."""


class IdentityTaken(VoxbusError):
    """Says that an identity already has a person."""


class LastIdentity(VoxbusError):
    """Says that an identity is the only way in which its person signs in."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """Holds the person and the session of a token of another issuer, and what the person may do now."""

    person: UUID
    session: UUID
    standing: Standing


@dataclass(frozen=True, slots=True)
class Identity:
    """Describes an identity. `issuer` is the `iss` of its tokens."""

    id: UUID
    issuer: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """Holds what is known of a person at first sight beside the token."""

    username: str = _NAMELESS
    birth_date: date | None = None
    country: str | None = None
    time_zone: str | None = None


async def _tell_nobody(_: Transaction, __: UUID) -> None:
    """Does nothing."""


async def _forget_nothing(_: str) -> None:
    """Does nothing: an issuer whose tokens come with the requests leaves none here."""


class Identities:
    """Holds the identities of all people, in the database."""

    def __init__(self, database: Database, *, most: int = MOST, tell_new: TellNew = _tell_nobody) -> None:
        """Takes how many sessions a person may have at `most`; `tell_new` tells others of a new person."""
        self._database = database
        self._tell_new = tell_new
        self._most = most
        self._uses = SharedReads(self._use)

    async def standing(self, token: Verified, user_agent: str | None = None, network: str | None = None) -> Foreign:
        """Returns who bears a token, in one statement unless its person or its session is new here.

        Concurrent callers share a statement that begins after each of them has asked. Raises `Revoked`.
        """
        row = await self._uses.ask((token.rule.issuer, token.subject, token.session), 0)
        if row is None:
            await self.meet(token, device=device_of(user_agent), network=network)
            row = await self._use((token.rule.issuer, token.subject, token.session), 0)
            if row is None:
                raise Revoked
        if row.rested:
            await self._database.fetch(statements.NOTE_USE, row.session, _ends_at(token))
        standing = Standing(frozenset(row.roles), born(row), _signed_in_at(token))
        return Foreign(row.person, row.session, standing)

    async def meet(
        self,
        token: Verified,
        profile: Profile | None = None,
        *,
        device: str | None = None,
        network: str | None = None,
    ) -> UUID:
        """Returns the person of a token, made at first sight, with an open session. Raises `Revoked`.

        `network` is where the person is, for security events.
        """
        person = await self._person(token)
        if person is None:
            made, person = await self._make(token, profile or Profile(), device, network)
            if made:
                return person
        async with self._database.transaction(partial(begin_with, person)) as tx:
            if not await tx.fetch(session_statements.LOCK_PERSON, person):
                raise Revoked
            if await self._person(token, tx) != person:
                raise Revoked  # unlinked a moment ago
            await self._begin(tx, token, person, device, network)
        return person

    async def expect(
        self, issuer: str, subject: str, email: str, profile: Profile, *, network: str | None = None
    ) -> None:
        """Makes the person of a subject that is still to be seen, such as one who has to confirm an address first."""
        person = new_id()
        async with self._database.transaction() as tx:
            if await tx.fetch(statements.ADD_IDENTITY, new_id(), person, issuer, subject, email, False):
                await note(tx, "signed_up", person, issuer, network)
                await self._add_person(tx, person, email, verified=False, profile=profile)

    async def link(
        self, token: Verified, person: UUID, *, network: str | None = None, write: KeyedWrite | None = None
    ) -> Identity:
        """Gives an identity to a person. Raises `IdentityTaken`, and `Revoked` for a token that is refused."""
        id, write = new_id(), write or KeyedWrite()
        async with write.transaction(self._database, person) as tx:
            if not await tx.fetch(session_statements.LOCK_PERSON, person):
                raise Revoked
            made = await _add_identity(tx, token, person, id)
            if made is None:
                raise IdentityTaken
            await _refuse_revoked(tx, token)
            await note(tx, "identity_linked", person, token.rule.issuer, network, id)
            await self._begin(tx, token, person, None, network)
            write.made(id)
        return Identity(id, token.rule.issuer, made.created_at)

    async def read(self, id: UUID, person: UUID) -> Identity | None:
        """Returns an identity of a person; None when the person has none such."""
        rows = await self._database.fetch(statements.READ, id, person)
        return Identity(id, rows[0].issuer, rows[0].created_at) if rows else None

    async def of(self, person: UUID, *, limit: int, before: UUID | None = None) -> list[Identity]:
        """Lists a person's identities, newest first."""
        rows = await self._database.fetch(statements.LIST, person, before or LAST_ID, limit)
        return [Identity(row.id, row.issuer, row.created_at) for row in rows]

    async def unlink(
        self,
        id: UUID,
        person: UUID,
        *,
        issuers: Collection[str],
        with_password: bool,
        network: str | None = None,
        forget: Forget = _forget_nothing,
        write: KeyedWrite | None = None,
    ) -> bool:
        """Takes an identity from a person and ends the sessions of its issuer; False when the person has none such.

        `issuers` are those that sign people in; `with_password`: whether our own password does. `forget` destroys the
        issuer's tokens, named by the issuer. Raises `LastIdentity`.
        """
        write = write or KeyedWrite()
        async with write.transaction(self._database, person) as tx:
            await tx.fetch(session_statements.LOCK_PERSON, person)
            ways = await tx.fetch(statements.WAYS, person, list(issuers), with_password)
            found = next((row for row in ways if row.id == id), None)
            if found is None:
                write.refuse()
                return False
            if not found.others:
                raise LastIdentity
            await tx.fetch(statements.DELETE_IDENTITY, id)
            await tx.fetch(statements.END_OF_ISSUER, person, found.issuer)
            await tx.fetch(statements.END_CODES, person, found.issuer)
            await forget(found.issuer)
            await note(tx, "identity_removed", person, found.issuer, network, id)
        return True

    async def _use(self, key: tuple[str, str, str], _: int) -> Row[Any] | None:
        rows: Sequence[Row[Any]] = await self._database.fetch(statements.USE, *key)
        return rows[0] if rows else None

    async def _person(self, token: Verified, tx: Transaction | None = None) -> UUID | None:
        rows = await (tx or self._database).fetch(statements.FIND_PERSON, token.rule.issuer, token.subject)
        return rows[0].person_id if rows else None

    async def _make(
        self, token: Verified, profile: Profile, device: str | None, network: str | None
    ) -> tuple[bool, UUID]:
        """Makes the person of a new subject; of two at once one waits, and returns False and the other's person."""
        person = new_id()
        async with self._database.transaction() as tx:
            if await _add_identity(tx, token, person, new_id()) is None:
                found = await self._person(token, tx)
                if found is None:
                    raise Revoked  # unlinked a moment ago
                return False, found
            await _refuse_revoked(tx, token)
            await self._add_person(tx, person, token.email, verified=token.email_verified, profile=profile)
            await note(tx, "signed_up", person, token.rule.issuer, network)
            await self._begin(tx, token, person, device, network)  # of a session that has ended nobody is made
        return True, person

    async def _add_person(
        self, tx: Transaction, person: UUID, email: str | None, *, verified: bool, profile: Profile
    ) -> None:
        """Makes a person, with the address unless an account has it."""
        about = (profile.username, profile.birth_date, profile.country, profile.time_zone)
        if not await tx.fetch(statements.ADD_PERSON, person, email, verified, *about):
            await tx.fetch(statements.ADD_PERSON, person, None, False, *about)
        await self._tell_new(tx, person)

    async def _begin(
        self, tx: Transaction, token: Verified, person: UUID, device: str | None, network: str | None
    ) -> None:
        """Begins the session of a token, or lets one go on that was not used for long. The person is locked."""
        rows = await tx.fetch(statements.FIND_SESSION, token.rule.issuer, token.session)
        if rows:
            [found] = rows
            if found.person_id != person or found.why_ended is not None:
                raise Revoked
            if not found.alive:
                if not token.names_session:
                    raise Revoked
                await tx.fetch(statements.GO_ON, found.id)
            return
        await _refuse_revoked(tx, token)  # a session that was ended here, whose row is gone
        await tx.fetch(session_statements.END_OLDEST, person, self._most - 1)
        begun = (new_id(), person, token.rule.issuer, token.session, device, _ends_at(token))
        if not await tx.fetch(statements.BEGIN, *begun):
            raise Revoked
        await note(tx, "signed_in", person, token.rule.issuer, network, begun[0])


async def _add_identity(tx: Transaction, token: Verified, person: UUID, id: UUID) -> Row[Any] | None:
    about = (person, token.rule.issuer, token.subject, token.email, token.email_verified)
    rows = await tx.fetch(statements.ADD_IDENTITY, id, *about)
    return rows[0] if rows else None


async def _refuse_revoked(tx: Transaction, token: Verified) -> None:
    """Raises `Revoked` for a token of an erased person, or of a session that was ended here long ago.

    A statement before it has waited for the erasure.
    """
    about = (token.rule.issuer, token.subject, token.session, token.issued_at)
    if await tx.fetch(statements.READ_REVOKED, *about):
        raise Revoked


async def note(
    tx: Transaction, event: Event, person: UUID, issuer: str, network: str | None, of: UUID | None = None
) -> None:
    """Writes a security event, `of` a session or an identity."""
    detail = {} if of is None else {"session" if event == "signed_in" else "identity": str(of)}
    await record(tx, SecurityEvent(event=event, person=person, issuer=issuer, network=network, detail=detail))


def _ends_at(token: Verified) -> datetime | None:
    """Returns when the session of a token ends that has no other tokens."""
    return None if token.names_session else token.expires_at


def _signed_in_at(token: Verified) -> datetime:
    """Returns when the person has signed in, as the token says; long ago where it does not, or names a time to come.

    When a session was first seen here says nothing: whoever brings a stolen token may be the first.
    """
    stated = token.signed_in_at
    if stated is None or stated > datetime.now(UTC) + timedelta(seconds=token.rule.leeway_s):
        return _LONG_AGO
    return stated
