"""Knows the people whom an issuer has named to us in answer to a question of ours, which is no token that they bring.

Their sessions are ours. The tokens that came with the answer are kept once the identity is there, while the person is
locked: an unlinking or an erasure comes before, and then none are kept, or after, and takes them out. Whoever dies in
between leaves an identity without tokens, which the next sign-in brings; tokens of nobody are never left.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from chassis.message.envelope import new_id
from chassis.storage.database import Database
from gateway.edge.auth import identity_statements as statements
from gateway.edge.auth import session_statements
from gateway.edge.auth.identities import IdentityTaken, Profile, Revoked, TellNew, note
from gateway.edge.auth.sessions import begin_with

#: keeps the issuer's tokens for a person
Keep = Callable[[UUID], Awaitable[None]]


class Subjects:
    """Finds and makes people by an issuer's id of them, in the database."""

    def __init__(self, database: Database, *, tell_new: TellNew) -> None:
        """Takes `tell_new`, which tells others of a new person."""
        self._database = database
        self._tell_new = tell_new

    async def meet(self, issuer: str, subject: str, profile: Profile, keep: Keep, network: str | None) -> UUID:
        """Returns the person of a subject, made at first sight. Raises `Revoked` for one unlinked a moment ago."""
        person = new_id()
        found = [person]
        async with self._database.transaction() as tx:
            if await tx.fetch(statements.ADD_IDENTITY, new_id(), person, issuer, subject, None, False):
                about = (profile.username, profile.birth_date, profile.country, profile.time_zone)
                await tx.fetch(statements.ADD_PERSON, person, None, False, *about)
                await self._tell_new(tx, person)
                await note(tx, "signed_up", person, issuer, network)
            else:
                found = [row.person_id for row in await tx.fetch(statements.FIND_PERSON, issuer, subject)]
        for known in found:
            await self._keep(known, issuer, subject, keep)
            return UUID(str(known))
        raise Revoked

    async def link(self, issuer: str, subject: str, person: UUID, keep: Keep, network: str | None) -> None:
        """Gives a person a subject; one that is theirs is connected anew.

        Raises `IdentityTaken` also where the person has another subject of the issuer, and `Revoked` for nobody.
        """
        id = new_id()
        async with self._database.transaction(partial(begin_with, person)) as tx:
            if not await tx.fetch(session_statements.LOCK_PERSON, person):
                raise Revoked
            theirs = [row.subject for row in await tx.fetch(statements.SUBJECTS, person, issuer)]
            if not theirs and await tx.fetch(statements.ADD_IDENTITY, id, person, issuer, subject, None, False):
                await note(tx, "identity_linked", person, issuer, network, id)
            elif theirs != [subject]:
                raise IdentityTaken
        await self._keep(person, issuer, subject, keep)

    async def _keep(self, person: UUID, issuer: str, subject: str, keep: Keep) -> None:
        """Keeps the tokens of a person who has this subject. Raises `Revoked` for one who has it no more."""
        async with self._database.transaction(partial(begin_with, person)) as tx:
            await tx.fetch(session_statements.LOCK_PERSON, person)
            if [row.person_id for row in await tx.fetch(statements.FIND_PERSON, issuer, subject)] != [person]:
                raise Revoked
            await keep(person)
