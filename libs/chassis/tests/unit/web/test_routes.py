"""Tests that a forbidden declaration of a route raises a TypeError of one sentence at import."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from chassis.web.call import Call
from chassis.web.proposal import JobAccepted, Proposal
from chassis.web.routes import Routes
from libs.chassis.tests.integration.toys import ROUTES
from libs.chassis.tests.integration.toys.messages import POLISH, ToyChanged


class Out(BaseModel):
    id: UUID


class OtherOut(BaseModel):
    id: UUID


async def read_it(id: UUID, call: Call) -> Out:
    raise NotImplementedError


async def change_it(id: UUID, call: Call) -> None:
    raise NotImplementedError


async def propose_it(id: UUID, call: Call) -> Proposal:
    raise NotImplementedError


async def propose_or_show_it(id: UUID, call: Call) -> Proposal | Out:
    raise NotImplementedError


async def propose_or_nothing(id: UUID, call: Call) -> Proposal | None:
    raise NotImplementedError


async def propose_or_show_one_of_two(id: UUID, call: Call) -> Proposal | Out | OtherOut:
    raise NotImplementedError


async def without_call(id: UUID) -> None:
    raise NotImplementedError


@pytest.mark.parametrize(
    ("method", "function", "options", "sentence"),
    [
        ("get", read_it, {"access": ()}, "at least one word"),
        ("get", read_it, {"access": ("teacher",)}, "knows no teacher"),
        ("get", read_it, {"access": ("guardian",)}, "guardian needs person="),
        ("get", read_it, {"access": ("own",), "person": "child"}, "no parameter of the path"),
        ("get", read_it, {"access": ("own",), "cache": "public"}, "only what is public"),
        ("post", read_it, {"access": ("own",)}, "needs replay="),
        ("post", change_it, {"access": ("own",), "max_body": 2_000_000}, "1 MiB"),
        ("post", change_it, {"access": ("own",), "job": POLISH}, "returns Proposal"),
        ("post", propose_it, {"access": ("own",)}, "returns Proposal"),
        ("post", propose_or_show_it, {"access": ("own",)}, "returns Proposal"),
        ("post", propose_it, {"access": ("own",), "job": POLISH, "replay": read_it}, "always proposes"),
        ("post", propose_or_nothing, {"access": ("own",), "job": POLISH}, "nothing or one model"),
        ("post", propose_or_show_one_of_two, {"access": ("own",), "job": POLISH}, "nothing or one model"),
        ("delete", without_call, {"access": ("own",)}, "parameter `call`"),
    ],
)
def test_a_declaration_that_cannot_be(method: str, function: Any, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        getattr(Routes("x"), method)("/things/{id}", **options)(function)


@pytest.mark.parametrize("path", ["things", "/things/", "/", "/things//x", "/things?x"])
def test_a_path_that_cannot_be(path: str) -> None:
    with pytest.raises(TypeError, match="begins with /"):
        Routes("x").delete(path, access=("own",))(change_it)


def test_ones_own_needs_no_if_match_and_what_several_edit_does() -> None:
    rules = {operation.id: operation.if_match for each in ROUTES for operation in each.operations}
    assert (rules["editToy"], rules["deleteToy"], rules["editNote"], rules["makeToy"]) == (
        "required",
        "required",
        "optional",
        None,
    )


def test_what_has_no_versions_takes_no_if_match() -> None:
    routes = Routes("x")
    routes.delete("/things/{id}", access=("own",), if_match=None)(change_it)
    [operation] = routes.operations
    assert operation.if_match is None


def test_a_slow_verb_may_answer_at_once() -> None:
    routes = Routes("x")
    routes.post("/things/{id}/look", access=("own",), job=POLISH)(propose_or_show_it)
    routes.post("/things/{id}/see", access=("own",), job=POLISH)(propose_it)
    assert [operation.at_once for operation in routes.operations] == [Out, None]
    assert {(operation.success, operation.model, operation.writes) for operation in routes.operations} == {
        (202, JobAccepted, False)
    }


def test_a_slow_verb_that_can_be_replayed_may_write_at_once() -> None:
    routes = Routes("x")
    routes.post("/things/{id}/look", access=("own",), job=POLISH, replay=read_it)(propose_or_show_it)
    [operation] = routes.operations
    assert (operation.writes, operation.success, operation.success_of_write) == (True, 202, 200)


def test_a_decorated_function_is_the_function() -> None:
    assert Routes("x").delete("/things/{id}", access=("own",))(change_it) is change_it


def test_a_proposal_begins_with_its_kinds_command() -> None:
    wrong: Any = ToyChanged(toy_id=UUID(int=1), toy_version=1)
    with pytest.raises(ValueError, match=r"begins with toy\.polish"):
        Proposal(POLISH, wrong).content()
