"""Describes errors in `/openapi.json`: each endpoint declares its own, and all are problem documents."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from gateway.edge.problems import MEDIA_TYPE, ProblemDocument

_SCHEMA = {"$ref": "#/components/schemas/ProblemDocument"}
_EXAMPLES: dict[int, tuple[str, str, str]] = {
    400: ("bad-request", "The request could not be read", "The form is broken."),
    401: ("unauthorized", "Sign in first", "The access token is not valid or its time is over."),
    403: ("guardian-consent-required", "A guardian has to agree first", "Ask a parent or guardian."),
    404: ("not-found", "Not found", "There is nothing here, or it is not yours."),
    409: ("conflict", "That cannot be done now", "Look at how things stand."),
    408: ("request-timeout", "That took too long", "The body of the request came too slowly."),
    413: ("too-large", "Too large", "At most 10240 KiB are accepted here."),
    415: ("unsupported-media-type", "Unsupported media type", "Send multipart/form-data."),
    422: ("invalid", "The request is not valid", "Some fields need another look."),
    503: ("unavailable", "Not available right now", "Something this needs does not answer. Try again in a moment."),
    504: ("outcome-unknown", "It may have been done", "Repeat with the same Idempotency-Key, or read first."),
}
_UNEXPECTED = ("internal", "Something went wrong", "This is our mistake, and it has been written down.")


def problems(*statuses: int, **names: tuple[str, str]) -> dict[int | str, dict[str, Any]]:
    """Declares error responses; `s409=(name, title)` is the example of a status where the usual one is too general."""
    declared: dict[int | str, dict[str, Any]] = {}
    for status in (*statuses, 500):
        name, title, detail = _EXAMPLES.get(status, _UNEXPECTED)
        if f"s{status}" in names:
            name, title = names[f"s{status}"]
        document = {"type": f"/problems/{name}", "title": title, "status": status, "detail": detail}
        if status == 422:
            document["errors"] = [{"field": "…", "message": "is required"}]
        declared[status] = {
            "description": title,
            "content": {MEDIA_TYPE: {"schema": _SCHEMA, "example": document}},
        }
    return declared


def describe(app: FastAPI) -> None:
    """Replaces the framework's error schemas, which this gateway never sends, by problem documents."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    own = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= own.pop("$defs", {}) | {"ProblemDocument": own}
    for schema in schemas.values():
        _with_nulls(schema)
    for operations in document["paths"].values():
        for operation in operations.values():
            _only_problems(operation)
    return document


def _with_nulls(schema: dict[str, Any]) -> None:
    """Puts nulls back into examples: FastAPI drops them, also where an answer always has the property."""
    for example in schema.get("examples", []):
        example |= {name: None for name in schema.get("required", []) if name not in example}


def _only_problems(operation: dict[str, Any]) -> None:
    """Removes the 422 that FastAPI adds to each operation with a parameter; keeps a declared one."""
    for status, response in list(operation["responses"].items()):
        if "HTTPValidationError" in str(response):
            del operation["responses"][status]
