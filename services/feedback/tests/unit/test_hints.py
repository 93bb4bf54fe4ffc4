"""Tests how models write hints: nothing of the answer is told to them or taken from them, and nobody waits for long."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from chassis.message.envelope import new_id
from contracts.base import Event
from contracts.feedback import GiveHint, HintTask, HintWritten
from contracts.leaks.secrets import Secrets
from feedback.hints.handlers import MOST_A_DAY, HintDeps, give_hint
from feedback.hints.leak_check import SAY
from feedback.models.choices import Situation
from feedback.models.errors import ProviderError
from services.feedback.tests.unit.bench import ADA, Bench

GOOD = json.dumps({"hint": "Think of the part that does one step after the other."})
LEAKS = json.dumps({"hint": "It is the c-p-u."})
TASK = HintTask(
    exercise_type="free_text",
    task="Which part runs programs?",
    context="A computer has parts.",
    authored=("Look inside.",),
    why=("That part only keeps things.",),
    words="the memory",
)


class Unit:
    """Takes what is emitted."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event, cause: Any = None) -> None:
        self.events.append(event)


async def written(bench: Bench, level: int = 1, task: HintTask = TASK, asked: UUID | None = None) -> HintWritten:
    """Has a hint written, on Ada's request."""
    unit = Unit()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Unit]:
        yield unit

    deps = HintDeps(
        engine=bench.engine,
        calls=lambda _, __: bench.paid,
        catalogue=bench.catalogue,
        effects=cast(Any, None),
        unit=cast(Any, opened),
    )
    command = GiveHint(
        person_id=ADA,
        hint_id=asked or new_id(),
        lesson_id=UUID(int=2),
        exercise_id="cpu",
        level=level,
        task=task,
        secrets=Secrets(prompt=task.task, answers=("CPU", "processor")),
    )
    await give_hint.function(command, deps)
    [event] = unit.events
    assert isinstance(event, HintWritten)
    return event


def told(bench: Bench) -> list[str]:
    """Returns all that was sent to providers."""
    return [
        "\n".join(message.text for message in request.messages)
        for provider in bench.providers.values()
        for request in provider.requests
    ]


async def test_a_model_writes_the_hint() -> None:
    found = await written(Bench().says(openai=[GOOD]))
    assert (found.kind, found.provider, found.model) == ("cloud", "openai", "gpt-6-luna")
    assert found.text == "Think of the part that does one step after the other."
    assert [(each.model, each.verdict) for each in found.verdicts] == [("gpt-6-luna", "passed")]


async def test_no_model_is_asked_once_nobody_waits_and_each_call_counts_among_the_thirty_hints_of_a_day() -> None:
    bench = Bench().says(openai=[LEAKS, GOOD])
    assert (await written(bench, asked=UUID("018f6a1e-0000-7000-8000-000000000001"))).text is None
    assert told(bench) == []
    assert (await written(bench)).text is not None
    assert [bill.messages for bill in bench.ledger.reserved] == [MOST_A_DAY, MOST_A_DAY]


async def test_no_secret_is_told_to_anybody() -> None:
    bench = Bench().says(openai=[LEAKS, LEAKS])
    await written(bench)
    assert len(told(bench)) == 2
    for each in told(bench):
        assert "cpu" not in each.lower() and "processor" not in each.lower()
        assert all(part in each for part in (TASK.task, TASK.context, TASK.authored[0], TASK.why[0], "the memory"))


async def test_who_tells_the_answer_is_told_the_rule_and_asked_once_more() -> None:
    bench = Bench().says(openai=[LEAKS, GOOD])
    found = await written(bench)
    assert [each.verdict for each in found.verdicts] == ["spelled", "passed"] and found.text is not None
    first, second = told(bench)
    assert SAY["spelled"] not in first and SAY["spelled"] in second


async def test_after_the_second_leak_nobody_else_is_asked() -> None:
    bench = Bench().says(openai=[LEAKS, json.dumps({"hint": "Say processor."})])
    found = await written(bench)
    assert (found.text, found.model) == (None, None)
    assert [each.verdict for each in found.verdicts] == ["spelled", "answer"]
    assert bench.calls == {"openai": 2}
    assert float(found.cost_usd) > 0


async def test_words_go_only_to_whom_the_person_agreed_and_else_stay_here() -> None:
    agreed = Bench()
    assert (await written(agreed)).model is not None
    assert "the memory" in told(agreed)[0]
    bench = Bench(consents=[])
    found = await written(bench)
    assert found.text is not None and found.kind == "cloud"
    assert len(told(bench)) == 1 and "the memory" not in told(bench)[0]


async def test_a_provider_that_fails_leaves_it_to_the_author() -> None:
    down = [ProviderError("overloaded")] * 6
    found = await written(Bench().says(openai=[*down], anthropic=[*down], gemini=[*down]))
    assert (found.text, found.verdicts) == (None, ())


@pytest.mark.parametrize(
    ("situation", "first"),
    [
        (Situation(type="free_text", level=1), "gpt-6-luna"),
        (Situation(type="numeric", level=1), "gemini-3.8-flash"),
        (Situation(type="ordering", level=3, numbers=True), "gemini-3.8-flash"),
        (Situation(type="fill_blank", level=2, code=True), "gemini-3.8-flash"),
        (Situation(type="free_text", level=2, words=True), "claude-haiku-5-5"),
        (Situation(type="free_text", level=1, words=True), "gpt-6-luna"),
        (Situation(type="matching", level=1, difficulty="advanced"), "gemini-3.8-flash"),
        (Situation(type="true_false", level=1, language="pt-BR"), "gemini-3.8-flash"),
    ],
)
def test_the_situation_chooses_the_model(situation: Situation, first: str) -> None:
    order, usd = Bench().catalogue.chosen("lesson_hint", situation)
    assert order[0].id == first
    assert len({model.provider for model in order}) == 3
    assert str(usd) == "0.002"


async def test_a_call_dearer_than_its_ceiling_is_not_made(tmp_path: Path) -> None:
    own = tmp_path / "models.toml"
    own.write_text("[[choice]]\nrole = 'lesson_hint'\nmodels = ['claude-opus-5-5', 'GPT-4o']\nusd = 0.002\n")
    bench = Bench(models_file=own)
    assert (await written(bench)).model == "gpt-6-luna"
    assert bench.calls == {"openai": 1}
