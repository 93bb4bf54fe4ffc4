"""Completes the public document with the parts that the gateway adds to every operation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from chassis.observe.request_spans import REQUEST_ID, TRACEPARENT
from chassis.web.document import REF
from chassis.web.problems import (
    BUSY,
    OUTCOME_UNKNOWN,
    REQUEST_TIMEOUT,
    TOO_LARGE,
    UNAUTHORIZED,
    URL_TOO_LONG,
    ProblemType,
)
from chassis.web.refusals import described_headers, problem_components, refusals, refused_names
from contracts.base import Problem
from gateway.edge.forward.routes import GATEWAY
from gateway.edge.job_requests import LONGEST_WAIT
from gateway.edge.limits.policies import UNLIMITED
from gateway.edge.problems import RATE_LIMITED

_METHODS = ("get", "post", "put", "patch", "delete")
_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "The `access_token` of a sign-up or log-in.",
}
_PREFER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": f"`wait=N`: answer with the finished resource if it ends within N (≤ {LONGEST_WAIT}) seconds.",
    "schema": {"type": "string"},
}
#: headers of every answer that a limit applies to
_LIMITS = {
    "RateLimit": 'What is left: `"<name>";r=<requests>;t=<seconds>` of each limit, a list of RFC 9651.',
    "RateLimit-Policy": 'The limits that apply: `"<name>";q=<requests>;w=<seconds>` of each.',
}
#: headers of every answer
_ALWAYS = {
    REQUEST_ID: "Names this request in the logs: quote it in a complaint. A problem document has it too.",
    TRACEPARENT: "Names the span of this request, in the trace of the request's own `traceparent` if it had one (W3C).",
}
#: the enumerations that the join fills in, by the name that a schema gives in `x-enum`
KINDS, TYPES = "JobKind", "ProblemType"


def complete(document: dict[str, Any], kinds: Sequence[str], problems: Iterable[Problem]) -> None:
    """Adds to a joined document the security of operations, limits, `Prefer` on jobs, and enumerations.

    `kinds` are the names of all kinds of job; `problems` are those that a job may end with. The types of problem are
    those in `components.examples` afterwards.
    """
    components = document["components"]
    described = [
        (path, methods[method])
        for path, methods in document["paths"].items()
        for method in _METHODS
        if method in methods
    ]
    reading = {operation["operationId"]: operation for _, operation in described}
    for path, operation in described:
        _complete(operation, components, is_limited=path not in UNLIMITED)
        if "x-job" in operation:
            operation.setdefault("parameters", []).append(_PREFER)
            _wait(operation, reading.get(operation["x-job"].get("result"), {}), components)
    components["securitySchemes"] = {"bearer": _SCHEME}
    ending = {each.type.removeprefix("/problems/"): {"value": _document(each)} for each in problems}
    components["examples"] = dict(sorted({**ending, **components.get("examples", {})}.items()))
    types = {each["value"]["type"] for each in components["examples"].values()}
    for name, values in ((KINDS, kinds), (TYPES, types)):
        if _refer(components.get("schemas", {}), name):
            components["schemas"][name] = {"type": "string", "enum": sorted(values), "title": name}
    components["schemas"] = dict(sorted(components.get("schemas", {}).items()))
    components["headers"] = described_headers({**_LIMITS, **_ALWAYS})["headers"]
    _tell(components.get("responses", {}), [*_LIMITS, *_ALWAYS])
    for path, operation in described:
        _tell(operation["responses"], list(_ALWAYS) if path in UNLIMITED else [*_LIMITS, *_ALWAYS])


def _complete(operation: dict[str, Any], components: dict[str, Any], *, is_limited: bool) -> None:
    added = [RATE_LIMITED] if is_limited else []
    forwarded = operation.get("x-service") != GATEWAY
    if "public" not in operation.get("x-access", ()):
        operation["security"] = [{"bearer": []}]
    else:  # anonymous without a token, with one the person it names
        operation["security"] = [{}, {"bearer": []}]
        added.append(UNAUTHORIZED)
    if forwarded:
        added.append(BUSY)
        if "x-job" in operation:  # its owner writes nothing, but the gateway accepts the job
            added.append(OUTCOME_UNKNOWN)
    if "requestBody" in operation or "413" in operation.get("responses", {}):
        added += [REQUEST_TIMEOUT, TOO_LARGE]
    if any(each.get("in") in ("path", "query") for each in operation.get("parameters", ())):
        added.append(URL_TOO_LONG)
    _refuse(operation, added, components)


def _tell(responses: Mapping[str, dict[str, Any]], names: Sequence[str]) -> None:
    """Adds headers of `components` to responses; a reference has those of what it refers to."""
    for response in responses.values():
        if "$ref" not in response:
            response["headers"] = {
                **response.get("headers", {}),
                **{name: {"$ref": f"#/components/headers/{name}"} for name in names},
            }


def _wait(operation: dict[str, Any], result: Mapping[str, Any], components: dict[str, Any]) -> None:
    """Adds the answers to `Prefer: wait`: the result of the operation `result`, or a job that has failed.

    An operation that needs no job at times has a 200 of its own beside that.
    """
    if operation.get("x-service") == GATEWAY:
        return  # the operation declares it itself
    at_once, read = (each.get("responses", {}).get("200", {}) for each in (operation, result))
    schemas = [schema for each in (at_once, read) if (schema := _schema(each)) is not None]
    schemas.append({"$ref": REF.format(model="JobOut" if _schema(read) is None else "FailedJob")})
    schemas = [each for place, each in enumerate(schemas) if each not in schemas[:place]]
    schema = schemas[0]
    if len(schemas) > 1:
        name = operation["operationId"]
        name = f"{name[0].upper()}{name[1:]}Outcome"
        components["schemas"][name] = {
            "title": name,
            "description": "Shows what came of the job in the time that the client waited for, or that it has failed.",
            "anyOf": schemas,
        }
        schema = {"$ref": REF.format(model=name)}
    waited = "With `Prefer: wait`: what came of it, or the job if it has failed."
    applied = described_headers({"Preference-Applied": "`wait=N`: the seconds that were allowed."})
    operation["responses"]["200"] = {
        "description": f"{at_once['description']} {waited}" if at_once else waited,
        "headers": {**_tag(read), **at_once.get("headers", {}), **applied["headers"]},
        "content": {"application/json": {"schema": schema}},
    }
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _schema(response: Mapping[str, Any]) -> dict[str, Any] | None:
    schema: dict[str, Any] | None = response.get("content", {}).get("application/json", {}).get("schema")
    return schema


def _tag(response: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the ETag header of the result that was read; its cache rule does not apply to a POST."""
    return {name: header for name, header in response.get("headers", {}).items() if name == "ETag"}


def _refuse(operation: dict[str, Any], added: Sequence[ProblemType], components: dict[str, Any]) -> None:
    """Adds problems to those that an operation answers with the same statuses."""
    responses = operation.setdefault("responses", {})
    for kind, named in problem_components(added).items():
        components[kind] = dict(sorted({**named, **components.get(kind, {})}.items()))
    for status in {str(problem.status) for problem in added}:
        names = refused_names(responses.get(status, {})) | {each.name for each in added if str(each.status) == status}
        if "content" in responses.get(status, {}) and not refused_names(responses[status]):
            continue  # an answer of the operation's own
        known = [
            _type_of(components["examples"][name]["value"], components["responses"][name]) for name in sorted(names)
        ]
        responses |= refusals(known)
    operation["responses"] = dict(sorted(responses.items()))


def _document(problem: Problem) -> dict[str, Any]:
    return {name: value for name, value in problem.model_dump().items() if value != ""}


def _type_of(example: Mapping[str, Any], response: Mapping[str, Any]) -> ProblemType:
    """Returns the type of problem that a fragment describes."""
    return ProblemType(
        name=str(example["type"]).removeprefix("/problems/"),
        status=example["status"],
        title=example["title"],
        detail=example.get("detail", ""),
        retry_after=1 if "Retry-After" in response.get("headers", {}) else None,
    )


def _refer(schemas: dict[str, Any], name: str) -> bool:
    """Makes all properties with `x-enum` refer to the enumeration, and tells whether there are any."""
    found = [part for part in _parts(schemas) if part.get("x-enum") == name]
    for part in found:
        part.clear()
        part["$ref"] = REF.format(model=name)
    return bool(found)


def _parts(of: object) -> Iterator[dict[str, Any]]:
    if isinstance(of, dict):
        yield of
    inner = list(of.values()) if isinstance(of, dict) else of if isinstance(of, list) else []
    for each in inner:
        yield from _parts(each)
