"""Tests the ledger of what models cost, and the budgets that no number of calls at once passes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row

from chassis.delivery.export_part import json_line, rows_of
from chassis.delivery.person_erasure import ERASE_HANDLER
from chassis.message.envelope import new_id
from chassis.observe.metrics import REGISTRY
from chassis.privacy.export import Source
from chassis.testing import until
from chassis.web.testing import signed_in
from contracts.common import OutsideRecipient, PersonErased, PersonErasureConfirmed
from feedback.export import EXPORT
from feedback.models.budgets import Caps, Scope, spent_today
from feedback.models.ledger import BegunTooOften, Bill, BudgetSpent, How, Ledger, Reservation, Spent
from feedback.models.model import Price
from services.feedback.tests.integration.fixtures import Feedback

CENT = Decimal("0.01")
ZERO = Decimal(0)
MUCH = Decimal(1_000_000)
PRICES = {"from": "2026-11-28", "above_tokens": 0, "input": "0.10", "output": "0.50"}
#: tokens of an answer that cost a cent
A_CENTS_WORTH = 20_000
TENTH = Spent(CENT / 10, 0, 2000)
FREE = Caps(person=MUCH, installation=MUCH)


def bill(person: UUID | None = None, *, role: str = "", call: str | None = None) -> Bill:
    """Returns the bill of a call of a cent, for a new person in a role of its own unless told otherwise."""
    return Bill(
        person=person or new_id(),
        role=role or f"role_{new_id()}",
        provider="openai",
        model="gpt-6-luna",
        price=Price.model_validate(PRICES),
        input_tokens=0,
        max_output_tokens=A_CENTS_WORTH,
        call=call,
    )


async def opened(ledger: Ledger, of: Bill) -> Reservation:
    reservation = await ledger.reserve(of)
    assert isinstance(reservation, Reservation)
    return reservation


async def totals(feedback: Feedback, scope: Scope, name: str) -> tuple[Decimal, Decimal]:
    """Returns what is reserved and spent of a budget today."""
    rows = await feedback.rows("SELECT reserved, spent FROM budgets WHERE scope = $1 AND name = $2", scope, name)
    assert len(rows) <= 1
    return (rows[0].reserved, rows[0].spent) if rows else (ZERO, ZERO)


async def row_of(feedback: Feedback, reservation: Reservation) -> Row[Any]:
    [row] = await feedback.rows("SELECT * FROM ai_ledger WHERE id = $1", reservation.id)
    return row


async def age(feedback: Feedback, reservation: Reservation, minutes: int) -> None:
    """Lets a call have begun some minutes earlier."""
    earlier = "UPDATE ai_ledger SET opened_at = opened_at - $2::interval WHERE id = $1"
    await feedback.rows(earlier, reservation.id, timedelta(minutes=minutes))


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"voxbus_ai_{name}_total", labels) or 0.0


@pytest.mark.parametrize("scope", ["installation", "person", "role"])
async def test_fifty_at_once_do_not_pass_a_limit_with_room_for_two(feedback: Feedback, scope: Scope) -> None:
    person, role = new_id(), f"role_{new_id()}"
    before = sum(await totals(feedback, "installation", ""), ZERO)
    room = CENT * Decimal("2.9")
    caps = {
        "installation": replace(FREE, installation=before + room),
        "person": replace(FREE, person=room),
        "role": replace(FREE, roles={role: room}),
    }[scope]
    ledger = Ledger(feedback.database, caps)
    refused = counted("budget_refusals", scope=scope)
    bills = [bill(person if scope == "person" else None, role=role if scope == "role" else "") for _ in range(50)]
    answers = await asyncio.gather(*map(ledger.reserve, bills))
    spent = [each for each in answers if isinstance(each, BudgetSpent)]
    assert len(answers) - len(spent) == 2
    assert {each.scope for each in spent} == {scope}
    assert counted("budget_refusals", scope=scope) - refused == 48
    name = {"installation": "", "person": str(person), "role": role}[scope]
    assert sum(await totals(feedback, scope, name)) - (before if scope == "installation" else 0) == 2 * CENT
    [[rows]] = await feedback.rows(
        "SELECT count(*) FROM ai_ledger WHERE person_id = ANY($1::uuid[])", list({each.person for each in bills})
    )
    assert rows == 2  # a refusal leaves no row


async def test_a_call_refused_by_one_budget_reserves_nothing_in_the_others(feedback: Feedback) -> None:
    mine = bill()
    before = await totals(feedback, "installation", "")
    refused = await Ledger(feedback.database, replace(FREE, roles={mine.role: CENT / 2})).reserve(mine)
    assert isinstance(refused, BudgetSpent)
    now = datetime.now(UTC)
    assert now < refused.resets_at <= now + timedelta(days=1, seconds=5)
    assert refused.resets_at.time() == datetime.min.time()
    assert await totals(feedback, "installation", "") == before
    assert await totals(feedback, "person", str(mine.person)) == (ZERO, ZERO)


async def test_a_reported_call_is_booked_with_the_prices_of_its_beginning(feedback: Feedback) -> None:
    ledger, mine = Ledger(feedback.database, FREE), bill()
    metric = counted("cost_usd", paid_by="voxbus")
    reservation = await opened(ledger, mine)
    assert await totals(feedback, "role", mine.role) == (CENT, ZERO)
    assert await ledger.settle(reservation, Spent(Decimal("0.0000675"), 305, 74), "reported") == Decimal("0.0000675")
    row = await row_of(feedback, reservation)
    assert (row.state, row.cost, row.input_tokens, row.output_tokens) == ("reported", Decimal("0.0000675"), 305, 74)
    assert row.prices == PRICES
    assert await totals(feedback, "role", mine.role) == (ZERO, Decimal("0.0000675"))
    assert await totals(feedback, "person", str(mine.person)) == (ZERO, Decimal("0.0000675"))
    assert counted("cost_usd", paid_by="voxbus") - metric == pytest.approx(0.0000675)
    await ledger.settle(reservation, None, "unknown")  # once is enough
    assert (await row_of(feedback, reservation)).state == "reported"
    assert await totals(feedback, "role", mine.role) == (ZERO, Decimal("0.0000675"))


@pytest.mark.parametrize(
    ("spent", "how", "paid"),
    [(Spent(Decimal("0.00008"), 300, 100), "estimated", Decimal("0.00008")), (None, "unknown", CENT)],
)
async def test_what_nobody_has_reported(feedback: Feedback, spent: Spent | None, how: How, paid: Decimal) -> None:
    ledger, mine = Ledger(feedback.database, FREE), bill()
    reservation = await opened(ledger, mine)
    assert await ledger.settle(reservation, spent, how) == paid
    assert (await row_of(feedback, reservation)).state == how
    assert await totals(feedback, "person", str(mine.person)) == (ZERO, paid)


async def test_a_call_that_was_not_made_leaves_no_row_and_gives_its_room_back(feedback: Feedback) -> None:
    mine = bill()
    ledger = Ledger(feedback.database, replace(FREE, person=CENT))
    reservation = await opened(ledger, mine)
    assert isinstance(await ledger.reserve(mine), BudgetSpent)
    await ledger.withdraw(reservation)
    await ledger.withdraw(reservation)
    assert await totals(feedback, "role", mine.role) == (ZERO, ZERO)
    assert isinstance(await ledger.reserve(mine), Reservation)


async def test_what_is_reserved_for_an_open_call_is_not_spent(feedback: Feedback) -> None:
    before = await spent_today(feedback.database)
    ledger = Ledger(feedback.database, FREE)
    reservation = await opened(ledger, bill())
    assert await spent_today(feedback.database) == before
    await ledger.settle(reservation, TENTH, "reported")
    assert await spent_today(feedback.database) == before + CENT / 10


async def test_a_row_open_for_over_ten_minutes_is_unknown_and_costs_its_estimate(feedback: Feedback) -> None:
    ledger, mine = Ledger(feedback.database, FREE), bill()
    left, young = await opened(ledger, mine), await opened(ledger, mine)
    await age(feedback, left, 11)
    await age(feedback, young, 9)

    async def given_up() -> bool:
        await ledger.give_up_open()
        return bool((await row_of(feedback, left)).state == "unknown")

    await until(given_up)
    assert (await row_of(feedback, left)).cost == CENT
    assert (await row_of(feedback, young)).state == "open"
    assert await totals(feedback, "person", str(mine.person)) == (CENT, CENT)
    # what is known later after all is put right
    assert await ledger.settle(left, TENTH, "reported") == CENT / 10
    assert await totals(feedback, "person", str(mine.person)) == (CENT, CENT / 10)


async def test_a_call_that_was_begun_before_is_begun_again_once(feedback: Feedback) -> None:
    ledger, mine = Ledger(feedback.database, FREE), bill(call=f"{new_id()}/conversation/1")
    twice = counted("paid_twice_possible")
    first = await opened(ledger, mine)
    assert counted("paid_twice_possible") == twice
    second = await opened(ledger, mine)
    assert counted("paid_twice_possible") == twice + 1
    assert [(await row_of(feedback, each)).state for each in (first, second)] == ["unknown", "open"]
    assert await totals(feedback, "person", str(mine.person)) == (CENT, CENT)
    with pytest.raises(BegunTooOften):
        await ledger.reserve(mine)
    await ledger.settle(second, TENTH, "reported")
    assert await totals(feedback, "person", str(mine.person)) == (ZERO, CENT + CENT / 10)


async def test_two_runs_of_one_message_at_once_begin_a_call_twice_at_most(feedback: Feedback) -> None:
    ledger, mine = Ledger(feedback.database, FREE), bill(call=f"{new_id()}/conversation/1")
    answers = await asyncio.gather(*(ledger.reserve(mine) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(each, Reservation) for each in answers) == 2
    assert sum(isinstance(each, BegunTooOften) for each in answers) == 4


async def test_a_hundred_messages_at_once_have_no_more_calls_than_a_day_allows(feedback: Feedback) -> None:
    ledger, person, role = Ledger(feedback.database, FREE), new_id(), f"role_{new_id()}"
    bills = [replace(bill(person, role=role, call=f"{new_id()}/{role}/1"), messages=30) for _ in range(100)]
    answers = dict(zip(bills, await asyncio.gather(*map(ledger.reserve, bills)), strict=True))
    begun = [each for each, answer in answers.items() if isinstance(answer, Reservation)]
    assert len(begun) == 30
    assert await totals(feedback, "role", role) == (30 * CENT, ZERO)  # and what was refused reserves nothing
    # one that has begun may go on, another role and another person have messages of their own
    again = replace(begun[0], call=f"{str(begun[0].call).partition('/')[0]}/{role}/2")
    assert isinstance(await ledger.reserve(again), Reservation)
    assert isinstance(await ledger.reserve(replace(again, call=f"{new_id()}/{role}/1")), BudgetSpent)
    assert isinstance(
        await ledger.reserve(replace(bills[0], role=f"role_{new_id()}", call=f"{new_id()}/x")), Reservation
    )
    assert isinstance(await ledger.reserve(replace(bills[0], person=new_id(), call=f"{new_id()}/x")), Reservation)


async def test_an_erased_persons_calls_are_nobodys_and_their_room_comes_back(feedback: Feedback) -> None:
    ledger, mine = Ledger(feedback.database, FREE), bill(call=f"{new_id()}/conversation/1")
    assert mine.person is not None
    reservation = await opened(ledger, mine)
    await opened(ledger, replace(mine, provider="local", call=None))
    erasure = new_id()
    sent = await feedback.harness.publish(PersonErased(person_id=mine.person, erasure_id=erasure))

    async def erased() -> bool:
        inbox = await feedback.harness.inbox(f"feedback.{ERASE_HANDLER}")
        return any(row.id == sent.envelope.id and row.done_at is not None for row in inbox)

    await until(erased)
    row = await row_of(feedback, reservation)
    assert (row.person_id, row.call, row.state) == (None, None, "open")
    assert await feedback.rows("SELECT FROM budgets WHERE person_id = $1", mine.person) == []
    await ledger.settle(reservation, TENTH, "reported")
    assert await totals(feedback, "role", mine.role) == (CENT, CENT / 10)
    assert await feedback.rows("SELECT FROM budgets WHERE person_id = $1", mine.person) == []

    async def confirmed() -> Sequence[OutsideRecipient]:
        said = await feedback.harness.told(PersonErasureConfirmed)
        return next((each.outside for each in said if each.erasure_id == erasure), ())

    [openai] = await until(confirmed)
    assert (openai.recipient, openai.state) == ("openai", "not_possible")
    assert "30 days" in openai.detail


async def test_ones_copy_of_everything_has_what_models_have_cost_to_the_last_digit(feedback: Feedback) -> None:
    ledger, mine = Ledger(feedback.database, FREE), bill()
    assert mine.person is not None
    await ledger.settle(await opened(ledger, mine), Spent(Decimal("0.0000001"), 1, 0), "reported")
    [shown] = [each for each in EXPORT.tables if each.table.name == "ai_ledger"]
    source = Source("feedback", mine.person, feedback.database, feedback.harness.keys)
    [line] = [json_line(row) async for row in rows_of(source, shown)]
    assert json.loads(line) | {"id": "", "opened_at": "", "settled_at": "", "day": ""} == {
        "id": "",
        "opened_at": "",
        "day": "",
        "role": mine.role,
        "provider": "openai",
        "model": "gpt-6-luna",
        "prices": PRICES,
        "estimate": "0.01",
        "state": "reported",
        "cost": "0.0000001",
        "input_tokens": 1,
        "output_tokens": 0,
        "settled_at": "",
    }


async def test_one_sees_what_models_have_cost_on_a_day(feedback: Feedback) -> None:
    ledger, me, admin = Ledger(feedback.database, FREE), signed_in(), signed_in("admin")
    mine = [await opened(ledger, bill(me.id, role="lesson_hint")) for _ in range(4)]
    await opened(ledger, bill())
    await ledger.settle(mine[0], Spent(Decimal("0.00008"), 300, 100), "reported")
    await ledger.settle(mine[1], Spent(Decimal("0.000008"), 30, 10), "estimated")
    await ledger.settle(mine[2], None, "unknown")
    answer = await feedback.anonymous.by(me)("GET", "/ai/usage")
    assert answer.status == 200
    shown = answer.json()
    assert shown | {"day": ""} == {
        "day": "",
        "spent_usd": "0.010088",
        "cap_usd": "0.250000",
        "reserved_usd": "0.010000",
        "by_role": [
            {
                "role": "lesson_hint",
                "model": "gpt-6-luna",
                "calls": 4,
                "input_tokens": 330,
                "output_tokens": 110,
                "usd": "0.010088",
                "estimated_usd": "0.010008",
                "unknown": 1,
            }
        ],
    }
    assert (await feedback.anonymous.by(me)("GET", f"/ai/usage?day={shown['day']}")).json() == shown
    none = (await feedback.anonymous.by(me)("GET", "/ai/usage?day=2026-01-31")).json()
    assert (none["day"], none["spent_usd"], none["by_role"]) == ("2026-01-31", "0.000000", [])
    everybody = (await feedback.anonymous.by(admin)("GET", "/admin/ai/usage")).json()
    assert everybody["cap_usd"] == "5.000000"
    assert Decimal(everybody["spent_usd"]) > Decimal(shown["spent_usd"])
    [hints] = [each for each in everybody["by_role"] if each["role"] == "lesson_hint"]
    assert hints == shown["by_role"][0]


@pytest.mark.parametrize("day", ["", "today", "2026-13-01", "2026-11-20T10:00:00Z"])
async def test_a_day_that_is_none(feedback: Feedback, day: str) -> None:
    answer = await feedback.anonymous.by(signed_in())("GET", f"/ai/usage?day={day}")
    assert (answer.status, answer.json()["errors"][0]["field"]) == (422, "day")


async def test_who_may_see_what_models_cost(feedback: Feedback) -> None:
    assert (await feedback.anonymous("GET", "/ai/usage")).status == 401
    assert (await feedback.anonymous.by(signed_in("author"))("GET", "/admin/ai/usage")).status == 403
