"""Describes the gateway's own operations as a fragment, in the form of `chassis.web.document`.

`Own` declares who may call an operation and which problems it answers, besides those that follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.routing import APIRoute

from chassis.web.access import ROLES, Word
from chassis.web.document import REF, WORKS, openapi_of, shared_words, told, with_names
from chassis.web.operation import Consent, operation_id
from chassis.web.problems import (
    BAD_REQUEST,
    CONSENT_REQUIRED,
    FORBIDDEN,
    INTERNAL,
    INVALID,
    NOT_FOUND,
    SIGN_IN_AGAIN,
    UNAUTHORIZED,
    UNAVAILABLE,
    ProblemDocument,
    ProblemType,
)
from chassis.web.refusals import described_headers, problem_components, refusals
from chassis.web.validation import QueryInput
from contracts.base import JobKind
from gateway.edge.forward.routes import GATEWAY
from gateway.edge.limits.policies import Name

#: FastAPI's description of an answer without one
_DEFAULT = "Successful Response"
_TAG = described_headers({"ETag": "A mark of the content."})
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "An ETag one has: 304 when it is still the current one.",
    "schema": {"type": "string"},
}
#: the parameter of a ticket, which an operation takes only if it declares so
TICKET_PARAMETER = "ticket"
_BY_TICKET = {
    "name": TICKET_PARAMETER,
    "in": "query",
    "required": False,
    "description": "Of `POST /auth/tickets`, in place of the Authorization header.",
    "schema": {"type": "string"},
}
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """Declares the facts that FastAPI does not know about an operation, as a decorator below FastAPI's own."""

    #: access words; any one of them is enough
    access: tuple[Word, ...]
    #: types of problem that its function raises, besides those that follow from the other declarations
    problems: tuple[ProblemType, ...] = ()
    consent: Consent | None = None
    #: the path parameter that is a person, to whom the word `guardian` refers
    person: str | None = None
    #: whether the caller must have signed in of late
    fresh: bool = False
    #: names of the limits that it takes a request from, besides those of every request
    limits: tuple[Name, ...] = ()
    #: the kind of job that it accepts, and the operationId that reads the job's result
    job: JobKind | None = None
    result: str | None = None
    #: the titled schema of a multipart body that the function reads itself
    form: Mapping[str, Any] | None = None
    #: by status, the descriptions of the answers that are not problems
    headers: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    #: whether a ticket may stand in place of the token; a WebSocket declares it too
    ticket: bool = False

    def __call__(self, function: F) -> F:
        """Attaches the declaration to the function and returns the function."""
        function.own = self  # type: ignore[attr-defined]
        return function


class NoQuery(QueryInput):
    """Accepts no query parameter."""


async def _no_query(_: Annotated[NoQuery, Query()]) -> None:
    """Makes FastAPI refuse every query parameter, after the caller is known."""


#: a dependency of operations without query parameters: any parameter is a 422
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
        declared: Own | None = getattr(route.endpoint, "own", None)
        if declared is None:
            raise TypeError(f"{route.path}: @Own says who may call it")
        for method in route.methods or ():
            described = found["paths"][route.path][method.lower()]
            described.pop("description", None)
            described |= told(route.endpoint)
            answered |= _complete(described, declared)
            if method == "GET":
                _describe_conditions(described)
        if declared.form is not None:
            components["schemas"][declared.form["title"]] = dict(declared.form)
    problem = ProblemDocument.model_json_schema(ref_template=REF)
    components["schemas"] |= problem.pop("$defs") | {"ProblemDocument": problem}
    found["components"] = components | problem_components(answered)
    return with_names(found)


def _complete(described: dict[str, Any], declared: Own) -> frozenset[ProblemType]:
    """Adds the declaration to FastAPI's description, and returns the problems of the operation."""
    described.pop("security", None)
    for status, answer in described["responses"].items():
        if answer.get("description") == _DEFAULT:
            answer["description"] = WORKS[int(status)]
        for content in answer.get("content", {}).values():
            if "$ref" in content.get("schema", {}):
                content["schema"].pop("type", None)  # FastAPI's own, for a response that is no JSON
    if declared.form is not None:
        schema = {"$ref": REF.format(model=declared.form["title"])}
        described["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    described |= shared_words(GATEWAY, declared)
    if declared.person is not None:
        described["x-person"] = declared.person
    if declared.fresh:
        described["x-fresh"] = True
    if declared.limits:
        described["x-limits"] = list(declared.limits)
    if declared.ticket:
        described.setdefault("parameters", []).append(_BY_TICKET)
    answers = {
        status: each for status, each in described["responses"].items() if "HTTPValidationError" not in str(each)
    }
    for status, headers in declared.headers.items():
        answers[str(status)] |= described_headers(headers)
    problems = _problems(described, declared)
    described["responses"] = answers | refusals(each for each in problems if str(each.status) not in answers)
    return problems


def _describe_conditions(described: dict[str, Any]) -> None:
    """Adds what `reads` does to an operation that answers a GET with a whole document."""
    answers = described["responses"]
    if "application/json" not in answers.get("200", {}).get("content", {}):
        return
    described.setdefault("parameters", []).append(_IF_NONE_MATCH)
    answers["200"].setdefault("headers", {}).update(_TAG["headers"])
    answers["304"] = {"description": "What one has is still current.", **_TAG}
    described["responses"] = dict(sorted(answers.items()))


def _problems(described: Mapping[str, Any], declared: Own) -> frozenset[ProblemType]:
    """Returns the problem types of an operation; `join` adds those of the limits."""
    conditions = {
        INVALID: True,
        INTERNAL: True,
        UNAVAILABLE: True,
        BAD_REQUEST: "requestBody" in described,
        UNAUTHORIZED: "public" not in declared.access,
        FORBIDDEN: not ROLES.isdisjoint(declared.access),
        SIGN_IN_AGAIN: declared.fresh,
        CONSENT_REQUIRED: declared.consent is not None,
        NOT_FOUND: any(each["in"] == "path" for each in described.get("parameters", ())),
    }
    return frozenset({problem for problem, answers in conditions.items() if answers} | set(declared.problems))
