"""Answers for a role as a job: each call is made once, and told of while it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.errors import Permanent
from chassis.handler import Backoff, Deps, Effects, handles
from contracts.base import Problem
from contracts.feedback import AiAnswered, AiTry, AiUsage, RunRole
from feedback.models.answers import Answer, Context, NoAnswer, Try
from feedback.models.catalogue import Catalogue
from feedback.models.deltas import Deltas
from feedback.models.engine import Engine
from feedback.models.money import dollars
from feedback.models.payment import Calls
from feedback.models.prompts import PROMPTS
from feedback.models.shapes import INPUTS

BUDGET_SPENT = Problem(
    type="/problems/budget-spent",
    title="Today's budget is spent",
    status=402,
    detail="The model that was asked for was not called.",
)
NO_MODEL = Problem(
    type="/problems/no-model",
    title="No model has answered",
    status=503,
    detail="Every model of the role was passed over or has failed, and no rules answer in its place.",
)
ANSWER_UNUSABLE = Problem(
    type="/problems/answer-unusable",
    title="The answer could not be used",
    status=502,
    detail="A model has answered, but not in the way that its role asks for.",
)
PROBLEMS = (BUDGET_SPENT, NO_MODEL, ANSWER_UNUSABLE)
_BY_LACK = {problem.type.removeprefix("/problems/"): problem for problem in PROBLEMS}


@dataclass(frozen=True, kw_only=True)
class RunDeps(Deps):
    """Holds what answers, and what pays for the calls that one message needs, whose run makes the effects."""

    engine: Engine
    calls: Callable[[Effects, UUID], Calls]
    catalogue: Catalogue


@handles(RunRole, slots=4, timeout=240, retry=Backoff(attempts=5, first=2, cap=60))
async def run_role(command: RunRole, deps: RunDeps) -> None:
    """Answers for a role. Whoever follows the job reads a text while it is written, if no check comes after it."""
    calls = deps.calls(deps.effects, command.person_id)
    on_text = Deltas(deps.progress).tell if _may_be_read_early(command.role) else None
    given = INPUTS[command.role].model_validate(command.input)
    try:
        answer = await deps.engine.answer(command.role, given, _context(command, deps.catalogue), calls, on_text)
    except NoAnswer as error:
        raise Permanent(_problem(error)) from None
    async with deps.unit() as unit:
        unit.emit(_answered(answer))


def _may_be_read_early(role: str) -> bool:
    prompt = PROMPTS[role]
    return prompt.schema is None and not prompt.for_children


def _context(command: RunRole, catalogue: Catalogue) -> Context:
    model = None if command.model is None else catalogue.registry.find(command.model)
    if command.model is not None and model is None:  # it has left the registry since it was asked for
        raise Permanent(NO_MODEL)
    return Context(person=command.person_id, holds_words=False, age_band=command.age_band, model=model)


def _problem(error: NoAnswer) -> Problem:
    """Returns the problem of a job, with what was tried: models and reasons, no words of anybody."""
    problem = _BY_LACK[error.lack]
    sentences = [problem.detail]
    if error.resets_at is not None:
        sentences.append(f"There is more from {error.resets_at:%Y-%m-%dT%H:%M:%SZ} on.")
    if error.tries:
        sentences.append(f"Tried: {_told(error.tries)}.")
    return problem.model_copy(update={"detail": " ".join(sentences)})


def _told(tries: Sequence[Try]) -> str:
    return ", ".join(f"{each.provider}/{each.model} ({each.outcome})" for each in tries)


def _answered(answer: Answer) -> AiAnswered:
    found, usage = answer.answer, answer.usage
    return AiAnswered(
        answer=found if isinstance(found, str) else found.model_dump(mode="json"),
        source=answer.source,
        prompt=answer.prompt,
        tries=tuple(
            AiTry(provider=each.provider, model=each.model, outcome=each.outcome, ms=each.ms, usd=dollars(each.usd))
            for each in answer.tries
        ),
        repaired=answer.repaired,
        usage=None if usage is None else AiUsage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens),
        cost_usd=dollars(answer.cost),
        notices=answer.notices,
    )
