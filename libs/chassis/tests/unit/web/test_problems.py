"""Problem documents, and the words they have for what pydantic refuses."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import AfterValidator, Field, ValidationError

from chassis.web.problems import BUSY, NOT_WRITTEN, ProblemError, ProblemType, invalid, not_written
from chassis.web.validation import Input, problem_of_model, problem_of_request, unknown

TAKEN = ProblemType(name="name-taken", status=409, title="Taken", detail="Choose another.")


def _calm(text: str) -> str:
    if "!" in text:
        raise ValueError("must be calm")
    return text


class Wheel(Input):
    spokes: int = Field(default=8, ge=2)


class Toy(Input):
    name: Annotated[str, Field(min_length=1, max_length=5), AfterValidator(_calm)]
    colour: Literal["red", "blue"] = "red"
    wheels: tuple[Wheel, ...] = ()


def errors_of(content: Any) -> list[tuple[str | None, str]]:
    with pytest.raises(ValidationError) as raised:
        Toy.model_validate(content)
    return list(problem_of_model(raised.value, Toy).errors)


def test_a_problem_is_a_document_of_its_type() -> None:
    response = ProblemError(TAKEN).response()
    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert json.loads(bytes(response.body)) == {
        "type": "/problems/name-taken",
        "title": "Taken",
        "status": 409,
        "detail": "Choose another.",
    }


def test_an_answer_lists_twenty_errors_at_most() -> None:
    assert len(errors_of({"name": "a", **{f"x{number}": 1 for number in range(1300)}})) == 20


def test_a_type_may_say_when_to_come_back() -> None:
    assert ProblemError(BUSY).response().headers["retry-after"] == "5"
    assert ProblemError(BUSY, headers={"Retry-After": "9"}).response().headers["retry-after"] == "9"


def test_an_owner_says_that_it_has_not_written() -> None:
    assert not_written().response().headers[NOT_WRITTEN] == "1"
    assert NOT_WRITTEN not in ProblemError(BUSY).response().headers


def test_fields_are_listed() -> None:
    body = json.loads(bytes(invalid(("name", "is required")).response().body))
    assert body["errors"] == [{"field": "name", "message": "is required"}]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({}, ("name", "is required")),
        ({"name": ""}, ("name", "must have at least 1 characters")),
        ({"name": "secret-secret"}, ("name", "must have at most 5 characters")),
        ({"name": "a!"}, ("name", "must be calm")),
        ({"name": 5}, ("name", "must be a text")),
        ({"name": "a", "colour": "secret"}, ("colour", "must be one of 'red' or 'blue'")),
        ({"name": "a", "wheels": [{"spokes": 1}]}, ("wheels.spokes", "must be at least 2")),
        ([], ("body", "must be a JSON object")),
    ],
)
def test_what_is_refused_is_named_and_never_quoted(content: Any, expected: tuple[str, str]) -> None:
    assert errors_of(content) == [expected]


def test_an_unknown_field_names_the_nearest_known_one() -> None:
    assert errors_of({"name": "a", "color": "red"}) == [
        ("color", "is unknown or cannot be set here; the nearest that can is “colour”")
    ]
    assert errors_of({"name": "a", "wheels": [{"spoke": 3}]}) == [
        ("spoke", "is unknown or cannot be set here; the nearest that can is “spokes”")
    ]


@pytest.mark.parametrize(
    ("name", "known"), [("page", ()), ("role", ("birth_date", "email", "username")), ("foo", ("sort", "limit"))]
)
def test_where_nothing_is_near_nothing_is_named(name: str, known: tuple[str, ...]) -> None:
    assert unknown(name, known) == (name, "is unknown or cannot be set here")


def test_an_unknown_name_is_repeated_in_part() -> None:
    name, _ = unknown("x\n\0" * 100, {"name"})
    assert name == "x" * 20


async def _listed(limit: int = 20, cursor: str | None = None) -> None:
    """Lists things."""


ROUTE = APIRoute("/things", _listed)


def test_a_path_that_names_nothing_is_404() -> None:
    error = RequestValidationError([{"type": "uuid_parsing", "loc": ("path", "id"), "msg": "", "input": "x"}])
    assert problem_of_request(error, ROUTE).problem.status == 404


def test_an_unknown_query_parameter_names_the_nearest_known_one() -> None:
    error = RequestValidationError([{"type": "extra_forbidden", "loc": ("query", "limt"), "msg": "", "input": "3"}])
    [(field, message)] = problem_of_request(error, ROUTE).errors
    assert (field, message) == ("limt", "is unknown or cannot be set here; the nearest that can is “limit”")
