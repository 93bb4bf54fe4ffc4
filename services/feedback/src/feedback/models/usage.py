"""Serves what models have cost on a day: one's own, and that of the installation."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from chassis.handler import Deps, Rows
from chassis.web.call import Call
from chassis.web.routes import Routes
from chassis.web.validation import QueryInput
from contracts.base import Json
from feedback.models.budgets import Budget, Caps, cap_of
from feedback.models.money import dollars
from feedback.models.tables import ai_ledger, budgets

routes = Routes("ai")

_TODAY = sa.text("SELECT (now() AT TIME ZONE 'UTC')::date")


@dataclass(frozen=True, kw_only=True)
class MoneyDeps(Deps):
    """Holds the limits of the budgets."""

    caps: Caps


class UsageQuery(QueryInput):
    """Asks for a day."""

    day: datetime.date | None = Field(None, description="A day in UTC; today unless given.")


class RoleUsage(BaseModel):
    """Sums the calls of one model for one role. `usd` is their cost, of which `estimated_usd` nobody has reported.

    `unknown` counts the calls of which nobody knows how they came out: they cost what they were estimated at.
    """

    role: str
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    usd: str
    estimated_usd: str
    unknown: int


_ROW: Json = {
    "role": "conversation",
    "model": "gpt-6-luna",
    "calls": 2,
    "input_tokens": 610,
    "output_tokens": 148,
    "usd": "0.000135",
    "estimated_usd": "0.000000",
    "unknown": 0,
}
_DAY: Json = {
    "day": "2026-11-20",
    "spent_usd": "0.000135",
    "cap_usd": "0.25",
    "reserved_usd": "0.000000",
    "by_role": [_ROW],
}


class UsageOut(BaseModel):
    """Shows what models have cost on a day, in US dollars; `reserved_usd` is what open calls may still cost."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DAY]})

    day: datetime.date
    spent_usd: str
    cap_usd: str
    reserved_usd: str
    by_role: list[RoleUsage]


@routes.get("/ai/usage", access=("own",))
async def read_ai_usage(query: UsageQuery, call: Call[MoneyDeps]) -> UsageOut:
    """Shows what models have cost for oneself on a day, and the limit of a day."""
    return await _usage(call.rows, query.day, call.deps.caps, call.caller)


@routes.get("/admin/ai/usage", access=("admin",))
async def read_all_ai_usage(query: UsageQuery, call: Call[MoneyDeps]) -> UsageOut:
    """Shows what models have cost this installation on a day, and the limit of a day."""
    return await _usage(call.rows, query.day, call.deps.caps, None)


async def _usage(rows: Rows, day: datetime.date | None, caps: Caps, person: UUID | None) -> UsageOut:
    """Reads the usage of one person, or of all if there is none."""
    day = day or (await rows.execute(_TODAY)).scalar_one()
    budget = Budget("installation", "") if person is None else Budget("person", str(person), person)
    totals = sa.select(budgets.c.spent, budgets.c.reserved).where(
        budgets.c.day == day, budgets.c.scope == budget.scope, budgets.c.name == budget.name
    )
    found = (await rows.execute(totals)).one_or_none()
    spent, reserved = (Decimal(0), Decimal(0)) if found is None else (found.spent, found.reserved)
    return UsageOut(
        day=day,
        spent_usd=dollars(spent),
        cap_usd=dollars(cap_of(caps, budget) or Decimal(0)),
        reserved_usd=dollars(reserved),
        by_role=[
            RoleUsage(**dict(row._mapping) | {name: dollars(row._mapping[name]) for name in ("usd", "estimated_usd")})
            for row in await rows.execute(_by_role(day, person))
        ],
    )


def _by_role(day: datetime.date, person: UUID | None) -> sa.Select[tuple[object, ...]]:
    ledger = ai_ledger.c
    reported = ledger.state == "reported"
    total, nothing = sa.func.sum, sa.literal(Decimal(0))
    select = sa.select(
        ledger.role,
        ledger.model,
        sa.func.count().label("calls"),
        sa.func.coalesce(total(ledger.input_tokens), 0).label("input_tokens"),
        sa.func.coalesce(total(ledger.output_tokens), 0).label("output_tokens"),
        sa.func.coalesce(total(ledger.cost), nothing).label("usd"),
        sa.func.coalesce(total(ledger.cost).filter(~reported), nothing).label("estimated_usd"),
        sa.func.count().filter(ledger.state == "unknown").label("unknown"),
    )
    mine = ledger.person_id == person if person is not None else sa.true()
    return select.where(ledger.day == day, mine).group_by(ledger.role, ledger.model).order_by(ledger.role, ledger.model)
