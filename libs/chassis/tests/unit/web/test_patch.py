"""Tests merge patches: the cases of RFC 7396, and what a resource's fields make of them."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator

from chassis.web.patch import Patch, merge
from chassis.web.problems import ProblemError
from chassis.web.validation import Input


class Size(Input):
    width: int
    depth: int | None = None


class ToyFields(Input):
    name: Annotated[str, Field(min_length=1, max_length=9), AfterValidator(str.strip)]
    age: int = Field(ge=1, le=5)
    note: str | None = None
    language: str = "en"
    size: Size = Size(width=1)

    @model_validator(mode="after")
    def _no_note_for_babies(self) -> ToyFields:
        if self.age == 1 and self.note:
            raise ValueError("babies cannot read")
        return self


PATCH: TypeAdapter[Patch[ToyFields]] = TypeAdapter(Patch[ToyFields])
CURRENT = ToyFields(name="Bear", age=3, note="soft", language="fr", size=Size(width=2, depth=3))


@pytest.mark.parametrize(  # appendix A of RFC 7396
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_the_cases_of_the_rfc(target: Any, patch: Any, result: Any) -> None:
    assert merge(target, patch) == result


@pytest.mark.parametrize(
    ("sent", "changed"),
    [
        ({}, {}),
        ({"name": "Bear"}, {}),
        ({"name": " Bear "}, {}),
        ({"name": "Horse", "age": 3}, {"name": "Horse"}),
        ({"note": None}, {"note": None}),
        ({"language": None}, {"language": "en"}),
        ({"size": {"depth": None}}, {"size": Size(width=2)}),
        ({"size": None}, {"size": Size(width=1)}),
    ],
)
def test_what_differs_is_what_changes(sent: dict[str, Any], changed: dict[str, Any]) -> None:
    assert PATCH.validate_python(sent).changes(CURRENT) == changed


@pytest.mark.parametrize(
    "sent",
    [
        {"naem": "x"},
        {"id": "1"},
        {"name": None},
        {"name": ""},
        {"age": 9},
        {"age": "old"},
        {"size": {"x": 1}},
        {"size": {"width": None}},
        [],
        "x",
        None,
    ],
)
def test_what_cannot_be_is_refused_on_arrival(sent: Any) -> None:
    with pytest.raises(ValidationError):
        PATCH.validate_python(sent)


def test_rules_over_several_fields_hold_for_the_result() -> None:
    patch = PATCH.validate_python({"age": 1})
    with pytest.raises(ProblemError) as raised:
        patch.apply(CURRENT)
    assert raised.value.errors == (("body", "babies cannot read"),)
    assert patch.apply(CURRENT.model_copy(update={"note": None})).age == 1


def test_the_public_document_asks_for_no_field_and_shows_no_default() -> None:
    schema = PATCH.json_schema()
    assert schema["title"] == "ToyFieldsPatch"
    assert "required" not in schema
    assert schema["additionalProperties"] is False
    assert schema["properties"]["name"] == {"maxLength": 9, "minLength": 1, "title": "Name", "type": "string"}
