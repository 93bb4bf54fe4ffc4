"""Sends what learners did to the learning record store of this installation, where they have agreed to that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from chassis.handler import Backoff, Deps, handles
from chassis.observe.logs import logger
from chassis.observe.metrics import STATEMENTS
from chassis.privacy.outside import NotAllowed, OutsideCalls
from content.progress import statements
from content.progress.record_store import Outcome, RecordStore
from content.progress.statements import Batch, StatementQueue
from contracts.base import Json
from contracts.learning import StatementsDue

#: 5 s, 10 s, 20 s … and at last every hour, for two days
PUSH_RETRY = Backoff(attempts=56, first=5.0, cap=3600.0)
_log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class PushDeps(Deps):
    """Holds the store, what is due to it, and the gate. `store` is None where this installation has none."""

    store: RecordStore | None = None
    queue: StatementQueue
    outside: OutsideCalls


@handles(StatementsDue, slots=4, timeout=120, retry=PUSH_RETRY, live_only=True)
async def push_statements(due: StatementsDue, deps: PushDeps) -> None:
    """Sends the next statements of a person, in order; what nobody has agreed to is not sent now and not later.

    Two runs about one person may send the same: the store knows the ids. What is removed afterwards is what the call
    was made for, whatever was added since.
    """
    if deps.store is None:
        return
    batch = await deps.queue.next(due.person_id)
    if batch is None:
        return
    made = partial(_push, due.person_id, batch, deps.store, deps.outside)
    went = await deps.effects.once("push", made, "resend", as_if={"through": batch.through, "sent": 0})
    async with deps.unit() as unit:
        if await statements.end(unit, due.person_id, int(went["through"]), int(went["sent"])):
            statements.set_timer(unit, due.person_id, timedelta())


async def _push(person: UUID, batch: Batch, store: RecordStore, outside: OutsideCalls) -> Json:
    outcomes: Sequence[Outcome] = ()
    may_begin = outside.may_begin(person, "learning_record", "lrs")
    try:
        if batch.statements:
            outcomes = await store.send(batch.statements, may_begin=may_begin)
    except NotAllowed:
        STATEMENTS.labels("not_allowed").inc(len(batch.statements))
    for outcome in outcomes:
        STATEMENTS.labels(outcome).inc()
    if "refused" in outcomes:
        _log.error("a learning record store does not take statements", statements=outcomes.count("refused"))
    return {"through": batch.through, "sent": len(outcomes) - outcomes.count("refused")}
