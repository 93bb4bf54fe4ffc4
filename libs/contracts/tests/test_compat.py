"""Tests that a change is called compatible only if all that one side writes is valid for the other, both ways."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from contracts.base import Json
from contracts.catalogue import MESSAGES
from contracts.compat import NEW_READS_OLD, OLD_READS_NEW, Break, breaks, refusals
from contracts.schema import schema
from libs.contracts.tests.payloads import NAMES, payloads

BOUNDS = st.integers(0, 4)
LIMITS = [("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")]


def limited(kind: str, low: str, high: str) -> st.SearchStrategy[Json]:
    """Makes a schema of one type with or without limits, never an empty one."""
    return st.builds(
        lambda least, more: (
            {"type": kind}
            | ({low: least} if least is not None else {})
            | ({high: (least or 0) + more} if more is not None else {})
        ),
        st.none() | BOUNDS,
        st.none() | BOUNDS,
    )


SCALARS: st.SearchStrategy[Json] = st.one_of(
    limited("integer", "minimum", "maximum"),
    limited("number", "minimum", "maximum"),
    limited("string", "minLength", "maxLength"),
    st.sampled_from(
        [{"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}, {"const": "x"}, {"const": 1}]
    ),
    st.sampled_from([{"type": "string", "format": "uuid"}, {"type": "string", "pattern": "^x+$"}]),
    st.lists(st.sampled_from(["x", "xy", 1, 2.5, None, True]), min_size=1, unique_by=repr).map(lambda v: {"enum": v}),
)


def objects(part: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.builds(
        lambda properties, required, rest: {
            "type": "object",
            "properties": properties,
            "required": sorted(required & properties.keys()),
            **({} if rest is None else {"additionalProperties": rest}),
        },
        st.dictionaries(NAMES, part, max_size=3),
        st.sets(NAMES),
        st.none() | st.just(False) | part,
    )


SCHEMAS: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda part: st.one_of(
        objects(part),
        st.builds(lambda items, most: {"type": "array", "items": items, "maxItems": most}, part, BOUNDS),
        part.map(lambda items: {"type": "array", "items": items}),
        st.lists(part, min_size=1, max_size=3).map(lambda branches: {"anyOf": branches}),
    ),
    max_leaves=5,
)


def parts(whole: Json) -> Iterator[Json]:
    """Lists the schema and all schemas in it."""
    yield whole
    inner = [*whole.get("properties", {}).values(), *whole.get("anyOf", [])]
    for part in [*inner, whole.get("items"), whole.get("additionalProperties")]:
        if isinstance(part, dict):
            yield from parts(part)


@st.composite
def changes(draw: st.DrawFn) -> tuple[Json, Json]:
    """Makes a schema before and after a small change: two unrelated ones would hardly ever be compatible."""
    old = draw(SCHEMAS)
    new: Json = deepcopy(old)
    part = draw(st.sampled_from(list(parts(new))))
    limits = sorted(part.keys() & {"minimum", "maximum", "minLength", "maxLength", "maxItems"})
    kinds = ["replace", "widen", *(["limit"] * bool(limits)), *(["field", "rest"] * ("properties" in part))]
    kinds += ["require"] * bool(part.get("properties"))
    match draw(st.sampled_from(kinds)):
        case "replace":
            other = draw(SCHEMAS)
            part.clear()
            part.update(other)
        case "widen":
            other = {"anyOf": [deepcopy(part), draw(SCALARS)]}
            part.clear()
            part.update(other)
        case "limit":
            name = draw(st.sampled_from(limits))
            part[name] = draw(BOUNDS)
            if any(part.get(low, 0) > part.get(high, 4) for low, high in LIMITS):
                del part[name]
        case "field":
            part["properties"][draw(NAMES)] = draw(SCALARS)
        case "require":
            name = draw(st.sampled_from(sorted(part["properties"])))
            part["required"] = sorted({*part["required"]} ^ {name})
        case "rest":
            part["additionalProperties"] = draw(st.just(False) | SCALARS)
    return old, new


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes(), st.data())
def test_what_is_called_compatible_is_read(change: tuple[Json, Json], data: st.DataObject) -> None:
    for written, read in (change, change[::-1]):
        if not list(refusals(written, read)):
            validator = Draft202012Validator(read, format_checker=Draft202012Validator.FORMAT_CHECKER)
            for body in data.draw(st.lists(payloads(written), min_size=1, max_size=4)):
                validator.validate(body)


@given(SCHEMAS)
def test_a_schema_is_compatible_with_itself_and_with_anything(same: Json) -> None:
    assert list(refusals(same, deepcopy(same))) == []
    assert list(refusals(same, {})) == []
    assert list(refusals(same, {"anyOf": [{"type": "object", "minProperties": 9}, same]})) == []


WORD = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "maxLength": 5},
        "verdict": {"enum": ["good", "bad"], "type": "string"},
        "score": {"anyOf": [{"type": "number", "maximum": 100}, {"type": "null"}], "default": None},
        "id": {"type": "string", "format": "uuid"},
    },
    "required": ["text", "verdict"],
}
OLD: Json = {
    "$defs": {"Word": WORD},
    "type": "object",
    "properties": {"words": {"type": "array", "items": {"$ref": "#/$defs/Word"}}, "source": {"type": "string"}},
    "required": ["words"],
}
GOOD: Json = {"words": [{"text": "red", "verdict": "good", "score": 90}], "source": "x"}


def change(**word: Any) -> Json:
    new = deepcopy(OLD)
    for name, part in word.items():
        if part is None:
            del new["$defs"]["Word"]["properties"][name]
        else:
            new["$defs"]["Word"]["properties"][name] = part
    return new


def requiring(*names: str) -> Json:
    new = change(heard={"type": "string"})
    new["$defs"]["Word"]["required"] += names
    return new


BREAKING = [
    (change(score=None), Break("words[].score", "was removed", OLD_READS_NEW)),
    (requiring("heard"), Break("words[].heard", "is missing", NEW_READS_OLD)),
    (requiring("id"), Break("words[].id", "may be absent", NEW_READS_OLD)),
    (
        change(text={"type": "string", "maxLength": 3}),
        Break("words[].text", "may pass maxLength 3 (it has 5)", NEW_READS_OLD),
    ),
    (
        change(text={"type": "string", "maxLength": 9}),
        Break("words[].text", "may pass maxLength 5 (it has 9)", OLD_READS_NEW),
    ),
    (
        change(text={"type": "string", "maxLength": 5, "pattern": "^r"}),
        Break("words[].text", 'may pass pattern "^r"', NEW_READS_OLD),
    ),
    (change(verdict={"enum": ["good"], "type": "string"}), Break("words[].verdict", 'may be "bad"', NEW_READS_OLD)),
    (change(verdict={"enum": ["good", "bad", "odd"]}), Break("words[].verdict", 'may be "odd"', OLD_READS_NEW)),
    (
        change(verdict={"type": "string"}),
        Break("words[].verdict", "may be any value beside those listed", OLD_READS_NEW),
    ),
    (
        change(score={"type": "number", "maximum": 100}),
        Break("words[].score", "may be null instead of number", NEW_READS_OLD),
    ),
    (change(id={"type": "string"}), Break("words[].id", 'may pass format "uuid"', OLD_READS_NEW)),
    (change(score={"type": "integer"}), Break("words[].score", "may be number instead of integer", NEW_READS_OLD)),
    (change(id={"type": "integer"}), Break("words[].id", "may be string instead of integer", NEW_READS_OLD)),
    (
        change(text={"type": "string", "maxLength": 5, "oneOf": [{}]}),
        Break("words[].text", "has changed beside oneOf, which is only compared word for word", NEW_READS_OLD),
    ),
    ({**OLD, "x-exchange": "jobs"}, Break("x-exchange", "is another exchange", OLD_READS_NEW)),
    ({**OLD, "required": []}, Break("words", "may be absent", OLD_READS_NEW)),
    ({**OLD, "additionalProperties": False}, None),
]


@pytest.mark.parametrize(("new", "expected"), BREAKING)
def test_a_breaking_change_is_named_with_its_field_and_direction(new: Json, expected: Break | None) -> None:
    found = breaks(OLD, new)
    assert expected in found if expected else found == []
    assert all(one.field and one.what for one in found)


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        change(heard={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        change(text={"type": "string", "maxLength": 5, "title": "T", "description": "D", "x-personal": True}),
        change(verdict={"type": "string", "enum": ["bad", "good"]}),
        change(score={"type": ["number", "null"], "maximum": 100}),
        {
            **OLD,
            "$defs": {"Renamed": WORD},
            "properties": json.loads(json.dumps(OLD["properties"]).replace("Word", "Renamed")),
        },
    ],
)
def test_a_compatible_change_passes(new: Json) -> None:
    assert breaks(OLD, new) == []
    for document in (OLD, new):
        Draft202012Validator(document).validate(GOOD)


TEXTS: Json = {"type": "object", "additionalProperties": {"type": "string"}}
COUNTS: Json = {"type": "object", "additionalProperties": {"type": "integer"}}


@pytest.mark.parametrize(
    ("wide", "narrow", "witness"),
    [
        ({"type": "integer", "minimum": 0}, {"type": "integer", "minimum": 1}, 0),
        ({"type": "integer", "maximum": 2}, {"type": "integer", "maximum": 1}, 2),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, COUNTS, {"a": "x"}),
        (TEXTS, {"type": "object", "properties": {"a": {"type": "integer"}}}, {"a": "x"}),
        (TEXTS, COUNTS, {"z": "x"}),
        (TEXTS, {"type": "object", "additionalProperties": False}, {"z": "x"}),
        ({"type": "string"}, {"const": "x"}, "y"),
        ({"type": "array", "items": {"type": "number"}}, {"type": "array", "items": {"type": "integer"}}, [0.5]),
    ],
)
def test_a_refusal_has_its_witness(wide: Json, narrow: Json, witness: object) -> None:
    assert list(refusals(wide, narrow))
    assert Draft202012Validator(wide).is_valid(witness)
    assert not Draft202012Validator(narrow).is_valid(witness)


def test_what_only_got_wider_is_read() -> None:
    assert not list(refusals({"type": "integer", "minimum": 1}, {"type": "number", "minimum": 0}))
    assert not list(refusals({"type": "string", "maxLength": 1}, {"type": ["string", "null"], "maxLength": 2}))


def test_values_that_only_python_takes_for_equal_are_not() -> None:
    assert list(refusals({"enum": [True]}, {"enum": [1]}))
    assert list(refusals({"const": 0}, {"const": False}))


def test_a_schema_that_refers_to_itself_is_compared_word_for_word() -> None:
    tree: Json = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Tree"}, "size": {"type": "integer"}}}
    old: Json = {"$defs": {"Tree": tree}, "$ref": "#/$defs/Tree"}
    new = deepcopy(old)
    assert breaks(old, new) == []
    new["$defs"]["Tree"]["properties"]["size"]["minimum"] = 0
    assert {one.field for one in breaks(old, new)} == {"next", "size"}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.type)
def test_each_message_loses_no_field_unnoticed(message: Any) -> None:
    document = schema(message, "x")
    for name in document["properties"]:
        less = deepcopy(document)
        del less["properties"][name]
        less["required"] = [one for one in less.get("required", []) if one != name]
        assert Break(name, "was removed", OLD_READS_NEW) in breaks(document, less)
