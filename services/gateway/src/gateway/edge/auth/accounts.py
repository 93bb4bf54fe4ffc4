"""Stores the accounts of people who sign in with an e-mail address and a password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from chassis.errors import VoxbusError
from chassis.storage.database import Database
from chassis.storage.errors import sqlstate
from gateway.edge.auth.tokens import ISSUER
from gateway.edge.security_events import SecurityEvent, record
from gateway.tables import PEOPLE

_UNIQUE_VIOLATION = "23505"


class EmailTaken(VoxbusError):
    """Says that there is already an account with this e-mail address."""


@dataclass(frozen=True, slots=True)
class Account:
    """Holds one account. `password_hash` never leaves the gateway; None for who signs in with another issuer alone."""

    id: UUID
    email: str | None
    username: str
    password_hash: str | None
    birth_date: date | None
    roles: tuple[str, ...]
    created_at: datetime


async def add(
    database: Database,
    *,
    id: UUID,
    email: str,
    username: str,
    password_hash: str,
    birth_date: date | None,
    network: str | None = None,
) -> Account:
    """Makes an account; `email` in lower case. Raises `EmailTaken`."""
    values = {
        "id": id,
        "email": email,
        "username": username,
        "password_hash": password_hash,
        "birth_date": birth_date,
    }
    try:
        async with database.transaction() as tx:
            made = await tx.execute(sa.insert(PEOPLE).values(values).returning(PEOPLE))
            await record(tx, SecurityEvent(event="signed_up", person=id, issuer=ISSUER, network=network))
            return _account(made.one())
    except IntegrityError as error:
        if sqlstate(error) == _UNIQUE_VIOLATION:
            raise EmailTaken from None
        raise


async def by_email(database: Database, email: str) -> Account | None:
    """Finds the account with an e-mail address, given in lower case."""
    async with database.transaction() as tx:
        found = (await tx.execute(sa.select(PEOPLE).where(PEOPLE.c.email == email))).one_or_none()
    return None if found is None else _account(found)


async def list_people(
    database: Database, *, email: str | None = None, limit: int, before: UUID | None = None
) -> list[Account]:
    """Lists accounts, the newest first; of an `email`, in whatever case, at most the one that has it."""
    select = sa.select(PEOPLE).order_by(PEOPLE.c.id.desc()).limit(limit)
    if email is not None:
        select = select.where(PEOPLE.c.email == email.strip().lower())
    if before is not None:
        select = select.where(PEOPLE.c.id < before)
    async with database.transaction() as tx:
        return [_account(row) for row in await tx.execute(select)]


async def by_id(database: Database, id: UUID) -> Account | None:
    """Finds an account; None for a person who was erased."""
    async with database.transaction() as tx:
        found = (await tx.execute(sa.select(PEOPLE).where(PEOPLE.c.id == id))).one_or_none()
    return None if found is None else _account(found)


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        email=row.email,
        username=row.username,
        password_hash=row.password_hash,
        birth_date=row.birth_date,
        roles=tuple(row.roles),
        created_at=row.created_at,
    )
