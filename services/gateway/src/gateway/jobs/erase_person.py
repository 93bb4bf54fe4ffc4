"""Erases a person: destroys the key first, so that their data cannot be read any more, then rows and jobs.

Erasing is idempotent: after a crash or the restore of a backup it is done again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from chassis.delivery import inbox
from chassis.delivery.media_deletion import ask_deletion
from chassis.delivery.person_erasure import deleted, note_work, noted_as, remember_erased, rows_about
from chassis.errors import SettingsError
from chassis.handler import Rows
from chassis.message.envelope import new_id
from chassis.observe.logs import logger
from chassis.privacy.law import RECIPIENTS, Pair
from chassis.privacy.outside import HELD_AT_MOST_S, SETTLED_AFTER_S
from chassis.settings import PREFIX
from chassis.storage.database import Database, Transaction
from chassis.storage.erasure_ledger import ErasureLedger
from chassis.storage.keys import Keys
from chassis.storage.person_lock import lock_erasure
from contracts.common import OutsideRecipient, PersonErased
from contracts.services import SERVICES
from gateway.consents import kept_recordings
from gateway.jobs import erasure_statements, exports, statements
from gateway.jobs.end_guardianships import end_guardianships
from gateway.jobs.event_log import store
from gateway.jobs.event_log.plan import StreamContent, plan_cancel
from gateway.jobs.facts import emit
from gateway.jobs.operator_acts import OperatorAct, record
from gateway.jobs.recordings import recording_key
from gateway.tables import CONSENT_FORMS, CONSENTS, METADATA, OPERATOR_ACTS, PEOPLE, SECURITY_EVENTS

#: returns sealed what those outside can be told with once the person's key is destroyed, given the identities as `iss`
#: and `sub`; None where nobody has to be told. Repeatable
KeepGrants = Callable[[UUID, Sequence[tuple[str, str]]], Awaitable[bytes | None]]

#: tables whose rows outlive the person, under the id of the erasure
_OUTLIVE = (SECURITY_EVENTS, CONSENTS, CONSENT_FORMS, OPERATOR_ACTS)
# The log keeps the events with their numbers and times; their personal fields are ciphertext without a key.
_rows_about = rows_about(METADATA, keep={"jobs", "log", "erasures"})

_log = logger(__name__)

_PERSONS = sa.bindparam("persons", type_=ARRAY(PgUUID()))
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
).bindparams(_PERSONS)
_RENAME = tuple(
    sa.text(
        f"UPDATE {table.name} AS t SET person_id = e.id FROM erasures AS e"
        " WHERE e.person_id = t.person_id AND t.person_id = ANY(:persons)"
    ).bindparams(_PERSONS)
    for table in _OUTLIVE
)
_FORGET_NETWORKS = sa.text(
    "UPDATE security_events SET network = NULL WHERE person_id = ANY(:persons) AND network IS NOT NULL"
).bindparams(_PERSONS)
#: who did something to another person, by table
_ACTORS = (
    (SECURITY_EVENTS, "actor_id"),
    (OPERATOR_ACTS, "actor_id"),
    (CONSENTS, "by_id"),
    (CONSENT_FORMS, "by_id"),
    (CONSENT_FORMS, "decided_by"),
)
_RENAME_ACTORS = tuple(
    sa.text(
        f"UPDATE {table.name} AS t SET {column} = (SELECT e.id FROM erasures AS e WHERE e.person_id = t.{column})"
        f" WHERE t.{column} = ANY(:persons)"
    ).bindparams(_PERSONS)
    for table, column in _ACTORS
)
_FORGET_FORMS = sa.text(
    "UPDATE consent_forms SET state = 'expired', content = NULL, decided_at = now()"
    " WHERE (person_id = ANY(:persons) OR by_id = ANY(:persons)) AND state = 'pending'"
).bindparams(_PERSONS)
_FORGET_GUARDIAN = sa.text("DELETE FROM guardians WHERE guardian_id = ANY(:persons)").bindparams(_PERSONS)
# Whom they asked goes with their rows; whoever asked them has their address in a row of their own.
_FORGET_INVITED = sa.text(
    "DELETE FROM guardian_invitations WHERE email IN (SELECT email FROM people WHERE id = ANY(:persons))"
).bindparams(_PERSONS)
_ADD_RECIPIENT = sa.text(erasure_statements.ADD_RECIPIENT).bindparams(sa.bindparam("erasure", type_=PgUUID()))


class _EraseRows:
    """Deletes the accounts of persons and all rows about them, except in `jobs` and `log`.

    Security events, the history of consents and what was decided about signed forms stay, under the id of the erasure,
    and without the network and the file. What the persons did to others stays likewise. Tokens of other issuers that
    they have are refused from now on.
    """

    tables = (*_rows_about.tables, PEOPLE.name)

    async def __call__(self, rows: Rows, persons: Sequence[UUID]) -> Mapping[str, int]:
        """Deletes the rows, and returns how many by table."""
        given = {"persons": list(persons)}
        forget = (_FORGET_NETWORKS, _FORGET_FORMS, _FORGET_GUARDIAN, _FORGET_INVITED)
        for statement in (_REVOKE, *forget, *_RENAME, *_RENAME_ACTORS):
            await rows.execute(statement, given)
        await ask_deletion(rows, await exports.forget(rows, persons))
        await kept_recordings.forget(rows, persons)
        counts = Counter(await _rows_about(rows, persons))
        counts[PEOPLE.name] += await deleted(rows, sa.delete(PEOPLE).where(PEOPLE.c.id.in_(persons)))
        return +counts


erase_rows = _EraseRows()


async def keep_nothing(_: UUID, __: Sequence[tuple[str, str]]) -> bytes | None:
    """Keeps nothing: nobody outside is told."""
    return None


async def erase_person(
    database: Database,
    keys: Keys,
    ledger: ErasureLedger,
    person: UUID,
    *,
    receipt: Callable[[UUID], str] | None = None,
    keep_grants: KeepGrants = keep_nothing,
    act: OperatorAct | None = None,
    failpoint: Callable[[str], None] = lambda _here: None,
) -> UUID:
    """Erases one person: once this returns, none of their data can be read, and every service will be notified.

    The ledger comes first: whatever happens to database and key store from then on, the person stays erased. Open jobs
    are cancelled, their recordings deleted. `PersonErased` waits in the outbox, due at once. Nobody outside is asked
    here: `keep_grants` keeps what they are told with later. A guardian's erasure ends the consents that rest on them
    alone, and waits for whoever holds one, three seconds at most. An operator's `act` is written with it, about the
    erasure. Returns the id of the erasure, whose receipt is `receipt` of it.
    """
    await ledger.append([person])
    failpoint("received")
    erasure = await _open(database, person, receipt)
    failpoint("intended")
    identities = await database.fetch(erasure_statements.IDENTITIES_OF, person)
    if (grants := await keep_grants(person, [(row.issuer, row.subject) for row in identities])) is not None:
        await database.fetch(erasure_statements.KEEP_GRANTS, erasure, grants)
    failpoint("recorded")
    await keys.destroy(person)
    failpoint("worked")
    async with database.transaction() as tx:
        await lock_erasure(tx, [person])  # the next statement sees the accepts that this one waited for
        [row] = await tx.fetch(erasure_statements.LOCK, erasure)
        ended = [] if row.erased_at is not None else await _erase(tx, keys, person, erasure)
        if act is not None and row.erased_at is None:
            await record(tx, replace(act, object=str(erasure), person=erasure))
    failpoint("committed")
    await _settle(keys, ended)
    return erasure


async def add_recipients(rows: Rows, erasure: UUID, outside: Iterable[OutsideRecipient]) -> None:
    """Notes what became of a person's data with recipients outside."""
    for each in outside:
        await rows.execute(_ADD_RECIPIENT, {"erasure": erasure, **each.model_dump()})


def _analytics_told(recipient: str) -> OutsideRecipient:
    detail = (
        "It has which operations were used, under a number and without name or words. It cannot be deleted from here."
    )
    return OutsideRecipient(recipient=recipient, state="not_possible", detail=detail)


async def _open(database: Database, person: UUID, receipt: Callable[[UUID], str] | None) -> UUID:
    """Writes that the person is to be erased; once more, it returns the erasure that is open."""
    async with database.transaction() as tx:
        [[erasure]] = await tx.fetch(erasure_statements.OPEN, new_id(), person)
        await tx.fetch(erasure_statements.OPEN_SERVICES, erasure, list(SERVICES))
        if receipt is not None:
            digest = hashlib.sha256(receipt(erasure).encode()).digest()
            await tx.fetch(erasure_statements.SET_RECEIPT, erasure, digest)
    return UUID(str(erasure))


async def _erase(tx: Transaction, keys: Keys, person: UUID, erasure: UUID) -> list[tuple[UUID, Pair]]:
    """Returns the consents that ended with the person, a guardian, by the child."""
    jobs = store.locked(await tx.fetch(statements.LOCK_OPEN_OF, person))
    recordings = await tx.fetch(erasure_statements.JOBS_WITH_MEDIA, person)
    contents = await store.read_contents(tx, jobs)
    for job in jobs.values():
        await store.write(tx, plan_cancel(job, contents.get(job.id, StreamContent())))
    for recording in recordings:
        await inbox.delete_media(tx, [recording_key(recording.id)], recording.id)
    ended = await end_guardianships(tx, keys, person)
    archives = await exports.forget(tx, [person])
    await ask_deletion(tx, archives)
    kept = await kept_recordings.forget(tx, [person])
    counts = await erase_rows(tx, [person])
    told = [each for each in sorted(RECIPIENTS["analytics"]) if counts.get(noted_as(each))]
    await add_recipients(tx, erasure, map(_analytics_told, told))
    await remember_erased(tx, [person])
    await note_work(
        tx,
        person,
        erasure,
        counts,
        media=sum(recording.counts for recording in recordings) + len(archives) + len(kept),
        refs=[*(recording_key(recording.id) for recording in recordings), *archives, *kept],
    )
    await tx.fetch(erasure_statements.ERASED, erasure)
    await emit(tx, keys, PersonErased(person_id=person, erasure_id=erasure), about=person)
    return ended


async def _settle(keys: Keys, ended: Sequence[tuple[UUID, Pair]]) -> None:
    """Waits until no call begins that an ended consent allowed; where one still may, the erasure does not complete."""
    if not ended:
        return
    asked = [keys.is_unheld(child, *pair, within=HELD_AT_MOST_S) for child, pair in ended]
    unheld = await asyncio.gather(*asked, asyncio.sleep(SETTLED_AFTER_S, True), return_exceptions=True)
    if not all(each is True for each in unheld):
        _log.warning("a call that was allowed may begin after a guardian was erased: is a process standing still?")


async def refuse_lost_keys(database: Database, keys: Keys) -> None:
    """Raises `SettingsError` when the key store has lost its keys, or is another one than before.

    Without it, every person would be taken for an erased one, and their messages be dropped. A store from a backup
    lacks only the keys of newer persons, and is accepted. So is one that remembers to have destroyed the keys: then the
    database is from a backup.
    """
    persons = [row.id for row in await database.fetch(statements.ENCRYPTED_FOR)]
    if persons and not await keys.find(persons) and not await keys.erased() & set(persons):
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
    for person in sorted(in_database - in_store):
        await keys.destroy(person)
    missing = sorted((in_store | in_ledger) - in_database)
    for person in missing:
        await erase_person(database, keys, ledger, person)
    again = len((in_store | in_database | in_ledger) - (in_store & in_database))
    if again:
        _log.warning("erased again after a restore", persons=again)
    return again
