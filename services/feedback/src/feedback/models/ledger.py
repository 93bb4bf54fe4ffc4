"""Keeps the ledger of what models have cost us: a row before each call, which is settled after it.

States of a row: `open` (the call is under way), `reported` (by the provider), `estimated` (from what was made, where
nobody reported), `unknown` (nobody knows, so it counts as its estimate). What callers pay for themselves is not here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row

from chassis.errors import VoxbusError
from chassis.loops import every
from chassis.message.envelope import new_id
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.observe.metrics import AI_BUDGET, AI_BUDGET_REFUSALS, AI_COST, AI_PAID_TWICE_POSSIBLE
from chassis.storage.database import Database, Transaction
from feedback.models.budgets import Budget, Caps, Move, Scope, budgets_of, move, spent_today, take
from feedback.models.model import Price

#: how a call came out: the provider has reported its tokens, we have estimated them, or nobody knows
How = Literal["reported", "estimated", "unknown"]
#: times that one call of a message may be begun: again once, where its process has ended in the middle
BEGUN_AT_MOST = 2
#: after which nobody will settle an open row any more: no call takes longer than a minute
_OPEN_AT_MOST = timedelta(minutes=10)
#: seconds between two looks for such rows
_LOOK_EVERY_S = 60.0
#: rows in one transaction
_BATCH = 500

_TODAY = "SELECT (now() AT TIME ZONE 'UTC')::date AS today"
# $1 the call. Two runs of one message do not read at once what was begun before.
_LOCK_CALL = "SELECT pg_advisory_xact_lock(hashtextextended('ai call ' || $1, 0))"
_BEFORE = "SELECT id, day, person_id, role, state, estimate FROM ai_ledger WHERE call = $1 ORDER BY id FOR UPDATE"
# $1 id $2 day $3 person $4 role $5 provider $6 model $7 call $8 prices $9 estimate
_OPEN = """
INSERT INTO ai_ledger (id, day, person_id, role, provider, model, call, prices, estimate, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, 'open')
"""
_LOCK = "SELECT id, day, person_id, role, state, estimate, cost FROM ai_ledger WHERE id = $1 FOR UPDATE"
# $1 id $2 state $3 cost $4 $5 tokens in and out
_SETTLE = """
UPDATE ai_ledger SET state = $2, cost = $3, input_tokens = $4, output_tokens = $5, settled_at = now() WHERE id = $1
"""
_REMOVE = "DELETE FROM ai_ledger WHERE id = $1 AND state = 'open' RETURNING id, day, person_id, role, state, estimate"
# $1 person $2 how the names of the calls begin
_CALLS_TODAY = """
SELECT count(*) AS calls FROM ai_ledger
 WHERE person_id = $1 AND day = (now() AT TIME ZONE 'UTC')::date AND starts_with(call, $2)
"""
# $1 person $2 role $3 day $4 a message that does not count
_OTHER_MESSAGES = """
SELECT count(DISTINCT split_part(call, '/', 1)) AS messages FROM ai_ledger
 WHERE person_id = $1 AND day = $3 AND role = $2 AND split_part(call, '/', 1) <> $4
"""
# $1 ids
_FORGET = "UPDATE ai_ledger SET state = 'unknown', cost = estimate, settled_at = now() WHERE id = ANY($1::uuid[])"
# $1 time span $2 limit
_LEFT = """
SELECT id, day, person_id, role, state, estimate FROM ai_ledger
 WHERE state = 'open' AND opened_at < now() - $1::interval ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""

_log = logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bill:
    """Says whom a call is for, and what it is to cost: the input's tokens, estimated, and all that may be answered.

    `person` is None for the installation's own. `price` is that of the moment; None: the model costs nothing. `call`
    names the call of a message where it may be begun again. `messages`: for how many messages a day the person may have
    calls of this role; None: for any number. Only calls that have names are of a message.
    """

    person: UUID | None
    role: str
    provider: str
    model: str
    price: Price | None
    input_tokens: int
    max_output_tokens: int
    call: str | None = None
    messages: int | None = None

    @property
    def estimate(self) -> Decimal:
        """Returns the US dollars that the call costs at most."""
        return Decimal(0) if self.price is None else self.price.of(self.input_tokens, self.max_output_tokens)


@dataclass(frozen=True, slots=True)
class Reservation:
    """Names the open row of a call."""

    id: UUID


@dataclass(frozen=True, slots=True)
class Spent:
    """Holds what a call has cost, in US dollars, and its tokens."""

    cost: Decimal
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class BudgetSpent:
    """Says that a call has no room in a budget of today, and when tomorrow begins."""

    scope: Scope
    resets_at: datetime


class BegunTooOften(VoxbusError):
    """Reports a call that was begun twice without a known result: it is not begun again."""


class _NoRoom(VoxbusError):
    """Ends a transaction that has found a budget without room."""

    def __init__(self, scope: Scope, day: date) -> None:
        super().__init__(scope)
        self.spent = BudgetSpent(scope, datetime.combine(day + timedelta(days=1), time(), UTC))


class Ledger:
    """Keeps what calls cost, within the budgets of the day."""

    def __init__(self, database: Database, caps: Caps) -> None:
        self._database = database
        self.caps = caps

    async def reserve(self, bill: Bill) -> Reservation | BudgetSpent:
        """Opens the row of a call and reserves its estimate, or does neither. Raises `BegunTooOften`.

        A row of the same call that is there already was left by a process that has ended: it becomes `unknown`.
        """
        id = new_id()
        try:
            before = await self._database.redoing(lambda tx: self._reserve(tx, id, bill))
        except _NoRoom as error:
            AI_BUDGET_REFUSALS.labels(error.spent.scope).inc()
            return error.spent
        if before:
            _count(_estimates(_open(before)))
            AI_PAID_TWICE_POSSIBLE.inc()
            _log.warning("a call may be paid twice", role=bill.role, model=bill.model)
        return Reservation(id)

    async def settle(self, reservation: Reservation, spent: Spent | None, how: How) -> Decimal:
        """Settles the row of a call and returns its cost. A row that has become `unknown` meanwhile is put right.

        `spent` is None where nobody knows: then it costs its estimate. Settling it again changes nothing.
        """

        async def work(tx: Transaction) -> tuple[Decimal, Decimal]:
            [row] = await tx.fetch(_LOCK, reservation.id)
            if row.state not in ("open", "unknown"):
                return row.cost, Decimal(0)
            cost = row.estimate if spent is None else spent.cost
            tokens = (None, None) if spent is None else (spent.input_tokens, spent.output_tokens)
            await tx.fetch(_SETTLE, row.id, how, cost, *tokens)
            more = cost - (row.estimate if row.state == "unknown" else Decimal(0))
            await move(tx, _moves([row], lambda _: more))
            return cost, more

        cost, more = await self._database.redoing(work)
        _count(more)
        return cost

    async def withdraw(self, reservation: Reservation) -> None:
        """Removes the row of a call that was surely not made, or that its provider has refused."""

        async def work(tx: Transaction) -> None:
            await move(tx, _moves(await tx.fetch(_REMOVE, reservation.id), lambda _: Decimal(0)))

        await self._database.redoing(work)

    async def calls_today(self, person: UUID, beginning: str) -> int:
        """Counts a person's calls of today whose names begin like that."""
        [[calls]] = await self._database.fetch(_CALLS_TODAY, person, beginning)
        return int(calls)

    async def give_up_open(self) -> int:
        """Makes rows `unknown` that were open for too long; returns how many."""

        async def work(tx: Transaction) -> list[Row[Any]]:
            rows = list(await tx.fetch(_LEFT, _OPEN_AT_MOST, _BATCH))
            await _give_up(tx, rows)
            return rows

        rows = await self._database.redoing(work)
        _count(_estimates(rows))
        return len(rows)

    async def run(self, pulse: Pulse) -> None:
        """Looks each minute for rows that were open for too long, and how much of today is spent, until cancelled."""

        async def once() -> None:
            while await self.give_up_open() == _BATCH:
                pulse.beat()
            spent = await spent_today(self._database)
            AI_BUDGET.labels("installation", "spent").set(float(spent))
            AI_BUDGET.labels("installation", "limit").set(float(self.caps.installation))

        await every(_LOOK_EVERY_S, once, pulse)

    async def _reserve(self, tx: Transaction, id: UUID, bill: Bill) -> list[Row[Any]]:
        """Returns the rows that the same call had before, as they were."""
        before = await self._begun_before(tx, bill.call) if bill.call is not None else []
        [[day]] = await tx.fetch(_TODAY)
        prices = "{}" if bill.price is None else bill.price.model_dump_json(by_alias=True, exclude_none=True)
        about = (bill.person, bill.role, bill.provider, bill.model, bill.call)
        await tx.fetch(_OPEN, id, day, *about, prices, bill.estimate)
        full = await take(tx, day, budgets_of(bill.person, bill.role), self.caps, bill.estimate)
        if full:
            raise _NoRoom(full[0], day)
        # the person's budget is locked by now, so no other call of theirs is between counting and its commit
        if bill.messages is not None and bill.call is not None:
            [[others]] = await tx.fetch(_OTHER_MESSAGES, bill.person, bill.role, day, bill.call.partition("/")[0])
            if others >= bill.messages:
                raise _NoRoom("person", day)
        return before

    async def _begun_before(self, tx: Transaction, call: str) -> list[Row[Any]]:
        await tx.fetch(_LOCK_CALL, call)
        before = list(await tx.fetch(_BEFORE, call))
        if len(before) >= BEGUN_AT_MOST:
            raise BegunTooOften(call)
        await _give_up(tx, _open(before))
        return before


def _open(rows: Iterable[Row[Any]]) -> list[Row[Any]]:
    return [row for row in rows if row.state == "open"]


def _estimates(rows: Iterable[Row[Any]]) -> Decimal:
    return sum((row.estimate for row in rows), Decimal(0))


async def _give_up(tx: Transaction, rows: list[Row[Any]]) -> None:
    """Lets open rows count as what they were estimated at."""
    if rows:
        await tx.fetch(_FORGET, [row.id for row in rows])
        await move(tx, _moves(rows, lambda row: row.estimate))


def _moves(rows: Iterable[Row[Any]], spent: Callable[[Row[Any]], Decimal]) -> dict[tuple[date, Budget], Move]:
    """Returns how budgets change by rows that are open no more, and for which so much was `spent`."""
    reserved: dict[tuple[date, Budget], Decimal] = defaultdict(Decimal)
    more: dict[tuple[date, Budget], Decimal] = defaultdict(Decimal)
    for row in rows:
        for budget in budgets_of(row.person_id, row.role):
            reserved[row.day, budget] -= row.estimate if row.state == "open" else 0
            more[row.day, budget] += spent(row)
    return {key: Move(reserved[key], more[key]) for key in more}


def _count(amount: Decimal) -> None:
    if amount > 0:
        AI_COST.labels("voxbus").inc(float(amount))
