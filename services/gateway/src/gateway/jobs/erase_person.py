"""Erases a person: destroys the key first, so that their data cannot be read any more, then rows and jobs.

Erasing is idempotent: after a crash or the restore of a backup it is done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from chassis.delivery import inbox
from chassis.delivery.person_erasure import remember_erased, rows_about
from chassis.errors import SettingsError
from chassis.handler import Rows
from chassis.observe.logs import logger
from chassis.settings import PREFIX
from chassis.storage.database import Database
from chassis.storage.erasure_ledger import ErasureLedger
from chassis.storage.keys import Keys
from chassis.storage.person_lock import lock_erasure
from contracts.base import PersonErased
from gateway.jobs import statements
from gateway.jobs.event_log import store
from gateway.jobs.event_log.plan import StreamContent, plan_cancel
from gateway.jobs.facts import emit
from gateway.jobs.recordings import recording_key
from gateway.tables import METADATA, PEOPLE, SECURITY_EVENTS

_log = logger(__name__)

# The log keeps the events with their numbers and times; their personal fields are ciphertext without a key.
_rows_about = rows_about(METADATA, keep={"jobs", "log"})


# Before their rows are deleted: no token of another issuer that was issued until now makes them anew.
_REVOKE = sa.text(
    f"""
INSERT INTO revoked_tokens (issuer, hash, until)
SELECT issuer, sha256(convert_to(what, 'UTF8')), now() + interval '{statements.REVOKED_DAYS} days'
  FROM (SELECT issuer, 'subject:' || subject AS what FROM identities WHERE person_id = ANY(:persons)
         UNION
        SELECT issuer, issuer_session FROM sessions
         WHERE person_id = ANY(:persons) AND issuer_session IS NOT NULL) AS revoked
ON CONFLICT (issuer, hash) DO UPDATE SET revoked_at = excluded.revoked_at, until = excluded.until
"""
).bindparams(sa.bindparam("persons", type_=ARRAY(PgUUID())))


async def erase_rows(rows: Rows, persons: Sequence[UUID]) -> None:
    """Deletes the accounts of persons and all rows about them, except in `jobs` and `log`.

    What they did to others stays, without who did it. Tokens of other issuers that they have are refused from now on.
    """
    await rows.execute(_REVOKE, {"persons": list(persons)})
    await _rows_about(rows, persons)
    acted: sa.ColumnElement[Any] = SECURITY_EVENTS.c.actor_id
    await rows.execute(sa.update(SECURITY_EVENTS).values(actor_id=None).where(acted.in_(persons)))
    await rows.execute(sa.delete(PEOPLE).where(PEOPLE.c.id.in_(persons)))


async def erase_person(database: Database, keys: Keys, ledger: ErasureLedger, person: UUID) -> None:
    """Erases one person: once this returns, none of their data can be read, and every service will be notified.

    The ledger comes first: whatever happens to database and key store from then on, the person stays erased. Open jobs
    are cancelled, their recordings deleted. `PersonErased` waits in the outbox, due at once.
    """
    await ledger.append([person])
    await keys.destroy(person)
    async with database.transaction() as tx:
        await lock_erasure(tx, [person])  # the next statement sees the accepts that this one waited for
        jobs = store.locked(await tx.fetch(statements.LOCK_OPEN_OF, person))
        contents = await store.read_contents(tx, jobs)
        for job in jobs.values():
            await store.write(tx, plan_cancel(job, contents.get(job.id, StreamContent())))
            await inbox.delete_media(tx, [recording_key(job.id)], job.id)
        await erase_rows(tx, [person])
        await remember_erased(tx, [person])
        await emit(tx, keys, PersonErased(person_id=person), about=person)


async def refuse_lost_keys(database: Database, keys: Keys) -> None:
    """Raises `SettingsError` when the key store has lost its keys, or is another one than before.

    Without it, every person would be taken for an erased one, and their messages be dropped. A store from a backup
    lacks only the keys of newer persons, and is accepted.
    """
    persons = [row.id for row in await database.fetch(statements.ENCRYPTED_FOR)]
    if persons and not await keys.find(persons):
        raise SettingsError(
            f"The key store has no key of any person whose messages in the database are encrypted: restore it from its"
            f" backup, or name the right one in {PREFIX}KEYS_URL."
        )


async def apply_ledger(database: Database, keys: Keys, ledger: ErasureLedger) -> int:
    """Erases again each person whose erasure is missing from the database or the key store after a restore.

    What the ledger lacks is written into it: erasures of releases before it, and of gateways with one of their own.
    Returns the number of the erased. The start calls it before it serves anything.
    """
    in_store = await keys.erased()
    in_database = {row.person_id for row in await database.fetch(statements.ERASED)}
    in_ledger = (await ledger.read()).keys()
    await ledger.append((in_store | in_database) - in_ledger)
    missing = sorted((in_store | in_database | in_ledger) - (in_store & in_database))
    for person in missing:
        await erase_person(database, keys, ledger, person)
    if missing:
        _log.warning("erased again after a restore", persons=len(missing))
    return len(missing)
