"""Stores accounts. Whatever changes one locks its row, so that the changes of one person have an order.

Each change returns the account as it is then, `at` the database's clock under that lock: later changes have later
times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from chassis.errors import VoxbusError
from chassis.privacy.ages import Born
from chassis.storage.database import Database, Transaction
from chassis.storage.errors import constraint_of
from chassis.storage.statement import Repeatable
from gateway.edge.auth.sessions import LAST_ID
from gateway.edge.auth.tokens import ISSUER
from gateway.edge.security_events import SecurityEvent, record
from gateway.jobs.erasure_statements import IS_HELD

_EMAIL_CONSTRAINT, _NAME_CONSTRAINT = "people_email", "people_sign_in_name"
_COLUMNS = """
p.id, p.email, p.email_verified, p.username, p.password_hash, p.birth_date, p.country, p.time_zone, p.language, p.roles,
p.created_at, ARRAY(SELECT DISTINCT i.issuer FROM identities i WHERE i.person_id = p.id ORDER BY 1) AS identities,
p.sign_in_name, clock_timestamp() AS at
"""
# $1 email, in lower case
_BY_EMAIL = Repeatable(f"SELECT {_COLUMNS} FROM people p WHERE p.email = $1")
# $1 sign-in name, in lower case
_BY_SIGN_IN_NAME = Repeatable(f"SELECT {_COLUMNS} FROM people p WHERE p.sign_in_name = $1")
# $1 id
_BY_ID = Repeatable(f"SELECT {_COLUMNS} FROM people p WHERE p.id = $1")
# $1 the cursor $2 limit
_LIST = Repeatable(f"SELECT {_COLUMNS} FROM people p WHERE p.id < $1 ORDER BY p.id DESC LIMIT $2")
# $1 id
_LOCK = f"{_BY_ID} FOR NO KEY UPDATE OF p"
# $1 id $2 email $3 username $4 password_hash $5 birth_date $6 country $7 time_zone $8 language
# $9 sign_in_name
_INSERT = f"""
INSERT INTO people AS p (id, email, username, password_hash, birth_date, country, time_zone, language, sign_in_name)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING {_COLUMNS}
"""
# $1 id $2 email $3 email_verified $4 username $5 password_hash $6 birth_date $7 country $8 time_zone $9 language
_UPDATE = f"""
UPDATE people AS p SET email = $2, email_verified = $3, username = $4, password_hash = $5, birth_date = $6,
       country = $7, time_zone = $8, language = $9
 WHERE p.id = $1 RETURNING {_COLUMNS}
"""
# $1 id $2 hash as it was read $3 hash to store
_REHASH = "UPDATE people SET password_hash = $3 WHERE id = $1 AND password_hash = $2"
# $1 person_id: sign-ins at other issuers, also those under way
_UNLINK = (
    "DELETE FROM identities WHERE person_id = $1",
    "DELETE FROM oauth_states WHERE person_id = $1",
    "DELETE FROM exchange_codes WHERE person_id = $1",
)


class SignInNameTaken(VoxbusError):
    """Says that another child signs in by this name."""


class EmailTaken(VoxbusError):
    """Says that there is already an account with this e-mail address."""


@dataclass(frozen=True, slots=True)
class Account:
    """Holds one account. `password_hash` never leaves the gateway; None for who signs in with another issuer alone.

    `issuers`: by which the person can sign in. `at`: when this was read, by the database's clock.
    """

    id: UUID
    email: str | None
    email_verified: bool
    username: str
    password_hash: str | None
    birth_date: date | None
    country: str | None
    time_zone: str
    language: str
    roles: tuple[str, ...]
    issuers: tuple[str, ...]
    created_at: datetime
    at: datetime
    #: by which a child without an address signs in
    sign_in_name: str | None = None

    @property
    def born(self) -> Born:
        """Returns what is known about the person's age."""
        return Born(self.birth_date, self.country, self.time_zone)


async def add(
    tx: Transaction,
    *,
    id: UUID,
    email: str | None,
    username: str,
    password_hash: str,
    birth_date: date | None,
    country: str | None = None,
    time_zone: str = "UTC",
    language: str = "en",
    sign_in_name: str | None = None,
    network: str | None = None,
) -> Account:
    """Makes an account; `email` and `sign_in_name` in lower case. Raises `EmailTaken` or `SignInNameTaken`."""
    values = (id, email, username, password_hash, birth_date, country, time_zone, language, sign_in_name)
    account = await _written(tx, _INSERT, *values)
    if email is not None:
        await _refuse_held(tx, email)
    await record(tx, SecurityEvent(event="signed_up", person=id, issuer=ISSUER, network=network))
    return account


async def change(tx: Transaction, account: Account, changes: Mapping[str, object]) -> Account:
    """Changes columns of an account that `lock` has read in this transaction. Raises `EmailTaken`."""
    if account.email != changes.get("email", account.email):
        await _refuse_held(tx, str(changes["email"]))
    names = ("email", "email_verified", "username", "password_hash", "birth_date", "country", "time_zone", "language")
    return await _written(tx, _UPDATE, account.id, *(changes.get(name, getattr(account, name)) for name in names))


async def lock(tx: Transaction, id: UUID) -> Account | None:
    """Locks an account until the end of the transaction and reads it; None for a person who was erased."""
    return _first(await tx.fetch(_LOCK, id))


async def by_email(database: Database, email: str) -> Account | None:
    """Finds the account with an e-mail address, given in lower case."""
    return _first(await database.fetch(_BY_EMAIL, email))


async def by_name(database: Database, name: str) -> Account | None:
    """Finds the account that somebody signs in to by an address or a sign-in name, given in lower case."""
    return await by_email(database, name) if "@" in name else _first(await database.fetch(_BY_SIGN_IN_NAME, name))


async def list_people(
    database: Database, *, email: str | None = None, limit: int, before: UUID | None = None
) -> list[Account]:
    """Lists accounts, the newest first; of an `email`, in whatever case, at most the one that has it."""
    if email is not None:
        found = await by_email(database, email.strip().lower())
        return [found] if found is not None and (before is None or found.id < before) else []
    return [_account(row) for row in await database.fetch(_LIST, before or LAST_ID, limit)]


async def by_id(place: Transaction | Database, id: UUID) -> Account | None:
    """Finds an account; None for a person who was erased."""
    return _first(await place.fetch(_BY_ID, id))


async def rehash(database: Database, account: Account, password_hash: str) -> None:
    """Stores a new hash of the same password, unless the password was changed meanwhile."""
    await database.fetch(_REHASH, account.id, account.password_hash, password_hash)


async def unlink(tx: Transaction, id: UUID) -> None:
    """Deletes all ways in which a person signs in with other issuers, also those that were begun."""
    for statement in _UNLINK:
        await tx.fetch(statement, id)


async def _refuse_held(tx: Transaction, email: str) -> None:
    """Raises `EmailTaken` for the address of somebody whose erasure is not completed."""
    [row] = await tx.fetch(IS_HELD, email)
    if row.held:
        raise EmailTaken


async def _written(tx: Transaction, statement: str, *values: object) -> Account:
    try:
        [row] = await tx.fetch(statement, *values)
    except DBAPIError as error:
        if constraint_of(error) == _EMAIL_CONSTRAINT:
            raise EmailTaken from None
        if constraint_of(error) == _NAME_CONSTRAINT:
            raise SignInNameTaken from None
        raise
    return _account(row)


def _first(rows: Any) -> Account | None:
    return _account(rows[0]) if rows else None


def _account(row: Row[Any]) -> Account:
    own = () if row.password_hash is None else (ISSUER,)
    return Account(
        id=row.id,
        email=row.email,
        email_verified=row.email_verified,
        username=row.username,
        password_hash=row.password_hash,
        birth_date=row.birth_date,
        country=row.country,
        time_zone=row.time_zone,
        language=row.language,
        roles=tuple(row.roles),
        issuers=(*own, *row.identities),
        created_at=row.created_at,
        at=row.at,
        sign_in_name=row.sign_in_name,
    )
