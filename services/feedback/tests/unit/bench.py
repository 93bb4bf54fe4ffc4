"""Makes an engine for tests, on providers that follow a script and a ledger in memory."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

from chassis.breaker import Rule
from chassis.message.crypto import new_key
from chassis.privacy.consents import Consents
from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin, OutsideCalls
from chassis.storage.keys import Keys
from chassis.storage.stored_consent import StoredConsent
from chassis.stores_in_memory import KeysInMemory
from feedback.models.answers import Answer, Context
from feedback.models.begun import Begun
from feedback.models.candidates import Candidates
from feedback.models.catalogue import Catalogue
from feedback.models.engine import Default, Engine
from feedback.models.errors import ProviderError
from feedback.models.ledger import Bill, BudgetSpent, How, Ledger, Reservation, Spent
from feedback.models.meter import Meter
from feedback.models.payment import DirectCalls
from feedback.models.providers import PROVIDERS
from feedback.models.request import Finished, FinishReason, ModelRequest, Piece, Text, Usage
from feedback.models.secret import Secret
from feedback.models.settings import ModelSettings
from feedback.models.shapes import ConversationInput, LessonHint, LessonHintInput
from feedback.models.upstreams import Upstream

TODAY = date(2026, 11, 29)
ADA = UUID("018f6a1e-0000-7000-8000-000000000001")
HINT = LessonHintInput(task="Which word names a colour: red or run?", given="run")
GOOD = json.dumps({"hint": "Look at each word and think of paint."})
RULES = LessonHint(hint="Read the question once more.")
Said = str | ProviderError | tuple[str, FinishReason]


@dataclass
class Provider:
    """Stands in for one provider: each call takes the next of `script`; without one it answers well.

    `does` makes the answer of a request instead.
    """

    name: str
    recipient: Recipient
    script: list[Said] = field(default_factory=list)
    requests: list[ModelRequest] = field(default_factory=list)
    closed: int = 0
    does: Callable[[ModelRequest], str] | None = None

    async def stream(
        self, request: ModelRequest, key: Secret | None, may_begin: MayBegin
    ) -> AsyncGenerator[Piece, None]:
        said = self.does(request) if self.does else self.script.pop(0) if self.script else GOOD
        async with may_begin():
            self.requests.append(request)
            if isinstance(said, ProviderError):
                raise said
        text, reason = (said, "stop") if isinstance(said, str) else said
        try:
            for part in text.split(" "):
                yield Text(part + " ")
            yield Finished(cast(FinishReason, reason), Usage(100, 10))
        finally:
            self.closed += 1


class LedgerInMemory:
    """Keeps the bills of a test, with room for `left` US dollars."""

    def __init__(self, left: str = "1") -> None:
        self.left = Decimal(left)
        self.open: dict[UUID, Bill] = {}
        self.reserved: list[Bill] = []
        self.settled: list[tuple[str, How]] = []

    async def reserve(self, bill: Bill) -> Reservation | BudgetSpent:
        if bill.estimate > self.left:
            return BudgetSpent("installation", datetime(2026, 11, 30, tzinfo=UTC))
        reservation = Reservation(uuid4())
        self.open[reservation.id] = bill
        self.reserved.append(bill)
        return reservation

    async def settle(self, reservation: Reservation, spent: Spent | None, how: How) -> Decimal:
        bill = self.open.pop(reservation.id)
        self.settled.append((bill.model, how))
        return bill.estimate if spent is None else spent.cost

    async def withdraw(self, reservation: Reservation) -> None:
        del self.open[reservation.id]


def pseudonym(person: UUID, provider: Recipient) -> str:
    return f"{provider} knows {person.int % 97}"


class Bench:
    """Holds an engine on three providers that have keys, a consent of Ada's for each, and rules for hints."""

    def __init__(
        self,
        *,
        keys: Iterable[str] = ("openai", "anthropic", "gemini", "local"),
        consents: Iterable[Recipient] = ("openai", "anthropic", "gemini"),
        keeps_nothing: Iterable[Recipient] = (),
        left: str = "1",
        call_usd: str = "0.05",
        rules: bool = True,
        rule: Rule | None = None,
        store: KeysInMemory | None = None,
        **settings: Any,
    ) -> None:
        self.store = store or KeysInMemory()
        self.store.keys[ADA] = new_key()
        for recipient in consents:
            self.allow(recipient)
        gate = Consents(Keys(self.store), list(keeps_nothing))
        self.catalogue = Catalogue(ModelSettings(**settings), today=lambda: TODAY)
        self.providers = {name: Provider(name, place.recipient) for name, place in PROVIDERS.items()}
        self.upstreams = {
            name: Upstream(
                provider,
                Secret("our-own-key") if name in keys else None,
                person_as=PROVIDERS[name].person_as,
                flags=PROVIDERS[name].keeps_nothing if name in list[str](keeps_nothing) else None,
                rule=rule,
                concurrency=1,
                wait=0,
            )
            for name, provider in self.providers.items()
        }
        self.ledger = LedgerInMemory(left)
        self.slept: list[float] = []
        self.outside = OutsideCalls(gate)
        candidates = Candidates(self.catalogue, self.upstreams, gate, self.outside, Decimal(call_usd), pseudonym)
        defaults: dict[str, Default] = {"lesson_hint": lambda _: RULES, "conversation": lambda _: "I noted it."}
        self.engine = Engine(candidates, defaults if rules else {}, sleep=self._sleep, chance=lambda: 0.5)
        self.paid = DirectCalls(cast(Ledger, self.ledger))
        self.context = Context(person=ADA, age_band="of_age")

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def allow(self, recipient: Recipient, *, child: bool = False) -> None:
        about = (ADA, "ai_text", recipient)
        self.store.decided[about] = StoredConsent(*about, 1, granted=True, child=child)

    def says(self, **scripts: list[Said]) -> Bench:
        for name, script in scripts.items():
            self.providers[name].script = script
        return self

    async def hint(self, given: LessonHintInput = HINT, **changes: Any) -> Answer:
        context = replace(self.context, **changes)
        answer = await self.engine.answer("lesson_hint", given, context, self.paid)
        assert self.ledger.open == {}, "each call is settled"
        return answer

    async def talk(self, message: str = "Hello", **changes: Any) -> Begun | Answer:
        context = replace(self.context, **changes)
        given = ConversationInput(message=message)
        return await self.engine.begin(
            "conversation", given, context, lambda bill: Meter(cast(Ledger, self.ledger), bill)
        )

    @property
    def calls(self) -> Mapping[str, int]:
        return {name: len(each.requests) for name, each in self.providers.items() if each.requests}
