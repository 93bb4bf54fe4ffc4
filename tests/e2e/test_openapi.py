"""Tests that `/openapi.json` is a valid document, and that every answer of the product is as declared there."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

RECORDING = Path(__file__).parents[2] / "samples/peter-piper.webm"
PROBLEM = "application/problem+json"
#: requests for each operation and mode; for one with an id enough to meet each known one. A run takes some 20 s
EXAMPLES, EXAMPLES_OF_ID = 8, 24
#: a name that never resolves (RFC 6761)
NOWHERE = "https://voxbus.invalid/hook"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

Json = dict[str, Any]

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Known:
    """Holds what requests can ask for: a person's token, the document, and ids of what the person has made."""

    address: str
    document: Json
    token: str
    ids: tuple[str, ...]


@pytest.fixture(scope="module")
def known(all_in_one: str) -> Known:
    with httpx2.Client(base_url=all_in_one, timeout=60) as client:
        return Known(all_in_one, client.get("/openapi.json").raise_for_status().json(), *_made(client))


def _made(client: httpx2.Client) -> tuple[str, tuple[str, ...]]:
    """Makes an adult with one finished attempt, one that is under way, and a notification."""
    who = {"email": f"{uuid.uuid4()}@example.org", "password": "correct horse", "username": "Robin"}
    signed_up = client.post("/auth/signup", json={**who, "birth_date": "1990-01-01"}).raise_for_status()
    token = str(signed_up.json()["access_token"])
    client.headers["Authorization"] = f"Bearer {token}"
    attempts = []
    for prefer in ("wait=50", "wait=0"):
        sent = client.post(
            "/attempts",
            files={"recording": ("recording.webm", RECORDING.read_bytes(), "audio/webm")},
            data={"text": "Peter Piper picked a peck of pickled peppers."},
            headers={"Prefer": prefer},
        ).raise_for_status()
        attempts.append(sent.headers.get("Location", "").rpartition("/")[2] or sent.json()["id"])
    twister = client.get("/twisters").json()["items"][0]["id"]
    told: list[str] = []
    until = time.monotonic() + 60
    while not told:
        assert time.monotonic() < until, "nobody is told of the finished attempt"
        told = [one["id"] for one in client.get("/notifications").json()["items"]]
    return token, (*attempts, twister, told[0])


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def resolved(document: Json, part: Json) -> Json:
    """Returns what a reference to a component stands for."""
    if "$ref" not in part:
        return part
    found: Json = document
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def media(part: object) -> Iterator[Json]:
    """Yields everything in the document that has a schema and may have an example of it."""
    if isinstance(part, dict):
        if "schema" in part:
            yield part
        for inner in part.values():
            yield from media(inner)
    if isinstance(part, list):
        for inner in part:
            yield from media(inner)


def test_it_is_a_sound_document(known: Known) -> None:
    validate(known.document)
    names = [operation["operationId"] for _, operation in operations(known.document)]
    assert len(set(names)) == len(names)


def test_every_operation_says_what_it_does_and_how_it_fails(known: Known) -> None:
    for name, operation in operations(known.document):
        assert operation.get("summary") and operation.get("tags"), name
        answers = {status: resolved(known.document, answer) for status, answer in operation["responses"].items()}
        failures = {status: answer for status, answer in answers.items() if int(status) >= 400}
        assert not operation.get("security") or "401" in failures, name
        assert "{" not in name or "404" in failures, name
        assert "requestBody" not in operation or failures.keys() >= {"400", "413", "422"}, name
        for status, answer in failures.items():
            if (name, status) != ("GET /api/health", "503"):  # a health report, in either state
                assert list(answer["content"]) == [PROBLEM], name


def test_every_example_is_one_of_what_it_stands_for(known: Known) -> None:
    shown = 0
    for part in media([known.document["paths"], known.document["components"]["responses"]]):
        validator = Draft202012Validator({**part["schema"], "components": known.document["components"]})
        examples = [resolved(known.document, example)["value"] for example in part.get("examples", {}).values()]
        for example in examples + ([part["example"]] if "example" in part else []):
            validator.validate(example)
            shown += 1
    for schema in known.document["components"]["schemas"].values():
        for example in schema.get("examples", []):
            Draft202012Validator({**schema, "components": known.document["components"]}).validate(example)
            shown += 1
    assert shown > len(list(operations(known.document)))


def test_whatever_is_asked_is_answered_as_declared(known: Known) -> None:
    """Checks that no answer is a 5xx or has an undeclared status, content type, header or body."""
    schema = schemathesis.openapi.from_dict(known.document)
    answered: set[str] = set()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.POSITIVE or operation.path_parameters or operation.query or operation.body:
                answered |= _ask(known, operation, mode)
    assert answered == {name for name, _ in operations(known.document)}


def _ask(known: Known, operation: Any, mode: GenerationMode) -> set[str]:
    answered: set[str] = set()

    @settings(
        max_examples=EXAMPLES_OF_ID if "{id}" in operation.path else EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        operation.as_strategy(generation_mode=mode),
        st.none() | st.sampled_from(known.ids),
        st.sampled_from([known.token, known.token, None, "nobody's"]),
    )
    def ask(case: Any, identity: str | None, token: str | None) -> None:
        if identity is not None and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = identity
        if isinstance(case.body, dict) and str(case.body.get("url")).startswith("http"):
            case.body["url"] = NOWHERE  # what is made up here must not be called
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = case.call(base_url=known.address, headers=headers, timeout=30)
        checks = list(CHECKS)
        if answer.headers.get("content-type", [""])[0].startswith("text/event-stream"):
            checks.remove(response_schema_conformance)  # which reads each event, where OpenAPI 3.1 means the whole text
        case.validate_response(answer, checks=checks)
        answered.add(operation.label)

    ask()
    return answered
