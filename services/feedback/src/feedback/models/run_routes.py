"""Lets authors and admins ask a role for an answer: `POST /ai/runs`, a job."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from chassis.web.access import EDITORS
from chassis.web.call import Call
from chassis.web.problems import TOO_LARGE, ProblemError, invalid
from chassis.web.proposal import LARGEST, Proposal
from chassis.web.routes import Routes
from chassis.web.validation import Input, problem_of_model
from contracts.catalogue import AI_RUN
from contracts.feedback import RunRole
from feedback.models.routes import NAME, ModelDeps
from feedback.models.shapes import INPUTS

routes = Routes("ai")


def _role(value: str) -> str:
    if value not in INPUTS:
        raise ValueError(f"must be one of {', '.join(INPUTS)}")
    return value


class RunBody(Input):
    """Asks a role for an answer to a text that is nobody's personal data.

    `input` has the fields of its role. With `model` no other answers, and no rules.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"role": "conversation", "input": {"message": "Who is it for?"}}]}
    )

    role: Annotated[str, AfterValidator(_role), Field(json_schema_extra={"enum": list(INPUTS)})]
    input: dict[str, Any]
    model: Annotated[str, Field(pattern=NAME, description="An id or an alias of `GET /ai/models`.")] | None = None


@routes.post("/ai/runs", access=EDITORS, job=AI_RUN)
async def run_ai(body: RunBody, call: Call[ModelDeps]) -> Proposal:
    """Asks a role for an answer. The job's result holds it, with what was tried and what it has cost."""
    try:
        given = INPUTS[body.role].model_validate(body.input)
    except ValidationError as error:
        problem = problem_of_model(error, INPUTS[body.role])
        raise invalid(*((f"input.{field}", words) for field, words in problem.errors)) from None
    command = RunRole(
        person_id=call.caller,
        role=body.role,
        input=given.model_dump(mode="json", exclude_defaults=True),
        model=None if body.model is None else _model(body.model, body.role, call.deps),
        age_band=call.principal.age_band,
    )
    proposal = Proposal(AI_RUN, command)
    try:
        proposal.content()
    except ValueError:
        raise ProblemError(TOO_LARGE, f"What a job is given may take {LARGEST} bytes, as JSON in ASCII.") from None
    return proposal


def _model(name: str, role: str, deps: ModelDeps) -> str:
    """Returns the id of a model that may be asked for a text."""
    found = deps.catalogue.registry.find(name)
    if found is None or found.kind != "chat":
        raise invalid(("model", "names no model of GET /ai/models that writes text"))
    if not found.answers_for(role):
        raise invalid(("model", "names a model that may not be asked for this role"))
    return found.id
