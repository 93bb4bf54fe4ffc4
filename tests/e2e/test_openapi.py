"""Tests that `/openapi.json` is a valid document, and that every answer of the product is as declared there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from chassis.settings import Settings
from tests.fuzz.callers import ROLES, callers
from tests.fuzz.fuzzer import ENDLESS, Fuzzer
from voxbus import accounts

PROBLEM = "application/problem+json"
#: requests for each operation and mode, each sent as every caller; for one with an id enough to meet some known ones.
#: `make fuzz` asks for many more
EXAMPLES, EXAMPLES_OF_ID, CHAINS = 2, 2, 2
#: a run of the same seed asks for the same; `make fuzz` asks for others
SEED = 7

Json = dict[str, Any]

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def document(all_in_one: str) -> Json:
    found: Json = httpx2.get(f"{all_in_one}/openapi.json", timeout=60).raise_for_status().json()
    return found


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


def test_it_is_a_sound_document(document: Json) -> None:
    validate(document)
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)


def test_every_operation_says_what_it_does_and_how_it_fails(document: Json) -> None:
    for name, operation in operations(document):
        assert operation.get("summary") and operation.get("tags"), name
        answers = {status: resolved(document, answer) for status, answer in operation["responses"].items()}
        failures = {status: answer for status, answer in answers.items() if int(status) >= 400}
        assert not operation.get("security") or "401" in failures, name
        assert "{" not in name or "404" in failures, name
        assert "requestBody" not in operation or failures.keys() >= {"400", "413", "422"}, name
        for status, answer in failures.items():
            if (name, status) != ("GET /api/health", "503"):  # a health report, in either state
                assert list(answer["content"]) == [PROBLEM], name


def test_every_example_is_one_of_what_it_stands_for(document: Json) -> None:
    shown = 0
    for part in media([document["paths"], document["components"]["responses"]]):
        validator = Draft202012Validator({**part["schema"], "components": document["components"]})
        examples = [resolved(document, example)["value"] for example in part.get("examples", {}).values()]
        for example in examples + ([part["example"]] if "example" in part else []):
            validator.validate(example)
            shown += 1
    for schema in document["components"]["schemas"].values():
        for example in schema.get("examples", []):
            Draft202012Validator({**schema, "components": document["components"]}).validate(example)
            shown += 1
    assert shown > len(list(operations(document)))


@pytest.mark.in_full  # `make fuzz` asks for far more of the same in each `.ci/run`
async def test_whatever_anybody_asks_is_answered_as_declared(all_in_one: str, data_dir: Path, document: Json) -> None:
    """Checks that no answer is a 5xx or has an undeclared status, content type, header or body."""

    async def grant(email: str, role: str) -> None:
        await accounts.grant(Settings(data_dir=data_dir), email, role)

    fuzzer = Fuzzer(document, await callers(all_in_one, grant), SEED)
    fuzzer.each(EXAMPLES, EXAMPLES_OF_ID)
    fuzzer.chains(CHAINS)
    assert fuzzer.failures == {}
    every = {name for name, _ in operations(document)} - {f"GET {path}" for path in ENDLESS}
    assert fuzzer.asked == dict.fromkeys(ROLES, every)
    assert fuzzer.located == {  # no webhook is permitted here
        "DELETE /me",
        "POST /attempts",
        "POST /me/export",
        "POST /twisters",
    }
