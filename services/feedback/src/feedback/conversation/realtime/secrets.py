"""Gives clients short-lived keys of the provider, with which they speak to it directly: nobody sees what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from chassis.observe.logs import logger
from chassis.web.principal import Principal
from chassis.web.problems import ProblemError, invalid
from feedback.conversation.realtime.issued import Issued, Issuer
from feedback.conversation.realtime.problems import BUDGET_SPENT, TOO_MANY_SECRETS
from feedback.conversation.realtime.schemas import ClientSecret, SecretRequest
from feedback.conversation.realtime.terms import ROLE, Agreed, Deal
from feedback.models.ledger import Bill, BudgetSpent, Ledger, Reservation
from feedback.models.money import dollars
from feedback.models.secret import Secret

#: keys that we pay for, of one person on a day, and the seconds for which each is good
MOST_A_DAY, LONGEST_OURS_S = 5, 60
#: how the call of such a key begins in the ledger
_CALL = "client secret/"
_MILLION = 1_000_000

_log = logger(__name__)


class ClientSecrets:
    """Gives out keys; none of them is kept."""

    def __init__(self, provider: Issuer, name: str, deal: Deal, ledger: Ledger) -> None:
        self._provider = provider
        self._name = name
        self._deal = deal
        self._ledger = ledger

    async def give(self, asked: SecretRequest, key: Secret | None, caller: Principal, call: str) -> ClientSecret:
        """Returns a key for one who may have it. Raises the problem of who may not.

        `key` is the caller's. `call` names the request, by which the ledger knows it.
        """
        agreed = await self._deal.agree(caller, key, asked.named)
        session = asked.settings(agreed.model.id, agreed.limits.tokens if agreed.is_ours else None)
        if agreed.is_ours and asked.seconds > LONGEST_OURS_S:
            raise invalid(("expires_in", f"must be {LONGEST_OURS_S} at most with the installation's key"))
        booked, amount = await self._book(agreed, _CALL + call) if agreed.is_ours else (None, None)
        try:
            issued = await self._issue(agreed, session, asked.seconds)
        except BaseException:
            if booked is not None:
                await self._ledger.withdraw(booked)
            raise
        if booked is not None:
            await self._ledger.settle(booked, None, "unknown")  # it counts as a whole
        return ClientSecret(
            value=issued.value,
            expires_at=issued.expires_at,
            session={**session, "object": "realtime.session"},
            model=agreed.model.id,
            url=issued.url,
            limits={"seconds": None, "tokens": None, "usd": None if amount is None else dollars(amount)},
            notices=[*agreed.notices],
        )

    async def _issue(self, agreed: Agreed, session: Mapping[str, Any], seconds: int) -> Issued:
        with self._deal.refusals(agreed):
            return await self._provider.issue(session, seconds, agreed.key, self._deal.may_begin(agreed))

    async def _book(self, agreed: Agreed, call: str) -> tuple[Reservation, Decimal]:
        """Books what a whole session may cost: that of a person's day where that is less.

        Raises 402 where there is no room for it, and 429 for a sixth key.
        """
        amount = min(agreed.limits.usd or Decimal(0), self._ledger.caps.person)
        price = agreed.model.price_on(self._deal.today())
        tokens = int(amount * _MILLION / price.output) if price is not None and price.output else 0
        bill = Bill(
            person=agreed.person,
            role=ROLE,
            provider=self._name,
            model=agreed.model.id,
            price=price,
            input_tokens=0,
            max_output_tokens=tokens,
            call=call,
        )
        found = await self._ledger.reserve(bill)
        if isinstance(found, BudgetSpent):
            raise ProblemError(BUDGET_SPENT)
        assert agreed.person is not None
        # counted with its own row, so that any number at once give five at most
        try:
            is_one_too_many = await self._ledger.calls_today(agreed.person, _CALL) > MOST_A_DAY
        except BaseException:
            await self._ledger.withdraw(found)
            raise
        if is_one_too_many:
            await self._ledger.withdraw(found)
            raise ProblemError(TOO_MANY_SECRETS, headers={"Retry-After": str(_until_midnight(self._deal.now()))})
        return found, bill.estimate


def _until_midnight(now: datetime) -> int:
    tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
    return max(1, round((tomorrow - now).total_seconds()))
