"""Carries erasures through: from the person's word to the confirmation of every service, and the certificate.

Each step is repeatable and leaves in the database what comes next, so a loop of any gateway goes on where a process has
died. Nothing of the person's words is kept here; their id stands here until the end, since it says what to delete.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from chassis.bus.base import Bus
from chassis.handler import Deps, Unit, handles
from chassis.loops import every, rest
from chassis.observe import metrics
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.storage.database import Database, Transaction
from chassis.storage.erasure_ledger import ErasureLedger
from chassis.storage.keys import Keys
from contracts.common import OutsideRecipient, PersonErasureConfirmed
from gateway.jobs import erasure_statements as statements
from gateway.jobs.erase_person import KeepGrants, add_recipients, erase_person, keep_nothing

#: the key on `live` under which gateways hear whose streams end
ENDED = "person.ended"
#: for how long backups of the key store are kept at most (docs/runbook.md)
KEY_BACKUPS = timedelta(days=7)
#: seconds between looks while an erasure is open, and while none is: for what another gateway or an operator has left
_EVERY_S, _SLOWLY_S = 1.0, 30.0
_CONFIRM = sa.text(statements.CONFIRM).bindparams(sa.bindparam("erasure", type_=PgUUID()))

#: signs the payload of a certificate
Sign = Callable[[Mapping[str, Any]], str]
#: ends the streams of a person at this gateway
EndStreams = Callable[[UUID], None]
#: tells those outside, with what was kept of an erased person; repeatable
Tell = Callable[[UUID, bytes], Awaitable[Sequence[OutsideRecipient]]]

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class OpenErasure:
    """Names an erasure that was taken, and the receipt that shows it."""

    id: UUID
    receipt: str


async def tell_nobody(_: UUID, __: bytes) -> Sequence[OutsideRecipient]:
    """Tells nobody."""
    return ()


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
        keep_grants: KeepGrants = keep_nothing,
        tell: Tell = tell_nobody,
        failpoint: Callable[[str], None] = lambda _here: None,
        resume_after: float = statements.RESUME_S,
        backups_kept: timedelta = timedelta(days=30),
    ) -> None:
        """Takes the key that derives `receipts`, and the `issuer` of certificates: the installation's address.

        `resume_after`: seconds after which somebody else's erasure is carried on. `backups_kept`: how long the oldest
        backup of the database is.
        """
        self._backups_kept = backups_kept
        self._resume_after = resume_after
        self._database = database
        self._keys = keys
        self._ledger = ledger
        self._bus = bus
        self._receipts = receipts
        self._sign = sign
        self._issuer = issuer
        self._end_streams = end_streams
        self._keep_grants = keep_grants
        self._tell = tell
        self._failpoint = failpoint
        #: set when an erasure is open
        self.noted = asyncio.Event()

    async def check(self, person: UUID) -> None:
        """Raises `SettingsError` or `DependencyDown` when the person could not be erased now."""
        await self._ledger.check()
        await self._keys.read_sealed(person, "")  # not from the cache

    async def erase(self, person: UUID) -> OpenErasure:
        """Erases a person. Once this returns they are nobody, whatever happens then.

        Raises `DependencyDown` when the ledger takes nothing, before anything is done.
        """
        try:
            id = await erase_person(
                self._database,
                self._keys,
                self._ledger,
                person,
                receipt=self._receipt_of,
                keep_grants=self._keep_grants,
                failpoint=self._failpoint,
            )
        finally:
            self.noted.set()
        self._end_streams(person)
        await self._bus.publish_transient(ENDED, person.bytes)
        self._failpoint("before the ack")
        return OpenErasure(id, self._receipt_of(id))

    async def run(self, pulse: Pulse) -> None:
        """Carries erasures on until cancelled."""
        await every(_SLOWLY_S, partial(self._until_done, pulse), pulse, again=_EVERY_S, jitter=0.3, wake=self.noted)

    async def _until_done(self, pulse: Pulse) -> None:
        while await self.once():
            pulse.beat()
            await rest(_EVERY_S, pulse)

    async def once(self) -> int:
        """Goes on with what a dead process has left, and completes what every service has confirmed.

        Returns how many erasures are open.
        """
        completed: set[UUID] = set()
        found = await self._database.fetch(statements.OPEN_NOW, self._resume_after)
        for row in found:
            if row.unfinished:
                _log.warning("an erasure is carried on")
                await erase_person(
                    self._database,
                    self._keys,
                    self._ledger,
                    row.person_id,
                    keep_grants=self._keep_grants,
                    failpoint=self._failpoint,
                )
            elif row.confirmed and await self._is_unheld(row.id):
                await self._complete(row.id)
                completed.add(row.id)
        still_open = [row.age for row in found if row.id not in completed]
        metrics.ERASURES_OPEN.set(len(still_open))
        metrics.ERASURE_OLDEST.set(max(still_open, default=0.0))
        return len(still_open)

    async def tell_outside(self, person: UUID, _: Mapping[str, int]) -> Sequence[OutsideRecipient]:
        """Tells those outside before this service confirms, and destroys what they were told with.

        It writes itself what became of it, so that nobody is told again, and returns nothing.
        """
        self.noted.set()
        for row in await self._database.fetch(statements.GRANTS_OF, person):
            told = await self._tell(person, bytes(row.grants))
            async with self._database.transaction() as tx:
                await add_recipients(tx, row.id, told)
                await tx.fetch(statements.FORGET_GRANTS, row.id)
        return ()

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
                "database_until": _time(row.requested_at + self._backups_kept),
                "keys_until": _time(row.requested_at + min(KEY_BACKUPS, self._backups_kept)),
            },
            "certificate": row.certificate,
        }

    async def _is_unheld(self, id: UUID) -> bool:
        """Tells whether no call can begin any more that a consent of the person for a child allowed."""
        ended = await self._database.fetch(statements.ENDED_WITH, id)
        return all([await self._keys.is_unheld(row.person_id, row.purpose, row.recipient, within=0) for row in ended])

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
        self._failpoint("published")

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
