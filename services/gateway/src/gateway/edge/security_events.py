"""Writes and reads security events: who signed in, what changed in an account, what was refused. Nothing else does."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address, ip_network
from typing import Any, Literal, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row

from chassis.installation_key import derived_key
from chassis.message.envelope import new_id
from chassis.observe import metrics
from chassis.storage.database import Database, Transaction
from chassis.storage.statement import Repeatable
from gateway.tables import SECURITY_EVENTS

#: what may happen. Those of `ABOUT_OTHERS` are what an admin looked at; nothing changes by them
Event = Literal[
    "signed_up",
    "signed_in",
    "sign_in_failed",
    "signed_out",
    "refresh_reused",
    "password_changed",
    "password_reset",
    "email_change_asked",
    "email_changed",
    "email_verified",
    "birth_date_set",
    "time_zone_changed",
    "identity_linked",
    "identity_removed",
    "guardian_linked",
    "guardian_unlinked",
    "child_erased",
    "form_read",
    "form_decided",
    "export_asked",
    "export_downloaded",
    "role_granted",
    "role_revoked",
    "role_refused",
    "limit_reached",
    "people_read",
    "events_read",
    "secret_key_taken",
    "content.created",
    "content.changed",
    "content.deleted",
    "content.published",
    "content.fixed",
    "content.retired",
    "content.reverted",
    "content.previewed",
    "content.imported",
    "content.exported",
    "content.answered",
]
ABOUT_OTHERS: tuple[Event, ...] = ("people_read", "events_read", "form_read")

#: bits of an address that are kept: a network of a provider or a site, not a household
_IPV4_BITS, _IPV6_BITS = 24, 48
_MARK_BYTES = 6

#: how a sign-in ended
_LOGINS: Mapping[Event, str] = {"signed_in": "succeeded", "sign_in_failed": "refused"}
_TAKEN: Event = "secret_key_taken"
# The newest mark of a secret key.
_KEY = Repeatable(
    f"SELECT detail->>'key' AS mark FROM security_events WHERE event = '{_TAKEN}' ORDER BY id DESC LIMIT 1"
)

# $1 person_id $2 event $3 since
_SINCE = Repeatable("SELECT count(*) AS events FROM security_events WHERE person_id = $1 AND event = $2 AND time > $3")

# $1 id $2 event $3 person_id $4 actor_id $5 issuer $6 network $7 detail
_RECORD = """
INSERT INTO security_events (id, event, person_id, actor_id, issuer, network, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class SecurityEvent:
    """Describes one event. `person` is whom it is about, `actor` who did it if that is somebody else.

    `network` from `network_of`. `detail` holds no secret, no address, and nothing that a person wrote.
    """

    event: Event
    person: UUID | None = None
    actor: UUID | None = None
    issuer: str | None = None
    network: str | None = None
    detail: Mapping[str, str | int | bool] = field(default_factory=dict)


class Place(Protocol):
    """Describes where an event is written: the transaction of the change, or the database where there is none."""

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        """Runs one constant statement."""


async def record(place: Place, event: SecurityEvent) -> None:
    """Writes an event, in a transaction together with what it tells of."""
    await place.fetch(
        _RECORD,
        new_id(),
        event.event,
        event.person,
        event.actor,
        event.issuer,
        event.network,
        json.dumps(dict(event.detail)),
    )
    if (outcome := _LOGINS.get(event.event)) is not None:
        count = metrics.LOGINS.labels(outcome).inc
        if isinstance(place, Transaction):
            place.on_commit(count)
        else:
            count()


async def count_since(place: Place, person: UUID, event: Event, since: datetime) -> int:
    """Counts a person's events of a kind since a moment."""
    [row] = await place.fetch(_SINCE, person, event, since)
    return int(row.events)


async def note_secret_key(database: Database, key: str) -> None:
    """Writes that the installation's secret key is another than at the last start; also at the first one.

    The event knows the key by a mark, which reveals nothing about it.
    """
    mark = _mark_of(key)
    known = await database.fetch(_KEY)
    if not known or known[0].mark != mark:
        await record(database, SecurityEvent(event=_TAKEN, detail={"key": mark}))


async def knows_key(database: Database, keys: Collection[str]) -> bool:
    """Tells whether one of these is the secret key of the last start; also where nothing has ever started."""
    known = await database.fetch(_KEY)
    return not known or known[0].mark in map(_mark_of, keys)


def _mark_of(key: str) -> str:
    return derived_key(key, "mark of the secret key")[:_MARK_BYTES].hex()


def network_of(address: str | None) -> str | None:
    """Returns the prefix of a client's address that may be kept; None for a client without one.

    `address` is an IPv4 address or an IPv6 network, as limits count by it.
    """
    try:
        network = ip_network(address or "")
    except ValueError:
        return None
    bits = _IPV4_BITS if isinstance(network.network_address, IPv4Address) else _IPV6_BITS
    return str(network.supernet(new_prefix=bits)) if network.prefixlen > bits else str(network)


async def read_events(
    database: Database,
    *,
    person: UUID | None = None,
    events: Sequence[str] = (),
    without: Sequence[str] = (),
    after: datetime | UUID | None = None,
    before: UUID | None = None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Reads events, newest first: of a person, of some kinds, later than a time or an event, older than an event."""
    columns = SECURITY_EVENTS.c
    conditions: list[sa.ColumnElement[bool]] = []
    if person is not None:
        conditions.append(columns.person_id == person)
    if events:
        conditions.append(columns.event.in_(events))
    if without:
        conditions.append(columns.event.not_in(without))
    if after is not None:
        conditions.append(columns.id > after if isinstance(after, UUID) else columns.time > after)
    if before is not None:
        conditions.append(columns.id < before)
    select = sa.select(SECURITY_EVENTS).where(*conditions).order_by(columns.id.desc()).limit(limit)
    async with database.transaction() as tx:
        return (await tx.execute(select)).all()
