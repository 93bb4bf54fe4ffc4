"""Describes the gateway's own operations for those outside, in the words of `chassis.web.document`.

An operation says with `Own` who may call it and which problems it answers beside those that follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.routing import APIRoute

from chassis.web.access import Word
from chassis.web.document import REF, WORKS, openapi_of, shared_words, told, with_names
from chassis.web.operation import Consent, operation_id
from chassis.web.problems import (
    BAD_REQUEST,
    CONSENT_REQUIRED,
    INTERNAL,
    INVALID,
    NOT_FOUND,
    UNAUTHORIZED,
    UNAVAILABLE,
    ProblemDocument,
    ProblemType,
)
from chassis.web.refusals import described_headers, problem_components, refusals
from chassis.web.validation import QueryInput
from contracts.base import JobKind
from gateway.edge.forward.routes import GATEWAY

#: what FastAPI says of an answer that says nothing of itself
_DEFAULT = "Successful Response"
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """Declares what FastAPI does not know of an operation, as a decorator below FastAPI's own."""

    #: words any one of which is enough
    access: tuple[Word, ...]
    #: types of problem that its function raises, besides those that follow from what else it says
    problems: tuple[ProblemType, ...] = ()
    consent: Consent | None = None
    #: the kind of job it accepts, and the operationId that reads what comes of it
    job: JobKind | None = None
    result: str | None = None
    #: the schema, with a title, of a multipart body that the function reads itself
    form: Mapping[str, Any] | None = None
    #: by status, those of the answers that are no problems, with a description each
    headers: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    def __call__(self, function: F) -> F:
        """Returns the function, with what is declared."""
        function.own = self  # type: ignore[attr-defined]
        return function


class NoQuery(QueryInput):
    """Takes no query parameter."""


async def _no_query(_: Annotated[NoQuery, Query()]) -> None:
    """Lets FastAPI refuse every query parameter, after whoever asks is known."""


#: a dependency of operations without query parameters: one that is sent all the same is a 422
NO_QUERY = Depends(_no_query)


def own_fragment(
    routers: Sequence[APIRouter], beside: Sequence[ProblemType], info: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the fragment of the gateway's operations; `beside` are types of problem that no operation declares."""
    app = FastAPI(generate_unique_id_function=lambda route: operation_id(route.name))
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    for router in routers:
        app.include_router(router)
    found = openapi_of(app, **info)
    components = {"schemas": found["components"]["schemas"]}  # `join` adds the security scheme
    answered = set(beside)
    for route in routes:
        declared: Own = route.endpoint.own  # type: ignore[attr-defined]
        for method in route.methods or ():
            described = found["paths"][route.path][method.lower()]
            described.pop("description", None)
            described |= told(route.endpoint)
            answered |= _complete(described, declared)
        if declared.form is not None:
            components["schemas"][declared.form["title"]] = dict(declared.form)
    problem = ProblemDocument.model_json_schema(ref_template=REF)
    components["schemas"] |= problem.pop("$defs") | {"ProblemDocument": problem}
    found["components"] = components | problem_components(answered)
    return with_names(found)


def _complete(described: dict[str, Any], declared: Own) -> frozenset[ProblemType]:
    """Adds what is declared to what FastAPI knows, and returns the problems of the operation."""
    described.pop("security", None)
    for status, answer in described["responses"].items():
        if answer.get("description") == _DEFAULT:
            answer["description"] = WORKS[int(status)]
    if declared.form is not None:
        schema = {"$ref": REF.format(model=declared.form["title"])}
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    described |= shared_words(GATEWAY, declared)
    answers = {
        status: each for status, each in described["responses"].items() if "HTTPValidationError" not in str(each)
    }
    for status, headers in declared.headers.items():
        answers[str(status)] |= described_headers(headers)
    problems = _problems(described, declared)
    described["responses"] = answers | refusals(each for each in problems if str(each.status) not in answers)
    return problems


def _problems(described: Mapping[str, Any], declared: Own) -> frozenset[ProblemType]:
    """Returns the problem types of an operation; `join` adds those of the limits."""
    conditions = {
        INVALID: True,
        INTERNAL: True,
        UNAVAILABLE: True,
        BAD_REQUEST: "requestBody" in described,
        UNAUTHORIZED: "public" not in declared.access,
        CONSENT_REQUIRED: declared.consent is not None,
        NOT_FOUND: any(each["in"] == "path" for each in described.get("parameters", ())),
    }
    return frozenset({problem for problem, answers in conditions.items() if answers} | set(declared.problems))
