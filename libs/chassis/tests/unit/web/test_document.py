"""The fragment says of each operation what the gateway and a client's generator need, and nothing of the framework."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel, ConfigDict

from chassis.web.cache import CATALOGUE
from chassis.web.call import Call
from chassis.web.document import SHARED, fragment_of
from chassis.web.idempotency import KEY_SCHEMA
from chassis.web.listing import Listed, ListQuery
from chassis.web.operation import Consent
from chassis.web.problems import ProblemType
from chassis.web.routes import Routes
from libs.chassis.tests.integration.toys import ROUTES

TOYS = fragment_of("toys", ROUTES)


class ThingOut(BaseModel):
    """Shows a thing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "018f6a1e-0000-7000-8000-000000000001"}]})

    id: UUID
    seen: bool | None


class Open(BaseModel):
    name: str


def operation(name: str) -> dict[str, Any]:
    [found] = [
        described
        for methods in TOYS["paths"].values()
        for described in methods.values()
        if described["operationId"] == name
    ]
    return dict(found)


def headers(name: str) -> dict[str, bool]:
    return {each["name"]: each["required"] for each in operation(name)["parameters"] if each["in"] == "header"}


def problems(name: str) -> set[str]:
    return {problem for status in operation(name)["responses"] for problem in problems_at(operation(name), status)}


def problems_at(described: dict[str, Any], status: str) -> set[str]:
    response = described["responses"][status]
    if reference := response.get("$ref"):
        return {reference.removeprefix("#/components/responses/")}
    return set(response.get("content", {}).get("application/problem+json", {}).get("examples", {}))


def test_it_is_openapi() -> None:
    validate(TOYS)


def test_operations_say_who_serves_them_and_who_may_call() -> None:
    assert (operation("listToys")["x-service"], operation("listToys")["x-access"]) == ("toys", ["public"])
    assert operation("editToy")["x-access"] == ["author", "admin"]
    assert operation("writeNoteAbout")["x-person"] == "person"
    assert operation("polishToy")["x-job"] == {"kind": "toy_polish", "result": "readToy"}
    assert operation("editToy")["summary"] == "Changes a toy"


def test_conditional_requests_and_keys_are_declared() -> None:
    assert headers("readToy") == {"If-None-Match": False}
    assert headers("makeToy") == headers("polishToy") == {"Idempotency-Key": False}
    assert headers("editToy") == {"Idempotency-Key": False, "If-Match": True}
    assert headers("deleteNote") == {"Idempotency-Key": False, "If-Match": False}
    [key] = [each for each in operation("deleteNote")["parameters"] if each["name"] == "Idempotency-Key"]
    assert key["schema"] == KEY_SCHEMA
    assert operation("readToy")["responses"]["200"]["headers"].keys() == {"ETag", "Cache-Control"}
    assert operation("makeToy")["responses"]["201"]["headers"].keys() == {"ETag", "Location", "Idempotency-Replayed"}
    # answered again when what it had made is gone
    assert operation("makeToy")["responses"]["404"]["headers"].keys() == {"Idempotency-Replayed"}
    assert TOYS["components"]["responses"]["version-conflict"]["headers"].keys() == {"ETag"}
    assert operation("editToy")["responses"]["503"]["headers"].keys() == {"Retry-After"}
    assert "content" not in operation("deleteToy")["responses"]["204"]


def test_problems_follow_from_what_is_declared() -> None:
    assert problems("listToys") == {"invalid", "internal", "unavailable"}
    assert problems("readNote") == {"invalid", "internal", "unavailable", "unauthorized", "not-found"}
    assert {"toy-exists", "forbidden", "if-match-required", "version-conflict"} <= problems("editToy")
    assert {"if-match-required", "busy"} & problems("editNote") == {"busy"}
    assert ("outcome-unknown" in problems("editToy"), "outcome-unknown" in problems("polishToy")) == (True, False)
    examples = TOYS["components"]["examples"]
    assert all(example["value"]["type"] == f"/problems/{name}" for name, example in examples.items())


def test_a_slow_verb_that_may_answer_at_once_says_what_it_shows_then() -> None:
    responses = operation("polishToy")["responses"]
    schemas = {status: responses[status]["content"]["application/json"]["schema"] for status in ("200", "202")}
    assert schemas == {
        "200": {"$ref": "#/components/schemas/ToyOut"},
        "202": {"$ref": "#/components/schemas/JobAccepted"},
    }
    assert responses["200"]["headers"].keys() == {"ETag"}
    assert responses["202"]["headers"].keys() == {"Location"}


def test_a_patch_may_come_as_either_type_and_asks_for_nothing() -> None:
    content = operation("editToy")["requestBody"]["content"]
    assert content.keys() == {"application/json", "application/merge-patch+json"}
    assert "required" not in TOYS["components"]["schemas"]["ToyFieldsPatch"]


def test_schemas_have_the_names_of_models() -> None:
    names = TOYS["components"]["schemas"].keys()
    assert names >= SHARED | {"ToyOut", "ToyOutList", "ToyFields", "ToyFieldsPatch"}
    assert not [name for name in names if "_" in name or "-" in name or "Validation" in name]
    assert "Listed_" not in json.dumps(TOYS)


def test_what_is_rare_is_said_where_it_is_declared() -> None:
    routes = Routes("things")
    own = ProblemType(name="thing-broken", status=409, title="Broken")

    @routes.get("/things", access=("public",), cache=CATALOGUE)
    async def list_things(query: ListQuery, call: Call) -> Listed[ThingOut]:
        """Lists things.

        There are few.
        """
        raise NotImplementedError

    @routes.post(
        "/things/{id}/look",
        access=("own",),
        status=200,
        consent=Consent("assess_voice", "us"),
        fresh=True,
        max_body=100_000,
        problems=(own,),
    )
    async def look(id: UUID, call: Call) -> None:
        """Looks at a thing."""

    found = fragment_of("things", [routes])
    validate(found)
    described = found["paths"]["/things/{id}/look"]["post"]
    assert described["x-consent"] == {"purpose": "assess_voice", "recipient": "us"}
    assert (described["x-fresh"], described["x-max-body"]) == (True, 100_000)
    assert problems_at(described, "403") == {"guardian-consent-required", "sign-in-again"}
    assert problems_at(described, "409") == {"thing-broken"}
    assert found["paths"]["/things"]["get"]["description"] == "There are few."
    assert found["components"]["schemas"]["ThingOut"]["examples"][0]["seen"] is None


def test_a_body_that_takes_unknown_fields_is_not_served() -> None:
    routes = Routes("open")

    @routes.post("/open", access=("public",))
    async def send_open(body: Open, call: Call) -> None:
        """Takes anything."""

    with pytest.raises(TypeError, match="Open takes unknown fields"):
        fragment_of("open", [routes])


@pytest.mark.parametrize("read", [None, ("admin",)])
def test_what_is_made_can_be_read_by_who_has_made_it(read: Any) -> None:
    routes = Routes("lost")

    async def read_lost(id: UUID, call: Call) -> ThingOut:
        """Shows it."""
        raise NotImplementedError

    @routes.post("/lost", access=("own",), replay=read_lost)
    async def make_lost(call: Call) -> ThingOut:
        """Makes what another has lost."""
        raise NotImplementedError

    if read is not None:
        routes.get("/lost/{id}", access=read)(read_lost)
    with pytest.raises(TypeError, match="nobody can read"):
        fragment_of("lost", [routes])


@pytest.mark.parametrize(("path", "name"), [("/toys/{other}", "read_again"), ("/more", "read_toy")])
def test_two_equal_patterns_or_names_are_not_served(path: str, name: str) -> None:
    routes = Routes("twins")

    async def function(call: Call) -> ThingOut:
        raise NotImplementedError

    function.__name__ = name
    routes.get(path, access=("public",))(function)
    with pytest.raises(TypeError, match="twice"):
        fragment_of("toys", [*ROUTES, routes])
