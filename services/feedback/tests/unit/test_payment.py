"""Tests how a call is settled by what came of it, and that what is recorded of it says everything again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chassis.errors import DependencyDown
from chassis.handler import Rule
from chassis.message.envelope import new_id
from chassis.privacy.outside import NotAllowed
from chassis.storage.errors import DatabaseAway
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from contracts.base import Json
from feedback.models.errors import ProviderError
from feedback.models.ledger import Bill, BudgetSpent, How, Ledger, Reservation, Spent
from feedback.models.meter import Called, Meter, Send
from feedback.models.model import Price
from feedback.models.payment import DirectCalls, JobCalls
from feedback.models.request import Finished, Piece, Text, Usage

PRICE = Price.model_validate({"from": "2026-11-28", "input": "1", "output": "10"})
MICRO = Decimal("0.000001")
USAGE = Usage(30, 7)
WORDS = "A secret of Robin's"


class Books(Ledger):
    """Writes down what it is told, and refuses once there is no room."""

    def __init__(self, *, spent: bool = False, away: bool = False) -> None:
        self.said: list[tuple[object, ...]] = []
        self._spent = spent
        self._away = away

    async def reserve(self, bill: Bill) -> Reservation | BudgetSpent:
        if self._spent:
            return BudgetSpent("person", datetime(2026, 11, 30, tzinfo=UTC))
        self.said.append(("reserved", bill.estimate, bill.call))
        return Reservation(new_id())

    async def settle(self, reservation: Reservation, spent: Spent | None, how: How) -> Decimal:
        await asyncio.sleep(0)
        if self._away:
            raise DatabaseAway("TimeoutError")
        self.said.append((how, None if spent is None else spent.cost / MICRO))
        return Decimal(0) if spent is None else spent.cost

    async def withdraw(self, reservation: Reservation) -> None:
        self.said.append(("withdrawn",))


@dataclass
class Memory:
    """Remembers results of calls as effects do (implements `Effects`)."""

    message_id: UUID = field(default_factory=new_id)
    tries: int = 1
    results: dict[str, Json] = field(default_factory=dict)

    async def once(
        self, name: str, call: Callable[[], Awaitable[Json]], rule: Rule, *, as_if: Json | None = None
    ) -> Json:
        assert rule == "resend"
        if name not in self.results:
            self.results[name] = await call()
        return self.results[name]


def bill(price: Price | None = PRICE) -> Bill:
    return Bill(
        person=new_id(),
        role="conversation",
        provider="openai",
        model="gpt-6-luna",
        price=price,
        input_tokens=40,
        max_output_tokens=100,
    )


def sends(*pieces: Piece | Exception, count: list[int] | None = None) -> Send:
    async def send(begins: Callable[[], None]) -> AsyncGenerator[Piece, None]:
        if not isinstance(pieces[0], NotAllowed | DependencyDown):  # nothing was sent
            begins()
        if count is not None:
            count.append(1)
        for piece in pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    return send


HELLO, END = Text("Hello"), Finished("stop", USAGE, "req_1")


@pytest.mark.parametrize(
    ("pieces", "booked"),
    [
        ((HELLO, END), ("reported", 100)),
        ((HELLO, Finished("stop")), ("estimated", 60)),  # 40 tokens sent, 2 made
        ((Finished("safety", USAGE),), ("reported", 100)),
        ((HELLO, ProviderError("cut")), ("estimated", 60)),
        ((HELLO, ProviderError("timeout", phase="between_tokens")), ("estimated", 60)),
        ((ProviderError("cut"),), ("unknown", None)),
        ((ProviderError("timeout", phase="first_token"),), ("unknown", None)),
        ((ProviderError("failed", code="in-stream"),), ("unknown", None)),
        ((ProviderError("failed", status=500),), ("unknown", None)),
        ((ProviderError("failed", status=504),), ("unknown", None)),
        ((ProviderError("unreachable"),), ("withdrawn",)),
        ((ProviderError("rate_limited", status=429),), ("withdrawn",)),
        ((ProviderError("overloaded", status=503),), ("withdrawn",)),
        ((ProviderError("overloaded", status=529),), ("withdrawn",)),
        ((ProviderError("key_refused", status=401),), ("withdrawn",)),
        ((ProviderError("refused", status=400),), ("withdrawn",)),
    ],
)
async def test_how_a_call_is_booked(pieces: tuple[Any, ...], booked: tuple[object, ...]) -> None:
    books = Books()
    called = await DirectCalls(books).call(1, bill(), sends(*pieces))
    assert books.said == [("reserved", 1040 * MICRO, None), booked]
    assert isinstance(called, Called)
    errors = [each for each in pieces if isinstance(each, ProviderError)]
    assert called.error == (errors[0] if errors else None)
    assert called.text == "".join(each.text for each in pieces if isinstance(each, Text))
    assert (called.reason is None) == bool(errors)


@pytest.mark.parametrize("error", [NotAllowed("ai_text"), DependencyDown("the key store")])
async def test_what_may_not_begin_costs_nothing_and_is_no_result(error: Exception) -> None:
    books, memory = Books(), Memory()
    calls = JobCalls(books, memory, Keys(KeysInMemory()), new_id())
    for each in (DirectCalls(books), calls):
        with pytest.raises(type(error)):
            await each.call(1, bill(), sends(error))
    assert [said[0] for said in books.said] == ["reserved", "withdrawn"] * 2
    assert memory.results == {}


async def test_a_call_that_is_cancelled_before_its_first_byte_costs_nothing() -> None:
    books, waits = Books(), asyncio.Event()

    async def send(begins: Callable[[], None]) -> AsyncGenerator[Piece, None]:
        waits.set()
        await asyncio.Event().wait()  # for a slot
        begins()
        yield HELLO

    task = asyncio.create_task(DirectCalls(books).call(1, bill(), send))
    await waits.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [said[0] for said in books.said] == ["reserved", "withdrawn"]


async def test_a_spent_budget_begins_nothing() -> None:
    memory, count = Memory(), list[int]()
    for each in (DirectCalls(Books(spent=True)), JobCalls(Books(spent=True), memory, Keys(KeysInMemory()), new_id())):
        spent = await each.call(1, bill(), sends(HELLO, END, count=count))
        assert isinstance(spent, BudgetSpent)
    assert (count, memory.results) == ([], {})


async def test_a_model_that_costs_nothing_is_in_no_ledger() -> None:
    books = Books()
    called = await DirectCalls(books).call(1, bill(None), sends(HELLO, END))
    assert isinstance(called, Called)
    assert books.said == []
    assert called.cost == 0


@pytest.mark.parametrize("cancels", [1, 2])
async def test_a_cancelled_call_is_settled_by_what_was_made_before_the_stream_is_left(cancels: int) -> None:
    books, closed, waits = Books(), list[str](), asyncio.Event()

    async def send(begins: Callable[[], None]) -> AsyncGenerator[Piece, None]:
        begins()
        try:
            yield HELLO
            waits.set()
            await asyncio.Event().wait()
        finally:
            closed.append("closed")

    task = asyncio.create_task(DirectCalls(books).call(1, bill(), send))
    await waits.wait()
    for _ in range(cancels):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed == ["closed"]
    assert books.said[1:] == [("estimated", 60)]


async def test_a_stream_that_nobody_hears_any_more_is_settled() -> None:
    books = Books()
    meter = Meter(books, bill())
    pieces = meter.pieces(sends(HELLO, Text(" you"), END))
    assert await anext(pieces) == HELLO
    await pieces.aclose()
    assert books.said[1:] == [("estimated", 60)]
    assert meter.text == "Hello"


async def test_a_database_that_is_away_does_not_lose_the_answer() -> None:
    called = await DirectCalls(Books(away=True)).call(1, bill(), sends(HELLO, END))
    assert isinstance(called, Called)
    assert (called.text, called.cost) == ("Hello", 1040 * MICRO)


@pytest.mark.parametrize(
    "last", [END, ProviderError("rate_limited", status=429, retry_after=3.0), ProviderError("cut")]
)
async def test_a_job_takes_a_recorded_call_as_it_was(last: Piece | ProviderError) -> None:
    books, memory, count, store = Books(), Memory(), list[int](), KeysInMemory()
    calls = JobCalls(books, memory, Keys(store), new_id())
    first = await calls.call(1, bill(), sends(Text(WORDS), last, count=count))
    again = await calls.call(1, bill(), sends(Text("Other words"), END, count=count))
    assert isinstance(first, Called)
    assert isinstance(again, Called)
    assert again.as_json() == first.as_json()
    assert again.text == WORDS
    if isinstance(last, ProviderError):
        assert again.error is not None
        assert vars(again.error) == vars(last)
    assert count == [1]
    await calls.call(2, bill(), sends(HELLO, END, count=count))
    assert count == [1, 1]
    assert list(memory.results) == ["conversation/1", "conversation/2"]
    assert [said[2] for said in books.said if said[0] == "reserved"] == [
        f"{memory.message_id}/conversation/{n}" for n in (1, 2)
    ]
    assert "Robin" not in str(memory.results)


async def test_text_is_told_as_it_comes() -> None:
    heard: list[str] = []

    async def hear(text: str) -> None:
        heard.append(text)

    await DirectCalls(Books()).call(1, bill(), sends(HELLO, Text(" you"), END), hear)
    assert heard == ["Hello", "Hello you"]
