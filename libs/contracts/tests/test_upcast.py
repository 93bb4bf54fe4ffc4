"""Tests that this release reads whatever was written in an older major version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import ClassVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from contracts.base import Event, Json, Message, Upcast
from contracts.catalogue import MESSAGES
from contracts.compat import inlined
from contracts.schema import schema
from contracts.upcast import can_read, upcast
from libs.contracts.tests.payloads import payloads

RELEASED = Path(__file__).parents[1] / "schemas/released"


def _split_name(body: Json) -> Json:
    first, _, last = body["name"].partition(" ")
    return {**{key: part for key, part in body.items() if key != "name"}, "names": [first, last]}


def _count_in_milliseconds(body: Json) -> Json:
    return {**body, "lasted": (body.get("lasted") or 0) * 1000}


class Greeted(Event):
    """Defines a message in its third major version."""

    type = "demo.greeted"
    version = (3, 1)
    upcasts: ClassVar[Mapping[int, Upcast]] = {1: _split_name, 2: _count_in_milliseconds}

    names: tuple[str, str]
    lasted: int


#: what version 1 was, as it would lie among the released schemas
FIRST: Json = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "lasted": {"anyOf": [{"type": "integer", "maximum": 9}, {"type": "null"}], "default": None},
    },
    "required": ["name"],
}


def older() -> list[tuple[type[Message], int, Json]]:
    """Lists every released schema whose message has a newer major version since, and one made up for the test."""
    found: list[tuple[type[Message], int, Json]] = [(Greeted, 1, FIRST)]
    for path in sorted(RELEASED.glob("*.json")):
        name, _, major = path.stem.rpartition(".")
        if int(major) < MESSAGES[name].version[0]:
            found.append((MESSAGES[name], int(major), json.loads(path.read_text(encoding="utf-8"))))
    return found


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_an_older_release_wrote_is_read(data: st.DataObject) -> None:
    for message, major, written in older():
        body = data.draw(payloads(inlined(written)))
        before = deepcopy(body)
        now = upcast(message, major, body)
        assert body == before, "an upcast changes what it is given"
        assert upcast(message, major, body) == now
        Draft202012Validator(schema(message, "x")).validate(now)
        message.model_validate_json(json.dumps(now))


def test_steps_are_taken_one_by_one() -> None:
    assert upcast(Greeted, 1, {"name": "Ann Lee", "lasted": 2}) == {"names": ["Ann", "Lee"], "lasted": 2000}
    assert upcast(Greeted, 2, {"names": ["Ann", "Lee"], "lasted": 2}) == {"names": ["Ann", "Lee"], "lasted": 2000}
    assert upcast(Greeted, 3, {"names": ["Ann", "Lee"], "lasted": 2}) == {"names": ["Ann", "Lee"], "lasted": 2}


def test_a_version_without_a_way_to_this_one_cannot_be_read() -> None:
    assert [can_read(Greeted, major) for major in (0, 1, 2, 3, 4)] == [False, True, True, True, False]
