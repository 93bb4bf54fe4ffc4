"""Ends what a guardian is to children, when the guardian is erased: the links, the consents given, and their jobs."""

from __future__ import annotations

from uuid import UUID

from chassis.privacy.law import Pair
from chassis.storage.database import Transaction
from chassis.storage.keys import Keys
from gateway.consents import decisions, guardians
from gateway.jobs import end_jobs
from gateway.jobs.event_log import store

# $1 child: locks the account, as every decision about consents does
_LOCK = "SELECT clock_timestamp() AS at FROM people WHERE id = $1 FOR NO KEY UPDATE"


async def end_guardianships(tx: Transaction, keys: Keys, guardian: UUID) -> list[tuple[UUID, Pair]]:
    """Ends all links of a guardian, and the consents that rest on them. The children's accounts stay.

    Returns what has ended, by the child: calls that it allowed may still begin while somebody holds it. Raises
    `DependencyDown` when the store of consents does not answer: then nothing has ended.
    """
    ended = []
    for child in await guardians.children_of(tx, guardian):
        found = await tx.fetch(_LOCK, child)
        await guardians.unlink(tx, child, guardian)
        for pair in await decisions.resting_on(tx, child) if found else ():
            await decisions.take_back_in(
                tx, keys, child, pair, by=None, reason="guardian_erased", at=found[0].at, notice=0
            )
            await store.write(tx, await end_jobs.plan_consented(tx, child, pair))
            ended.append((child, pair))
    return ended
