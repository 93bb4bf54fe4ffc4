"""Writes messages into the outbox, in the transaction that emits them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from chassis.bus.base import Outgoing
from chassis.delivery import statements
from chassis.message.codec import encode
from chassis.message.crypto import Key
from chassis.message.envelope import Envelope, derived_id, new_id
from chassis.observe.traces import following, traceparent
from chassis.storage.database import Transaction
from contracts.base import Message

#: the key of transient messages that say of whom something is new
RUNG = "people.rung"


@dataclass(frozen=True, slots=True)
class Bell:
    """Says of whom something is new, once it is committed. It is in no table: it may be lost."""

    people: frozenset[UUID]

    def body(self) -> bytes:
        """Returns it as bytes on the bus."""
        return json.dumps(sorted(map(str, self.people))).encode()


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """Holds a message ready to be published: envelope and body as every table and queue will carry them."""

    envelope: Envelope
    exchange: str
    body: bytes
    turn: int | None = None
    #: the envelope's headers, made once for outbox and bus
    headers: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", self.envelope.headers())

    def outgoing(self) -> Outgoing:
        """Returns the message in the form the bus publishes."""
        return Outgoing(self.exchange, self.envelope.type, self.envelope.id, self.headers, self.body)


def to_outbox(
    message: Message,
    *,
    source: str,
    cause: Envelope,
    handler: str,
    fence: int,
    ordinal: int = 0,
    key: Key | None = None,
) -> OutboxMessage:
    """Seals a message that follows from another: its id is derived; job, person and retry are inherited.

    `key` is that of the person, for a message with personal fields.
    """
    identity = derived_id(cause.id, message.type, handler, fence, ordinal)
    envelope = Envelope(
        id=identity,
        type=message.type,
        version=message.version,
        source=source,
        time=datetime.now(UTC),
        job_id=cause.job_id if message.job_scoped else None,
        person_id=cause.person_id,
        correlation=cause.correlation or cause.id,
        causation=cause.id,
        traceparent=following(cause.traceparent) if cause.replay is None else traceparent() or cause.traceparent,
        replay=cause.replay,
        retry=cause.retry,
    )
    envelope, body = encode(message, envelope, key)
    return OutboxMessage(envelope, message.exchange, body)


def to_outbox_uncaused(
    message: Message,
    *,
    source: str,
    job_id: UUID | None,
    person_id: UUID | None,
    identity: UUID | None = None,
    key: Key | None = None,
) -> OutboxMessage:
    """Seals a message without a cause: a command accepted from outside. `key` as in `to_outbox`."""
    identity = identity or new_id()
    envelope = Envelope(
        id=identity,
        type=message.type,
        version=message.version,
        source=source,
        time=datetime.now(UTC),
        job_id=job_id,
        person_id=person_id,
        correlation=identity,
        traceparent=traceparent(),
    )
    envelope, body = encode(message, envelope, key)
    return OutboxMessage(envelope, message.exchange, body)


async def insert_outbox(tx: Transaction, messages: Sequence[OutboxMessage]) -> None:
    """Writes messages into the outbox, claimed by this process. Publish them only after the commit."""
    if not messages:
        return
    await tx.fetch(
        statements.INSERT_OUTBOX,
        [m.envelope.id for m in messages],
        [m.envelope.job_id for m in messages],
        [m.turn for m in messages],
        [m.exchange for m in messages],
        [m.envelope.type for m in messages],
        [m.body for m in messages],
        [json.dumps(m.headers) for m in messages],
    )
