"""The public document holds what generators of clients need; `make clients` shows it with two of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from openapi_spec_validator import validate

from chassis.web.document import SHARED
from chassis.web.problems import MEDIA_TYPE
from gateway.edge.openapi import read_document

DOCUMENT = read_document().document
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
#: files, which have no parts to name
FILES = {
    "application/pdf",
    "application/zip",
    "image/jpeg",
    "image/png",
    "image/svg+xml",
    "image/webp",
    "text/html",
    "text/markdown",
}


def parts(of: object, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields every object in the document with its place."""
    if isinstance(of, dict):
        yield place, of
        for name, inner in of.items():
            yield from parts(inner, f"{place}/{name}")
    elif isinstance(of, list):
        for inner in of:
            yield from parts(inner, place)


def media(operation: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yields media type and schema of an operation's body and answers."""
    contents = [operation.get("requestBody", {}), *operation["responses"].values()]
    for each in contents:
        for media_type, content in each.get("content", {}).items():
            yield media_type, content["schema"]


def shown(response: dict[str, Any]) -> set[str]:
    """Returns the names of the schemas that a response may have."""
    name = response["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = SCHEMAS[name]
    return {name, *(each["$ref"].rpartition("/")[2] for each in schema.get("anyOf", schema.get("oneOf", ())))}


def forwarded_jobs() -> set[str]:
    """Returns the operations that another service proposes jobs for."""
    jobs = [operation for _, operation in OPERATIONS if "x-job" in operation]
    return {operation["operationId"] for operation in jobs if operation["x-service"] != "gateway"}


def test_it_is_openapi() -> None:
    validate(DOCUMENT)


def test_operations_have_names_of_their_own_as_functions_have() -> None:
    names = [operation["operationId"] for _, operation in OPERATIONS]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]*)+", name)] == []


def test_schemas_are_called_by_our_models() -> None:
    assert [name for name in SCHEMAS if not re.fullmatch(r"[A-Z][A-Za-z]+", name)] == []


def test_bodies_and_answers_have_named_schemas() -> None:
    for name, operation in OPERATIONS:
        for media_type, schema in media(operation):
            assert "$ref" in schema or media_type in {
                "text/event-stream",
                "application/x-ndjson",
                "text/plain",
                *FILES,
            }, (
                name,
                media_type,
                schema,
            )
    for response in DOCUMENT["components"]["responses"].values():
        assert response["content"][MEDIA_TYPE]["schema"] == {"$ref": "#/components/schemas/ProblemDocument"}


def test_unions_of_objects_are_named_and_say_which_one_it_is() -> None:
    outcomes = {f"{name[0].upper()}{name[1:]}Outcome" for name in forwarded_jobs()}  # a result may be anything
    for place, part in parts(DOCUMENT):
        members = [each for each in part.get("oneOf", part.get("anyOf", ())) if each.get("type") != "null"]
        if sum("$ref" in each or each.get("type") == "object" for each in members) > 1:
            name = place.removeprefix("/components/schemas/")
            assert name in SCHEMAS, place
            assert "discriminator" in part or name in outcomes, place


def test_kinds_states_and_types_are_enumerations() -> None:
    for name in ("JobKind", "JobStatus", "AttemptStatus", "ProblemType"):
        assert len(SCHEMAS[name]["enum"]) > 1
    used = {schema["$ref"] for _, schema in parts(SCHEMAS) if "$ref" in schema}
    assert {f"#/components/schemas/{name}" for name in ("JobKind", "JobStatus", "ProblemType")} <= used


def test_every_operation_says_who_serves_it_who_may_call_and_how_it_fails() -> None:
    for name, operation in OPERATIONS:
        assert operation["x-service"] and operation["x-access"] and operation["summary"] and operation["tags"], name
        assert ("security" in operation) or operation["x-access"] == ["public"], name
        failures = {status for status in operation["responses"] if status >= "400"}
        assert {"422", "500", "503"} <= failures, name
        assert "401" in failures or "security" not in operation, name
        assert "404" in failures or "{" not in name, name
        assert {"400", "408", "413"} <= failures or not {"requestBody", "413"} & {*operation, *failures}, name


def test_answers_that_lead_elsewhere_declare_their_headers() -> None:
    for name, operation in OPERATIONS:
        responses = operation["responses"]
        if "x-job" in operation:
            assert "Location" in responses["202"]["headers"], name
            assert "Preference-Applied" in responses["200"]["headers"], name
            assert {"FailedJob", "JobOut"} & shown(responses["200"]), name
            assert responses["504"] == {"$ref": "#/components/responses/outcome-unknown"}, name
            assert {"Prefer", "Idempotency-Key"} <= {each["name"] for each in operation["parameters"]}, name
        if operation["x-service"] != "gateway" and name.startswith("GET"):
            assert "ETag" in responses["200"]["headers"], name
            assert "ETag" in responses["304"]["headers"], name


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    used = {part["$ref"] for _, part in parts(DOCUMENT) if isinstance(part.get("$ref"), str)}
    unused = {name for name in SCHEMAS if f"#/components/schemas/{name}" not in used}
    assert sorted(unused - SHARED) == []
    for _, part in parts(DOCUMENT):
        if isinstance(reference := part.get("$ref"), str):
            found: Any = DOCUMENT
            for step in reference.removeprefix("#/").split("/"):
                found = found[step]
