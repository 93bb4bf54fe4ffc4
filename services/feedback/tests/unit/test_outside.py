"""Tests what an erasure says of the providers of models."""

from __future__ import annotations

from chassis.delivery.person_erasure import led_to
from chassis.message.envelope import new_id
from feedback.models.tables import ai_ledger
from feedback.outside import Outside


async def test_a_provider_that_was_called_is_named_with_how_long_it_keeps_what_it_was_sent() -> None:
    counts = {led_to(ai_ledger.name, "anthropic"): 2, led_to(ai_ledger.name, "gemini"): 1, ai_ledger.name: 3}
    told = await Outside(lambda recipient: recipient == "anthropic").tell(new_id(), counts)
    assert [(each.recipient, each.state) for each in told] == [("anthropic", "not_kept"), ("gemini", "not_possible")]
    assert "within 55 days" in told[1].detail


async def test_nobody_is_named_who_was_not_called() -> None:
    assert await Outside(lambda _: False).tell(new_id(), {ai_ledger.name: 3, "feedback": 1}) == []
