"""Reserves what a spoken session may cost before it begins, and settles what it has cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from chassis.observe.metrics import AI_COST
from feedback.conversation.realtime.session import Session
from feedback.conversation.realtime.terms import ROLE, Agreed, Deal
from feedback.models.ledger import Bill, BudgetSpent, Ledger, Reservation, Spent

#: the least that a session is opened for, in US dollars
_LEAST_USD = Decimal("0.02")
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Budget:
    """Holds what is reserved for a session that we pay."""

    reservation: Reservation
    usd: Decimal


class Purse:
    """Pays the sessions of one provider."""

    def __init__(self, ledger: Ledger, deal: Deal, provider: str) -> None:
        self._ledger = ledger
        self._deal = deal
        self._provider = provider

    async def reserve(self, agreed: Agreed) -> Budget | None:
        """Reserves what a session may cost, or what is left of the day's budget; None if that is hardly anything.

        The ledger counts tokens: it is told as many of the dearest as the amount buys.
        """
        amount, price = agreed.limits.usd or _LEAST_USD, agreed.model.price_on(self._deal.today())
        while amount >= _LEAST_USD:
            tokens = int(amount * _MILLION / price.output) if price is not None and price.output else 0
            found = await self._ledger.reserve(
                Bill(
                    person=agreed.person,
                    role=ROLE,
                    provider=self._provider,
                    model=agreed.model.id,
                    price=price,
                    input_tokens=0,
                    max_output_tokens=tokens,
                )
            )
            if not isinstance(found, BudgetSpent):
                return Budget(found, amount)
            amount /= 2
        return None

    async def withdraw(self, budget: Budget) -> None:
        """Gives back what was reserved for a session that did not begin."""
        await self._ledger.withdraw(budget.reservation)

    async def settle(self, budget: Budget | None, session: Session) -> None:
        """Settles what a session has cost; None: the caller has paid it."""
        used = session.meter.usage
        if budget is None:
            AI_COST.labels("caller").inc(float(session.meter.usd))
            return
        spent = Spent(session.meter.usd, used.input, used.output)
        await self._ledger.settle(budget.reservation, spent, "reported" if session.meter.is_reported else "estimated")
