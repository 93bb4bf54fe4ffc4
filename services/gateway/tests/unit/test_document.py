"""The gateway's own fragment says what a client's generator needs, and nothing of the framework."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from fastapi import APIRouter
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from chassis.web.idempotency import KEY_SCHEMA
from chassis.web.refusals import refused_names
from gateway.edge.document import Own, own_fragment
from gateway.edge.keyed import Keyed
from gateway.edge.openapi import read_document
from services.gateway.tests.described import own


@cache
def operations() -> dict[str, Any]:
    return {each["operationId"]: each for methods in own()["paths"].values() for each in methods.values()}


def schemas() -> dict[str, Any]:
    found: dict[str, Any] = own()["components"]["schemas"]
    return found


def refused(name: str) -> set[str]:
    return {each for response in operations()[name]["responses"].values() for each in refused_names(response)}


def parts(of: object) -> Iterator[dict[str, Any]]:
    if isinstance(of, dict):
        yield of
    for inner in of.values() if isinstance(of, dict) else of if isinstance(of, list) else ():
        yield from parts(inner)


def test_it_is_openapi_without_the_framework() -> None:
    validate(own())
    text = json.dumps(own())
    assert not re.findall(r"HTTPValidationError|Body_|-Input|-Output|Listed_", text)
    assert all(name.isalnum() for name in schemas())


def test_operations_are_called_by_their_functions_and_say_who_may_call() -> None:
    assert {"signUp", "logIn", "createTicket", "createAttempt", "readAttempt", "listJobs", "followJob"} <= set(
        operations()
    )
    assert all(each["x-service"] == "gateway" and each["x-access"] for each in operations().values())
    access = {name: each["x-access"] for name, each in operations().items()}
    assert (access["signUp"], access["createAttempt"], access["cancelJob"]) == (["public"], ["signed-in"], ["own"])


def test_an_operation_that_does_not_say_who_may_call_it_is_refused() -> None:
    router = APIRouter()

    @router.get("/open")
    async def read_open() -> None:
        """Says nothing."""

    with pytest.raises(TypeError, match="/open: @Own says who may call it"):
        own_fragment([router], (), {"title": "t", "version": "1"})


async def _again() -> str:
    return "again"


def refused_as(route: Callable[..., Any], declared: Own, path: str = "/things") -> str:
    """Returns why an operation cannot be described."""
    router = APIRouter()
    router.post(path)(declared(route))
    with pytest.raises(TypeError) as refusal:
        own_fragment([router], (), {"title": "t", "version": "1"})
    return str(refusal.value)


def test_a_write_that_a_client_could_not_repeat_is_refused() -> None:
    async def write_thing() -> None:
        """Takes no key."""

    async def show_thing(write: Keyed) -> str:
        """Returns something that is not read anew."""
        return "thing"

    signed_in = Own(access=("own",))
    assert "a write takes `write: Keyed`" in refused_as(write_thing, signed_in)
    assert "needs again=" in refused_as(show_thing, signed_in)
    assert "no client sends a key" in refused_as(show_thing, Own(access=("own",), again=_again), "/auth/things")


def test_an_attempt_needs_consent_and_becomes_a_job() -> None:
    described = operations()["createAttempt"]
    assert described["x-consent"] == {"purpose": "assess_voice", "recipient": "voxbus"}
    assert described["x-job"] == {"kind": "attempt", "result": "readAttempt"}
    [form] = described["requestBody"]["content"].values()
    assert form["schema"] == {"$ref": "#/components/schemas/NewAttempt"}
    assert described["responses"]["202"]["headers"].keys() == {"Location"}
    assert described["responses"]["200"]["headers"].keys() == {"Preference-Applied"}


def test_a_client_s_key_is_described_as_it_is_demanded() -> None:
    [key] = [each for each in operations()["createAttempt"]["parameters"] if each["name"] == "Idempotency-Key"]
    assert key["schema"]["anyOf"] == [KEY_SCHEMA, {"type": "null"}]


def test_a_whole_document_may_be_unchanged_and_a_stream_may_not() -> None:
    for name in ("readHealth", "listJobs", "readJob", "listAttempts", "readAttempt"):
        answers = operations()[name]["responses"]
        assert answers["304"]["headers"].keys() == {"ETag"} <= answers["200"]["headers"].keys(), name
        assert "If-None-Match" in [each["name"] for each in operations()[name]["parameters"]], name
    assert "304" not in operations()["followJob"]["responses"]


def test_every_union_of_objects_says_which_one_it_is() -> None:
    for schema in parts(own()):
        references = [each for each in schema.get("oneOf", schema.get("anyOf", ())) if "$ref" in each]
        assert len(references) < 2 or "discriminator" in schema, schema


@pytest.mark.parametrize(
    ("operation", "problem"),
    [
        ("signUp", "email-taken"),
        ("logIn", "wrong-credentials"),
        ("createAttempt", "guardian-consent-required"),
        ("createAttempt", "idempotency-conflict"),
        ("cancelJob", "job-ended"),
        ("followJob", "too-many-streams"),
    ],
)
def test_problems_are_declared_by_their_types(operation: str, problem: str) -> None:
    assert {problem, "invalid", "internal", "unavailable"} <= refused(operation)
    assert own()["components"]["examples"][problem]["value"]["type"] == f"/problems/{problem}"


def test_problems_that_no_operation_declares_are_known() -> None:
    assert {"method-not-allowed", "request-timeout", "too-many-subscriptions"} <= set(own()["components"]["examples"])


def test_examples_are_of_what_they_stand_for() -> None:
    for name, schema in schemas().items():
        for example in schema.get("examples", []):
            Draft202012Validator({**schema, "components": own()["components"]}).validate(example)
            assert schema.get("required", []) == [each for each in schema.get("required", []) if each in example], name


def test_each_body_in_json_has_an_example_that_its_schema_accepts() -> None:  # /docs makes its samples of them
    document = json.loads(read_document().content)
    described = [each for methods in document["paths"].values() for each in methods.values()]
    wanted = {each["operationId"]: each["requestBody"]["content"] for each in described if "requestBody" in each}
    assert {"signUp", "editTwister"} <= wanted.keys()
    for name, content in wanted.items():
        for media_type, body in content.items():
            schema = body["schema"]
            found = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            assert found.get("examples"), name
            if "json" in media_type:
                checked = Draft202012Validator({**schema, "components": document["components"]})
                assert [each.message for each in checked.iter_errors(found["examples"][0])] == [], name
