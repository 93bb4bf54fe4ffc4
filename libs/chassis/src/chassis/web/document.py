"""Describes a service's routes as an OpenAPI fragment. Fragments are committed, and `voxbus` joins them.

Besides OpenAPI's own fields an operation has `x-service`, `x-access`, and if they are declared `x-person`, `x-consent`,
`x-fresh`, `x-job`, `x-writes` (a slow verb may write at once), `x-max-body`, `x-upload`, `x-limits`, `x-noted`, and of
a direct operation `x-direct` and `x-deadline` (seconds). `components.examples` holds a document of each problem type by
its name,
`components.responses` the answers with only one possible problem. Shapes in `SHARED` belong to the chassis: each
fragment has the same ones, and the joined document has them once. A property with `x-enum` takes the values of an
enumeration that only the join knows: kinds of job, types of problem.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from chassis.web.access import Word
from chassis.web.answer import REPLAYED
from chassis.web.application import application_of
from chassis.web.idempotency import KEY_SCHEMA
from chassis.web.operation import JSON_BYTES, Consent, ConsentByField, Operation
from chassis.web.problems import NOT_FOUND, ProblemDocument
from chassis.web.problems_of import problems_of
from chassis.web.proposal import JobAccepted
from chassis.web.refusals import described_headers, problem_components, refusals
from chassis.web.routes import Routes
from chassis.web.stream import described_streams
from contracts.base import JobKind

#: the prefix of references to schemas in a document
REF = "#/components/schemas/{model}"
#: names of the schemas that are the same in every fragment
SHARED = frozenset({"ProblemDocument", "FieldProblem", "JobAccepted", "JobReference", "JobStatus"})
_REPLAYED = "`true`: this had been done before, and is answered again."
_KEY = (
    "1–255 visible characters. The same key and content is done once, for 24 hours. Content is path, query and JSON as"
    " they were sent, whatever the order of names: a default that is spelled out is other content."
)
#: the headers of a call to a webhook
_SIGNED = {
    "webhook-id": "The same at each try: a repeated call is recognized by it.",
    "webhook-timestamp": "When it was sent, in seconds since 1970.",
    "webhook-signature": "`v1,` and base64 of HMAC-SHA256 over id, timestamp and body, as Standard Webhooks 1.0 says.",
}
#: the framework's schemas, in place of which problem documents are sent
_UNUSED = ("HTTPValidationError", "ValidationError")


class Declared(Protocol):
    """Describes the declarations that operations of all services share."""

    @property
    def access(self) -> tuple[Word, ...]:
        """Returns the access words; any one of them is enough."""

    @property
    def consent(self) -> Consent | ConsentByField | None:
        """Returns the required consent."""

    @property
    def job(self) -> JobKind | None:
        """Returns the kind of job that the operation makes."""

    @property
    def result(self) -> str | None:
        """Returns the operationId that reads the job's result."""


def fragment_of(service: str, routes: Sequence[Routes]) -> dict[str, Any]:
    """Returns the fragment of a service. Raises TypeError for a schema that is not named by a model of ours."""
    declared = [operation for each in routes for operation in each.operations]
    app = application_of(declared)
    operations = {operation.id: operation for operation in declared}
    found = openapi_of(app, title=service, version="1")
    schemas = found["components"]["schemas"]
    for shared in (ProblemDocument, JobAccepted):
        own = shared.model_json_schema(ref_template=REF)
        schemas |= own.pop("$defs", {}) | {shared.__name__: own}
    for methods in found["paths"].values():
        for described in methods.values():
            _complete(described, operations[described["operationId"]], service)
    streams = [stream for each in routes for stream in each.streams]
    problems = {problem for each in declared for problem in problems_of(each)}
    problems |= {problem for stream in streams for problem in stream.problems}
    found["components"] |= problem_components(problems)
    if streams:
        found["x-streams"] = described_streams(service, streams)
    if webhooks := {event: body for each in routes for event, body in each.webhooks.items()}:
        found["webhooks"] = {event: {"post": _webhook(event, body, schemas)} for event, body in webhooks.items()}
    return with_names(found)


def _webhook(event: str, body: type[BaseModel], schemas: dict[str, Any]) -> dict[str, Any]:
    """Describes one call to a person's URL, and adds the schemas of its body."""
    own = body.model_json_schema(ref_template=REF)
    schemas |= own.pop("$defs", {}) | {body.__name__: own}
    content = {"application/json": {"schema": {"$ref": REF.format(model=body.__name__)}}}
    return {
        "summary": f"Is sent to a webhook at {event}",
        "operationId": "on" + "".join(part.capitalize() for part in event.split(".")),
        "parameters": [_header(name, text, required=True) for name, text in _SIGNED.items()],
        "requestBody": {"required": True, "content": content},
        "responses": {
            "2XX": {"description": "Taken. Any other answer, or none within 10 s, is tried again for hours."},
            "410": {"description": "Unwanted from now on: the webhook is disabled."},
        },
    }


def openapi_of(app: FastAPI, **info: Any) -> dict[str, Any]:
    """Returns FastAPI's description of an application, without the framework's own error schemas."""
    found = get_openapi(**info, routes=app.routes, separate_input_output_schemas=False)
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for unused in _UNUSED:
        schemas.pop(unused, None)
    said = json.dumps(found)
    for name in [name for name in schemas if f'"{REF.format(model=name)}"' not in said]:
        del schemas[name]  # the framework also describes the fields of a patch, which may be no other body
    return found


def _complete(described: dict[str, Any], operation: Operation, service: str) -> None:
    """Adds the parts of an operation that FastAPI does not know."""
    described.pop("description", None)
    described |= told(operation.function)
    parameters = [*described.pop("parameters", []), *_headers(operation)]
    body, answers = described.pop("requestBody", None), described.pop("responses")
    if body is not None and operation.method == "PATCH":
        body["content"]["application/merge-patch+json"] = body["content"]["application/json"]
    if body is not None and operation.upload is not None:
        body["content"] = {"multipart/form-data": body["content"]["application/json"]}
    described |= _declared(operation, service) | {"parameters": parameters}
    if body is not None:
        described["requestBody"] = body
    described["responses"] = _responses(answers, operation)


def told(function: Callable[..., Any]) -> dict[str, str]:
    """Returns summary and description of an operation: the first line of its function's docstring, and the rest."""
    summary, _, rest = (function.__doc__ or function.__name__).strip().partition("\n")
    lines = "\n".join(line.strip() for line in rest.strip().splitlines())
    return {"summary": summary.rstrip("."), **({"description": lines} if lines else {})}


def _declared(operation: Operation, service: str) -> dict[str, Any]:
    """Returns the declarations of an operation that the gateway needs."""
    words = {
        "x-person": operation.person,
        "x-fresh": operation.fresh or None,
        "x-max-body": operation.max_body if operation.max_body != JSON_BYTES else None,
        "x-noted": operation.noted,
        "x-upload": operation.upload and {"field": operation.upload.field, "limit": operation.upload.limit},
        "x-direct": True if operation.direct is not None else None,
        "x-deadline": operation.direct,
        "x-limits": list(operation.limits) or None,
        "x-writes": True if operation.job is not None and operation.writes else None,
    }
    return shared_words(service, operation) | {name: value for name, value in words.items() if value is not None}


def shared_words(service: str, declared: Declared) -> dict[str, Any]:
    """Returns the `x-` fields of an operation, of a service or of the gateway."""
    consent, job = declared.consent, declared.job
    words: dict[str, Any] = {
        "x-service": service,
        "x-access": list(declared.access),
        "x-consent": consent and consent.described(),
        "x-job": job and {"kind": job.name, "result": declared.result},
    }
    return {name: value for name, value in words.items() if value is not None}


def _headers(operation: Operation) -> Iterable[dict[str, Any]]:
    """Returns the request headers that an operation uses."""
    if operation.method == "GET":
        yield _header("If-None-Match", "An ETag one has: 304 when it is still the current one.")
        return
    if operation.direct is not None:
        return
    yield {**_header("Idempotency-Key", _KEY), "schema": KEY_SCHEMA}
    if operation.if_match is not None:
        required = operation.if_match == "required"
        yield _header("If-Match", "The ETag one has read, or `*`; of another version nothing is changed.", required)


def _header(name: str, description: str, required: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string"},
    }


def _responses(described: Mapping[str, Any], operation: Operation) -> dict[str, Any]:
    """Returns the answers when it works, and one for each status of the problems."""
    shown = {operation.success: operation.answer}
    if operation.at_once is not None:
        shown = {200: operation.at_once, operation.success: None}
    if operation.finds:
        shown = {200: operation.answer, **shown}
        described = {"200": described[str(operation.success)], **described}
    responses: dict[str, Any] = {}
    for status, answer in shown.items():
        responses[str(status)] = {"description": WORKS[status], **_answer_headers(operation, status, answer)}
        if content := described.get(str(status), {}).get("content"):
            responses[str(status)]["content"] = content
            if operation.written is not None:
                content[operation.written.media_type] = {"schema": {"type": "string"}}
            content |= {kind: {"schema": {"type": "string"}} for kind in operation.media}
            if operation.model is None and operation.media:  # a file
                file = {"schema": {"type": "string", "format": "binary"}}
                responses[str(status)]["content"] = dict.fromkeys(operation.media, file)
    if operation.method == "GET":
        headers = _answer_headers(operation, operation.success, operation.answer)
        responses["304"] = {"description": "What one has is still current.", **headers}
    # a write that is answered again is 404 when what it had made is gone
    gone = {NOT_FOUND.status: {REPLAYED: _REPLAYED}} if operation.replay is not None else {}
    return responses | refusals(problems_of(operation), gone)


#: by status, the description of an answer that is not a problem
WORKS = {
    200: "Done.",
    201: "Made.",
    202: "Accepted as a job: follow it.",
    204: "Done; there is nothing to show.",
    302: "Go on there.",
}


def _answer_headers(operation: Operation, status: int, answer: Any) -> dict[str, Any]:
    versioned = operation.method == "GET" or "version" in getattr(answer, "model_fields", {})
    headers: dict[str, str | Literal[False]] = {
        "ETag": versioned and "The version, or for a list a mark of its content.",
        "Cache-Control": operation.method == "GET" and "How long it may be kept.",
        "Location": status in (201, 202) and operation.direct is None and "Where it is.",
        REPLAYED: operation.writes and _REPLAYED,
    }
    return described_headers({**{name: text for name, text in headers.items() if text}, **operation.answer_headers})


def with_names(document: dict[str, Any]) -> dict[str, Any]:
    """Names pages after their items, and restores the nulls that FastAPI drops from examples.

    Raises TypeError for a schema that is not named by a model of ours.
    """
    schemas = document["components"]["schemas"]
    pages = {name: schema["title"] for name, schema in schemas.items() if name.startswith("Listed_")}
    for schema in schemas.values():
        for example in schema.get("examples", []):
            _restore_nulls(example, schema, schemas)
    named = {pages.get(name, name): schema for name, schema in schemas.items()}
    if foreign := [name for name in named if not name.isalnum()]:
        raise TypeError(f"no model of ours is called {', '.join(foreign)}")
    document["components"]["schemas"] = dict(sorted(named.items()))
    references = {REF.format(model=old): REF.format(model=new) for old, new in pages.items()}
    renamed: dict[str, Any] = _renamed(document, references)
    return renamed


def _restore_nulls(example: Any, schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> None:
    """Adds the required fields that an example lacks, also in the objects within it."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if isinstance(example, list):
        for each in example:
            _restore_nulls(each, schema.get("items", {}), schemas)
    if isinstance(example, dict):
        for name, inner in schema.get("properties", {}).items():
            if name in example:
                _restore_nulls(example[name], inner, schemas)
            elif name in schema.get("required", ()):
                example[name] = None


def _renamed(part: Any, references: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {name: _renamed(value, references) for name, value in part.items()}
    if isinstance(part, list):
        return [_renamed(each, references) for each in part]
    return references.get(part, part) if isinstance(part, str) else part
