"""Describes the gateway's own operations as a fragment, in the form of `chassis.web.document`.

`Own` declares who may call an operation and which problems it answers, besides those that follow.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Annotated, Any, TypeVar, cast

from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.routing import APIRoute

from chassis.web.access import ROLES, Word
from chassis.web.answer import REPLAYED
from chassis.web.document import REF, WORKS, openapi_of, shared_words, told, with_names
from chassis.web.operation import Consent, operation_id
from chassis.web.problems import (
    BAD_REQUEST,
    BUSY,
    CONSENT_REQUIRED,
    FORBIDDEN,
    IDEMPOTENCY_CONFLICT,
    INTERNAL,
    INVALID,
    NOT_FOUND,
    OUTCOME_UNKNOWN,
    SIGN_IN_AGAIN,
    UNAUTHORIZED,
    UNAVAILABLE,
    UNSUPPORTED_MEDIA_TYPE,
    ProblemDocument,
    ProblemType,
)
from chassis.web.refusals import described_headers, problem_components, refusals
from chassis.web.validation import QueryInput
from contracts.base import JobKind
from gateway.edge.forward.routes import GATEWAY, SENDING
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
_AGAIN = "`true`: this had been done before, and is answered again."
_REPLAYED = described_headers({REPLAYED: _AGAIN})
#: the parameter by which an operation takes part (`gateway.edge.keyed`)
_WRITE = "write"
#: methods under which clients may send a key, where the path does not begin so
_KEYED, _NOT_KEYED = frozenset({"POST", "PATCH", "DELETE"}), "/auth/"
F = TypeVar("F", bound=Callable[..., Any])


async def _nothing() -> None:
    """Answers again what has no content."""


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
    #: reads anew what a write has answered, from parameters of its function, and `made`, the id of what it has made
    again: Callable[..., Awaitable[Any]] = _nothing
    #: whether nothing is kept by which a repeated request could be known: its caller is gone, or knows another key
    keeps_no_record: bool = False

    def __call__(self, function: F) -> F:
        """Attaches the declaration to the function, which is called once for each Idempotency-Key."""
        called = self._once(function) if _WRITE in inspect.signature(function).parameters else function
        called.own = self  # type: ignore[attr-defined]
        return called

    def _once(self, function: F) -> F:
        taken, shows = inspect.signature(self.again).parameters, _returns(self.again)

        @wraps(function)
        async def once(**values: Any) -> Any:
            async def again(made: Any) -> Any:
                given = {**values, "made": made}
                return await self.again(**{name: given[name] for name in taken})

            return await values[_WRITE].answer(
                values, function, again, rereads_person=shows and self.person in taken, reads_form=self.form is not None
            )

        return cast(F, once)


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
            _check_keyed(route, method, declared)
            described = found["paths"][route.path][method.lower()]
            described.pop("description", None)
            described |= told(route.endpoint)
            answered |= _complete(described, declared, route.endpoint, method)
            if method == "GET":
                _describe_conditions(described)
        if declared.form is not None:
            components["schemas"][declared.form["title"]] = dict(declared.form)
    problem = ProblemDocument.model_json_schema(ref_template=REF)
    components["schemas"] |= problem.pop("$defs") | {"ProblemDocument": problem}
    found["components"] = components | problem_components(answered)
    return with_names(found)


def _check_keyed(route: APIRoute, method: str, declared: Own) -> None:
    """Raises TypeError for a write that a client could not repeat, or that could not be answered again."""
    signature = inspect.signature(route.endpoint)
    is_keyed = _WRITE in signature.parameters
    if method not in _KEYED or route.path.startswith(_NOT_KEYED):
        if is_keyed:
            raise TypeError(f"{method} {route.path}: no client sends a key here")
    elif not (is_keyed or declared.keeps_no_record or declared.job):
        raise TypeError(f"{method} {route.path}: a write takes `write: Keyed` and does what it does in its transaction")
    if is_keyed and declared.again is _nothing and _returns(route.endpoint):
        raise TypeError(f"{method} {route.path}: a write that returns something needs again=")


def _returns(function: Callable[..., Any]) -> bool:
    """Tells whether a function returns anything."""
    return inspect.signature(function).return_annotation not in (None, "None")


def _complete(
    described: dict[str, Any], declared: Own, function: Callable[..., Any], method: str
) -> frozenset[ProblemType]:
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
    is_keyed = _WRITE in inspect.signature(function).parameters
    for answer in answers.values() if is_keyed else ():
        answer["headers"] = {**answer.get("headers", {}), **_REPLAYED["headers"]}
    problems = _problems(described, declared, method, is_keyed=is_keyed)
    gone = {NOT_FOUND.status: {REPLAYED: _AGAIN}} if is_keyed and NOT_FOUND in problems else {}
    described["responses"] = answers | refusals((each for each in problems if str(each.status) not in answers), gone)
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


def _problems(described: Mapping[str, Any], declared: Own, method: str, *, is_keyed: bool) -> frozenset[ProblemType]:
    """Returns the problem types of an operation; `join` adds those of the limits."""
    conditions = {
        INVALID: True,
        INTERNAL: True,
        UNAVAILABLE: True,
        BAD_REQUEST: "requestBody" in described,
        UNSUPPORTED_MEDIA_TYPE: method in SENDING,
        UNAUTHORIZED: "public" not in declared.access,
        FORBIDDEN: not ROLES.isdisjoint(declared.access),
        SIGN_IN_AGAIN: declared.fresh,
        CONSENT_REQUIRED: declared.consent is not None,
        NOT_FOUND: any(each["in"] == "path" for each in described.get("parameters", ()))
        or (is_keyed and "made" in inspect.signature(declared.again).parameters),
        IDEMPOTENCY_CONFLICT: is_keyed,
        BUSY: is_keyed,
        OUTCOME_UNKNOWN: is_keyed,
    }
    return frozenset({problem for problem, answers in conditions.items() if answers} | set(declared.problems))
