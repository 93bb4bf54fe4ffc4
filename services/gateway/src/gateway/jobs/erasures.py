"""Carries erasures through: from the person's word to the confirmation of every service, and the certificate.

Each step is repeatable and leaves in the database what comes next, so a loop of any gateway goes on where a process has
died. Nothing of the person's words is kept here; their id stands here until the end, since it says what to delete.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from chassis.bus.base import Bus
from chassis.handler import Deps, Unit, handles
from chassis.loops import every
from chassis.observe import metrics
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.storage.database import Database, Transaction
from chassis.storage.erasure_ledger import ErasureLedger
from chassis.storage.keys import Keys
from contracts.base import PersonErasureConfirmed
from gateway.jobs import erasure_statements as statements
from gateway.jobs.erase_person import EndGrants, add_recipients, end_nothing, erase_person

#: the key on `live` under which gateways hear whose streams end
ENDED = "person.ended"
#: days for which backups are kept at most: of the database, and of the key store (docs/runbook.md)
DATABASE_BACKUPS, KEY_BACKUPS = timedelta(days=30), timedelta(days=7)
_EVERY_S = 1.0
_CONFIRM = sa.text(statements.CONFIRM).bindparams(sa.bindparam("erasure", type_=PgUUID()))

#: signs the payload of a certificate
Sign = Callable[[Mapping[str, Any]], str]
#: ends the streams of a person at this gateway
EndStreams = Callable[[UUID], None]

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class OpenErasure:
    """Names an erasure that was taken, and the receipt that shows it."""

    id: UUID
    receipt: str


class Erasures:
    """Erases people, and sees to it that every erasure ends."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        ledger: ErasureLedger,
        bus: Bus,
        *,
        receipts: bytes,
        sign: Sign,
        issuer: str,
        end_streams: EndStreams,
        end_grants: EndGrants = end_nothing,
        failpoint: Callable[[str], None] = lambda _here: None,
        resume_after: float = statements.RESUME_S,
    ) -> None:
        """Takes the key that derives `receipts`, and the `issuer` of certificates: the installation's address.

        `resume_after`: seconds after which somebody else's erasure is carried on.
        """
        self._resume_after = resume_after
        self._database = database
        self._keys = keys
        self._ledger = ledger
        self._bus = bus
        self._receipts = receipts
        self._sign = sign
        self._issuer = issuer
        self._end_streams = end_streams
        self._end_grants = end_grants
        self._failpoint = failpoint

    async def check(self, person: UUID) -> None:
        """Raises `SettingsError` or `DependencyDown` when the person could not be erased now."""
        await self._ledger.check()
        await self._keys.read_sealed(person, "")  # not from the cache

    async def erase(self, person: UUID) -> OpenErasure:
        """Erases a person. Once this returns they are nobody, whatever happens then.

        Raises `DependencyDown` when the ledger takes nothing, before anything is done.
        """
        id = await erase_person(
            self._database,
            self._keys,
            self._ledger,
            person,
            receipt=self._receipt_of,
            end_grants=self._end_grants,
            failpoint=self._failpoint,
        )
        self._end_streams(person)
        await self._bus.publish_transient(ENDED, person.bytes)
        self._failpoint("before the ack")
        return OpenErasure(id, self._receipt_of(id))

    async def run(self, pulse: Pulse) -> None:
        """Carries erasures on until cancelled."""
        await every(_EVERY_S, self.once, pulse, jitter=0.3)

    async def once(self) -> None:
        """Goes on with what a dead process has left, and completes what every service has confirmed."""
        for row in await self._database.fetch(statements.UNFINISHED, self._resume_after):
            _log.warning("an erasure is carried on")
            await erase_person(
                self._database,
                self._keys,
                self._ledger,
                row.person_id,
                end_grants=self._end_grants,
                failpoint=self._failpoint,
            )
        for row in await self._database.fetch(statements.CONFIRMED):
            await self._complete(row.id)
        [open_now] = await self._database.fetch(statements.OPEN_NOW)
        metrics.ERASURES_OPEN.set(open_now.open)
        metrics.ERASURE_OLDEST.set(open_now.oldest)

    async def read(self, id: UUID, receipt: str) -> dict[str, Any] | None:
        """Returns an erasure as its receipt shows it; None without the right receipt."""
        rows = await self._database.fetch(statements.READ, id, statements.RECEIPT_DAYS)
        known = rows[0].receipt if rows else None
        if known is None or not hmac.compare_digest(bytes(known), _digest(receipt)):
            return None
        async with self._database.transaction() as tx:
            parts = await _parts(tx, id)
        [row] = rows
        return {
            "id": str(row.id),
            "state": "running" if row.completed_at is None else "completed",
            "requested_at": _time(row.requested_at),
            "completed_at": _time(row.completed_at),
            **parts,
            "backups": {
                "database_until": _time(row.requested_at + DATABASE_BACKUPS),
                "keys_until": _time(row.requested_at + KEY_BACKUPS),
            },
            "certificate": row.certificate,
        }

    async def _complete(self, id: UUID) -> None:
        """Signs the certificate, and forgets whose erasure it was."""
        async with self._database.transaction() as tx:
            [row] = await tx.fetch(statements.LOCK, id)
            if row.completed_at is not None:
                return
            [[now]] = await tx.fetch(statements.NOW)
            payload = {
                "iss": self._issuer,
                "iat": int(now.timestamp()),
                "erasure_id": str(id),
                "requested_at": _time(row.requested_at),
                "completed_at": _time(now),
                **await _parts(tx, id),
            }
            await tx.fetch(statements.COMPLETE, id, now, self._sign(payload))
        self._failpoint("recorded")

    def _receipt_of(self, id: UUID) -> str:
        """Derives the receipt of an erasure, so that who asks twice gets the same."""
        return f"vxe_{hmac.digest(self._receipts, id.bytes, hashlib.sha256).hex()}"


@handles(PersonErasureConfirmed, batch=100)
async def confirm_erasure(events: Sequence[PersonErasureConfirmed], deps: Deps, unit: Unit) -> None:
    """Notes what services have deleted, and whom they have told outside."""
    for event in sorted(events, key=lambda each: (each.erasure_id, each.service)):
        confirmed = {"erasure": event.erasure_id, "service": event.service, "rows": event.rows, "media": event.media}
        await unit.execute(_CONFIRM, confirmed)
        await add_recipients(unit, event.erasure_id, event.outside)


async def _parts(tx: Transaction, id: UUID) -> dict[str, Any]:
    services = await tx.fetch(statements.READ_SERVICES, id)
    recipients = await tx.fetch(statements.READ_RECIPIENTS, id)
    return {
        "services": [
            {
                "service": row.service,
                "state": "pending" if row.at is None else "confirmed",
                "rows": row.rows,
                "media": row.media,
                "at": _time(row.at),
            }
            for row in services
        ],
        "outside": [
            {"recipient": row.recipient, "state": row.state, "detail": row.detail, "at": _time(row.at)}
            for row in recipients
        ],
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _digest(receipt: str) -> bytes:
    return hashlib.sha256(receipt.encode(errors="replace")).digest()
