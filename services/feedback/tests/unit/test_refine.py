"""Tests notes by a model: what of them is kept, and when the notes of rules stand."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, cast
from uuid import UUID

import pytest

from chassis.web.principal import Principal
from feedback.conversation.notes import NotesOut, design_notes
from feedback.conversation.refine import ByModel
from feedback.models.errors import ProviderError
from feedback.models.ledger import Ledger
from feedback.models.shapes import Said
from services.feedback.tests.unit.bench import ADA, Bench

TERRA = "gpt-6.1-terra"
SAID = [
    Said(role="user", text="We decided to drop the tour. Who tells the drivers?"),
    Said(role="assistant", text="You could put a note into the drawer. I decided to drop the drawer."),
    Said(role="user", text="It must work offline, and I will ask Ana on Monday."),
]
WRITTEN: dict[str, Any] = {
    "title": "Drop the tour",
    "decisions": [
        {"text": "Drop the tour", "message": 1},
        {"text": "Drop the tour", "message": 3},  # another message
        {"text": "Drop the drawer", "message": 2},  # a model decides nothing
        {"text": "Keep the tour", "message": 1},
        {"text": "Pay the drivers", "message": 9},
    ],
    "open_questions": [{"text": "Who tells the drivers?", "message": 1}],
    "ideas": [{"text": "Put a note into the drawer", "message": 2}],
    "constraints": [{"text": "It must work offline", "message": 3}],
    "next_steps": [{"text": "Ask Ana on Monday", "message": 3}],
}


def by_rules(said: list[Said]) -> NotesOut:
    return NotesOut(title="Kiosk", date=date(2026, 11, 29), **dict(design_notes(said)))


def bench(*says: str | ProviderError, **more: Any) -> Bench:
    return Bench(rules=False, **more).says(openai=list(says))


async def refined(
    bench: Bench, said: list[Said] = SAID, person: UUID | None = ADA, within: float = 60
) -> NotesOut | None:
    refine = ByModel(bench.engine, cast(Ledger, bench.ledger))
    principal = Principal(id=person, age_band="of_age" if person else "unknown")
    found = await refine(by_rules(said), said, principal, within)
    assert bench.ledger.open == {}, "each call is settled"
    return found


async def test_lines_are_kept_that_their_message_says() -> None:
    notes = await refined(at := bench(json.dumps(WRITTEN)))
    assert notes is not None
    assert (notes.title, notes.date, notes.source) == ("Kiosk", date(2026, 11, 29), f"openai/{TERRA}")
    lines = {name: [(line.text, line.message) for line in found] for name, found in notes if isinstance(found, list)}
    assert lines == {
        "decisions": [("Drop the tour", 1)],
        "open_questions": [("Who tells the drivers?", 1)],
        "ideas": [("Put a note into the drawer", 2)],
        "constraints": [("It must work offline", 3)],
        "next_steps": [("Ask Ana on Monday", 3)],
        "other_languages": [],
    }
    assert at.ledger.settled == [(TERRA, "reported")]


@pytest.mark.parametrize(
    "said",
    [
        "I will not write notes.",
        json.dumps({"title": "Drop the tour", "decisions": [{"text": "Keep the tour", "message": 1}]}),
        json.dumps({"title": "Drop the tour"}),
    ],
    ids=["prose", "nothing true", "nothing"],
)
async def test_rules_stand_where_a_model_notes_nothing_true(said: str) -> None:
    at = bench(said, said, said)
    at.says(anthropic=[said] * 3, gemini=[said] * 3)
    assert await refined(at) is None


async def test_rules_stand_where_every_model_fails() -> None:
    failed = ProviderError("failed", status=500)
    at = bench(failed, failed).says(anthropic=[failed, failed], gemini=[failed, failed], openai=[failed, failed])
    assert await refined(at) is None


async def test_no_model_is_asked_that_may_not_be() -> None:
    for at in (bench(keys=()), bench(consents=()), bench(left="0")):
        assert await refined(at) is None
        assert at.calls == {}
    at = bench(json.dumps(WRITTEN))
    assert await refined(at, person=None) is None
    assert await refined(at, said=[]) is None
    assert await refined(at, within=1) is None
    assert await refined(at, said=[*SAID, Said(role="user", text="I want to die")]) is None
    assert at.calls == {}
