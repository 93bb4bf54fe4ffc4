"""Writes a hint for an exercise. Whatever goes wrong, the job goes on: then the author's hint is given."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import monotonic
from typing import cast, get_args
from uuid import UUID

from chassis.handler import Backoff, Deps, Effects, handles
from chassis.message.envelope import id_time
from contracts.feedback import GiveHint, HintTask, HintWritten
from feedback.hints.leak_check import LeakCheck
from feedback.models.answers import Answer, Context, NoAnswer
from feedback.models.catalogue import Catalogue
from feedback.models.choices import Situation
from feedback.models.choose import Skip
from feedback.models.engine import Engine
from feedback.models.money import dollars
from feedback.models.payment import Calls
from feedback.models.shapes import LessonHint, LessonHintInput

#: seconds after which a learner waits for no model any more
WITHIN_S = 8.0
ROLE = "lesson_hint"
#: hints of a person for which models are asked on a day of UTC, whether they answer or not
MOST_A_DAY = 30
#: outcomes of models that were not asked
_SKIPPED = frozenset(get_args(Skip))
_CODE = re.compile(r"`|</|[{};]|\w+\(\)|==")
_DIGITS = re.compile(r"\d")


@dataclass(frozen=True, kw_only=True)
class HintDeps(Deps):
    """Holds what asks models, and what pays for the calls that one message needs, whose run makes the effects."""

    engine: Engine
    calls: Callable[[Effects, UUID], Calls]
    catalogue: Catalogue


@handles(GiveHint, slots=4, timeout=60, retry=Backoff(attempts=3, first=1, cap=10))
async def give_hint(command: GiveHint, deps: HintDeps) -> None:
    """Has a model write a hint; without one in time, or with one that gives the answer away, the author's is given."""
    check = LeakCheck(command.secrets)
    answer = await _answer(command, check, deps) if _somebody_waits(command) else None
    about = command.model_dump(include={"person_id", "hint_id", "lesson_id", "exercise_id", "level"})
    cost = dollars(Decimal(0) if answer is None else answer.cost)
    written = HintWritten(**about, verdicts=tuple(check.verdicts), cost_usd=cost)
    if answer is not None and answer.model is not None:
        provider, _, _ = answer.source.partition("/")
        written = written.model_copy(
            update={
                "text": cast(LessonHint, answer.answer).hint.strip(),
                "kind": "local" if provider == "local" else "cloud",
                "provider": provider,
                "model": answer.model,
            }
        )
    async with deps.unit() as unit:
        unit.emit(written)


def _somebody_waits(command: GiveHint) -> bool:
    """Tells whether somebody still waits for the hint: else the author's is given by now."""
    return datetime.now(UTC) - id_time(command.hint_id) <= timedelta(seconds=WITHIN_S)


async def _answer(command: GiveHint, check: LeakCheck, deps: HintDeps) -> Answer | None:
    """Asks the models that may read the learner's words, then, where no call was made, all without them."""
    calls, ends = deps.calls(deps.effects, command.person_id), monotonic() + WITHIN_S
    answer = None
    try:
        async with asyncio.timeout(WITHIN_S):
            for words in _words(command.task):
                context = _context(command, check, deps, words=words is not None, within=ends - monotonic())
                answer = await deps.engine.answer(ROLE, _given(command, words), context, calls)
                if any(each.outcome not in _SKIPPED for each in answer.tries):
                    break
    except (NoAnswer, TimeoutError):
        pass
    return answer


def _words(task: HintTask) -> Iterator[str | None]:
    if task.words is not None:
        yield task.words
    yield None


def _context(command: GiveHint, check: LeakCheck, deps: HintDeps, *, words: bool, within: float) -> Context:
    task = command.task
    situation = Situation(
        type=task.exercise_type,
        level=command.level,
        numbers=_DIGITS.search(task.task) is not None,
        code=_CODE.search(task.task) is not None,
        words=words,
        language=task.language,
        difficulty=task.difficulty,
    )
    order, usd = deps.catalogue.chosen(ROLE, situation)
    return Context(
        person=command.person_id,
        holds_words=words,
        age_band="of_age",  # content asks no model for others
        messages=MOST_A_DAY,
        language=task.language,
        within=within,
        order=order,
        call_usd=usd,
        check=check,
    )


def _given(command: GiveHint, words: str | None) -> LessonHintInput:
    """Returns all that a model is told. The command's secrets are no part of it."""
    task = command.task
    return LessonHintInput(
        task=task.task,
        context=task.context,
        authored=tuple(each for each in task.authored if each),
        why=tuple(each for each in task.why if each),
        given=words,
        level=command.level,
    )
