"""Makes calls to the outside: the intent is committed before the call, its result after it.

An intent without a result means that the outcome at the far side is unknown: the process died between the two, or the
call itself has an unknown outcome. The effect's rule decides what happens then. `Permanent`, `Retryable` or
`DependencyDown` from a call mean that the far side surely did nothing, so the intent is withdrawn; but not the intent
of an earlier call that this try has taken over, because they say nothing about that call.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from chassis.delivery import inbox, statements
from chassis.delivery.consumer import Consumer
from chassis.delivery.inbox import Claim
from chassis.errors import DependencyDown, Permanent, Retryable
from chassis.handler import LookUp, Rule
from chassis.observe import metrics
from chassis.observe.logs import logger
from chassis.observe.traces import SpanKind, span
from chassis.storage.database import Transaction
from contracts.base import Json, Problem

UNKNOWN = Problem(
    type="/problems/effect-unknown",
    title="The outcome is unknown",
    detail="The work ended in the middle of a call to the outside that must not be repeated.",
)

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class _Found:
    """Holds the state in which this try found an effect: new, intended (unknown), done, or unknown (given up)."""

    state: str
    result: Json | None = None


class RunEffects:
    """Makes the effects of one try (implements `chassis.handler.Effects`)."""

    def __init__(self, consumer: Consumer, claim: Claim, in_unit: Callable[[], bool] = lambda: False) -> None:
        """Takes `in_unit`, which tells whether the run has opened its unit: the unit comes after all effects."""
        self._consumer = consumer
        self._claim = claim
        self._in_unit = in_unit
        self._called: set[str] = set()

    @property
    def message_id(self) -> UUID:
        """Returns the id of the message that is handled."""
        return self._claim.id

    @property
    def tries(self) -> int:
        """Returns which try this is, from 1."""
        return self._claim.tries

    async def once(
        self, name: str, call: Callable[[], Awaitable[Json]], rule: Rule, *, as_if: Json | None = None
    ) -> Json:
        """Makes a call of this message, unless its result is known; see `chassis.handler.Effects`."""
        if self._in_unit():
            raise RuntimeError(f"{self._consumer.name} begins the effect {name} within its unit")
        key = f"{self._claim.id}/{self._consumer.name}/{name}"
        found = await self._consumer.transact(partial(self._begin, key=key, rule=rule))
        if found.state == "done":
            self._count("repeated")
            return found.result or {}
        if found.state == "unknown":
            self._count("given_up")
            raise Permanent(UNKNOWN)
        if found.state == "intended" and isinstance(rule, LookUp):
            answer = await rule.ask()
            if answer is not None:
                return await self._record(key, answer, "looked_up")
        self._consumer.failpoint("intended")
        result = await self._call(name, key, call, withdraws=found.state == "new")
        self._consumer.failpoint("called")
        return await self._record(key, result, "resent" if found.state == "intended" else "done")

    async def _begin(self, tx: Transaction, key: str, rule: Rule) -> _Found:
        """Commits the intent, if the message is still mine and its job has not ended; else raises `Fenced`."""
        await inbox.lock_claim(tx, self._claim)
        owner = str(self._claim.owner)
        mark = json.dumps({"by": owner})
        if await tx.fetch(statements.INSERT_EFFECT, key, mark):
            return _Found("new")
        [row] = await tx.fetch(statements.LOCK_EFFECT, key)
        if row.state != "intended":
            return _Found(row.state, row.result)
        if row.result == {"by": owner} and key not in self._called:
            return _Found("new")  # the intent of this very try, whose commit had no answer
        if rule == "give_up":
            await tx.fetch(statements.SETTLE_EFFECT, key, "unknown", mark)
            return _Found("unknown")
        await tx.fetch(statements.SETTLE_EFFECT, key, "intended", mark)
        return _Found("intended")

    async def _call(self, name: str, key: str, call: Callable[[], Awaitable[Json]], *, withdraws: bool) -> Json:
        self._called.add(key)
        metrics.EFFECT_CALLS.labels(self._consumer.name).inc()
        try:
            with span(f"effect {name}", kind=SpanKind.CLIENT, attributes={"voxbus.effect": name}):
                return await call()
        except (Permanent, Retryable, DependencyDown):
            if withdraws:
                await self._consumer.transact(partial(self._withdraw, key=key))
                self._called.discard(key)
            raise

    async def _withdraw(self, tx: Transaction, key: str) -> None:
        await tx.fetch(statements.WITHDRAW_EFFECT, key, json.dumps({"by": str(self._claim.owner)}))

    async def _record(self, key: str, result: Json, outcome: str) -> Json:
        """Records the result, even if another run holds the message by now: the call has happened."""

        async def record_result(tx: Transaction) -> None:
            await tx.fetch(statements.SETTLE_EFFECT, key, "done", json.dumps(result))

        await self._consumer.transact(record_result)
        self._consumer.failpoint("recorded")
        self._count(outcome)
        return result

    def _count(self, outcome: str) -> None:
        metrics.EFFECTS.labels(self._consumer.name, outcome).inc()
        if outcome not in {"done", "repeated"}:
            log = _log.warning if outcome == "given_up" else _log.info  # the others ended well, by their rule
            log(
                "an effect was unknown",
                handler=self._consumer.name,
                message_id=str(self._claim.id),
                outcome=outcome,
            )
