"""Tests which budgets a call takes part in, and their limits."""

from __future__ import annotations

from decimal import Decimal

from chassis.message.envelope import new_id
from feedback.models.budgets import Budget, Caps, budgets_of, cap_of

CAPS = Caps(person=Decimal("0.25"), installation=Decimal(5), roles={"conversation": Decimal("0.30")})


def test_a_call_takes_part_in_three_budgets_in_the_order_of_their_keys() -> None:
    person = new_id()
    found = budgets_of(person, "conversation")
    assert [cap_of(CAPS, each) for each in found] == [Decimal(5), Decimal("0.25"), Decimal("0.30")]
    assert sorted(found, key=lambda each: (each.scope, each.name)) == list(found)


def test_a_call_of_nobody_has_no_persons_budget() -> None:
    assert [each.scope for each in budgets_of(None, "conversation")] == ["installation", "role"]


def test_a_role_has_a_limit_if_one_is_set() -> None:
    assert cap_of(CAPS, Budget("role", "lesson_hint")) is None
