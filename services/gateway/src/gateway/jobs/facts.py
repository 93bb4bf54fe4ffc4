"""Emits facts of the gateway that belong to no job, in the transaction that makes them true."""

from __future__ import annotations

from uuid import UUID

from chassis.delivery.message_keys import encryption_keys
from chassis.delivery.outbox import insert_outbox, to_outbox_uncaused
from chassis.storage.database import Transaction
from chassis.storage.keys import Keys
from contracts.base import Event
from gateway.jobs import statements
from gateway.jobs.event_log.plan import SOURCE


async def emit(tx: Transaction, keys: Keys, event: Event, *, about: UUID, identity: UUID | None = None) -> None:
    """Puts a fact about a person into the outbox, its personal fields sealed with the person's key.

    The sweep publishes it about a second after the commit, so there is nothing to do then, and the process needs no
    bus. `identity`: the fact's id, a new UUIDv7. Raises `Erased`, and `DependencyDown` when the key store is away.
    """
    key = (await encryption_keys(keys, [(event, about)])).get(about)
    message = to_outbox_uncaused(event, source=SOURCE, job_id=None, person_id=about, identity=identity, key=key)
    await insert_outbox(tx, [message])
    await tx.fetch(statements.DUE_NOW, [message.envelope.id])
