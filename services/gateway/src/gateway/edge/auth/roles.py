"""Gives people roles and takes them away. What is written holds with the next request: nothing keeps roles."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.errors import VoxbusError
from chassis.storage.database import Database, Transaction
from chassis.web.keyed import KeyedWrite
from gateway.edge.security_events import SecurityEvent, record
from gateway.jobs.operator_acts import OperatorAct
from gateway.jobs.operator_acts import record as note

ADMIN = "admin"

# $1 person_id
_LOCK = "SELECT roles FROM people WHERE id = $1 FOR NO KEY UPDATE"
# All of them, each time in the same order: whoever takes the role from one waits for whoever takes it from another,
# and then sees what is left.
_LOCK_ADMINS = f"SELECT id FROM people WHERE '{ADMIN}' = ANY(roles) ORDER BY id FOR NO KEY UPDATE"
# $1 person_id $2 roles
_SET = "UPDATE people SET roles = $2 WHERE id = $1"


class LastAdmin(VoxbusError):
    """Says that nobody would be left who can give roles."""


@dataclass(frozen=True, slots=True)
class Act:
    """Names who gives or takes a role, and from where; `actor` is None for an operator at the command line."""

    actor: UUID | None
    issuer: str | None
    network: str | None


BY_OPERATOR = Act(None, None, None)


async def grant(database: Database, person: UUID, role: str, act: Act, noted: OperatorAct | None = None) -> bool:
    """Gives a person a role; False when there is no such person. `noted` is written with it, and that it changed."""
    async with database.transaction() as tx:
        changed = await _change(tx, person, role, act, given=True)
        if noted is not None and changed is not None:
            await note(tx, noted, outcome="done" if changed else "unchanged")
        return changed is not None


async def revoke(database: Database, person: UUID, role: str, act: Act, write: KeyedWrite | None = None) -> bool:
    """Takes a role from a person; False when there is no such person. Raises `LastAdmin`."""
    write = write or KeyedWrite()
    async with write.transaction(database) as tx:
        if role == ADMIN:
            admins = [row.id for row in await tx.fetch(_LOCK_ADMINS)]
            if admins == [person]:
                raise LastAdmin
        found = await _change(tx, person, role, act, given=False) is not None
        if not found:
            write.refuse()
    return found


async def _change(tx: Transaction, person: UUID, role: str, act: Act, *, given: bool) -> bool | None:
    """Tells whether anything had to be changed; None when there is no such person."""
    rows = await tx.fetch(_LOCK, person)
    if not rows:
        return None
    roles = set(rows[0].roles)
    if (role in roles) == given:
        return False
    await tx.fetch(_SET, person, sorted(roles ^ {role}))
    event = SecurityEvent(
        event="role_granted" if given else "role_revoked",
        person=person,
        actor=act.actor,
        issuer=act.issuer,
        network=act.network,
        detail={"role": role},
    )
    await record(tx, event)
    return True
