"""Tests what every provider in the table has to keep."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from contracts.feedback import FeedbackGiven
from contracts.speech import AttemptAssessed
from feedback.assessment import Assessment
from feedback.providers import PROVIDERS


@pytest.mark.parametrize("example", AttemptAssessed.examples(), ids=["assessed", "refused"])
@pytest.mark.parametrize("name", PROVIDERS)
async def test_gives_feedback_that_can_be_sent(name: str, example: dict[str, object]) -> None:
    event = AttemptAssessed.model_validate(example)
    provider = PROVIDERS[name]()
    given = await provider.give(Assessment.of(event), nullcontext)
    assert provider.name == name
    assert given.source == f"{provider.name}/{provider.version}"
    assert given.summary.strip()
    sent = FeedbackGiven(
        attempt_id=event.attempt_id,
        person_id=event.person_id,
        summary=given.summary,
        tips=given.tips,
        source=given.source,
    )
    assert FeedbackGiven.model_validate_json(sent.model_dump_json()) == sent
    assert all(tip.tip.strip() for tip in given.tips)
