"""Limits what models may cost on a day (UTC): for one person, for a role, and for the whole installation.

A budget holds what was spent and what open calls have reserved. A call that is to begin adds its estimate to all its
budgets by one conditional statement, so that any number at once cannot pass a limit together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from chassis.storage.database import Database, Transaction
from chassis.storage.statement import Repeatable

Scope = Literal["installation", "person", "role"]

# $1 day $2 scopes $3 names $4 persons $5 limits (NULL: none) $6 the amount. A row is returned for each budget that has
# room for it. The order is that of the keys, so that no two reservations wait for each other.
_RESERVE = """
INSERT INTO budgets AS b (day, scope, name, person_id, cap, reserved)
SELECT $1::date, w.scope, w.name, w.person_id, w.cap, $6::numeric
  FROM unnest($2::text[], $3::text[], $4::uuid[], $5::numeric[]) AS w(scope, name, person_id, cap)
 WHERE w.cap IS NULL OR $6::numeric <= w.cap
 ORDER BY w.scope, w.name
ON CONFLICT (day, scope, name) DO UPDATE SET reserved = b.reserved + excluded.reserved, cap = excluded.cap
 WHERE excluded.cap IS NULL OR b.spent + b.reserved + excluded.reserved <= excluded.cap
RETURNING b.scope
"""
# $1 days $2 scopes $3 names
_LOCK = """
SELECT count(*) FROM (
  SELECT FROM budgets AS b JOIN unnest($1::date[], $2::text[], $3::text[]) AS k(day, scope, name)
    ON (b.day, b.scope, b.name) = (k.day, k.scope, k.name)
   ORDER BY b.day, b.scope, b.name FOR UPDATE OF b
) AS locked
"""
# $1 days $2 scopes $3 names $4 added to what is reserved $5 added to what is spent
_MOVE = """
UPDATE budgets AS b SET reserved = b.reserved + m.reserved, spent = b.spent + m.spent
  FROM unnest($1::date[], $2::text[], $3::text[], $4::numeric[], $5::numeric[]) AS m(day, scope, name, reserved, spent)
 WHERE (b.day, b.scope, b.name) = (m.day, m.scope, m.name)
"""

_SPENT_TODAY = Repeatable("""
SELECT coalesce(sum(spent), 0) AS usd FROM budgets
 WHERE day = (now() AT TIME ZONE 'UTC')::date AND scope = 'installation'
""")


@dataclass(frozen=True, kw_only=True, slots=True)
class Caps:
    """Holds the limits in US dollars a day; a role without one has none."""

    person: Decimal
    installation: Decimal
    roles: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Budget:
    """Names one budget of a day."""

    scope: Scope
    name: str
    person: UUID | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Says how a budget changes: what is reserved, and what is spent."""

    reserved: Decimal
    spent: Decimal


def budgets_of(person: UUID | None, role: str) -> tuple[Budget, ...]:
    """Returns the budgets that a call takes part in, in the order of their keys."""
    of_person = () if person is None else (Budget("person", str(person), person),)
    return (Budget("installation", ""), *of_person, Budget("role", role))


def cap_of(caps: Caps, budget: Budget) -> Decimal | None:
    """Returns the limit of a budget; None: it has none."""
    if budget.scope == "role":
        return caps.roles.get(budget.name)
    return caps.person if budget.scope == "person" else caps.installation


async def spent_today(database: Database) -> Decimal:
    """Returns what the installation has spent today; what is reserved for open calls is not yet."""
    [row] = await database.fetch(_SPENT_TODAY)
    return Decimal(row.usd)


async def take(
    tx: Transaction, day: date, wanted: tuple[Budget, ...], caps: Caps, amount: Decimal
) -> tuple[Scope, ...]:
    """Reserves an amount in budgets; returns the scopes without room for it, after which the caller rolls back."""
    found = await tx.fetch(
        _RESERVE,
        day,
        [each.scope for each in wanted],
        [each.name for each in wanted],
        [each.person for each in wanted],
        [cap_of(caps, each) for each in wanted],
        amount,
    )
    taken = {row.scope for row in found}
    return tuple(each.scope for each in wanted if each.scope not in taken)


async def move(tx: Transaction, moves: Mapping[tuple[date, Budget], Move]) -> None:
    """Changes budgets. One that is gone, since its person was erased, is left out."""
    keys = sorted(moves, key=lambda key: (key[0], key[1].scope, key[1].name))
    where = [day for day, _ in keys], [budget.scope for _, budget in keys], [budget.name for _, budget in keys]
    await tx.fetch(_LOCK, *where)
    await tx.fetch(_MOVE, *where, [moves[key].reserved for key in keys], [moves[key].spent for key in keys])
