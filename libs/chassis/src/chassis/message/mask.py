"""Masks the personal fields of a message: type, format and rough length stay, so that the schema still holds.

A letter becomes `x` and a digit `0`; numbers, dates, truth values and choices become the same ones for everybody.
What has a pattern that this would break is masked with other characters, or as in the message's own example.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError

from chassis.message.codec import personal_fields
from contracts.base import Json, Message

_DAY = "2000-01-01"
_FORMATS = {
    "date": _DAY,
    "date-time": f"{_DAY}T00:00:00Z",
    "time": "00:00:00",
    "uuid": "00000000-0000-7000-8000-000000000000",
}
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
#: a name of a field of JSON, which says nothing about a person
_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_.-]{0,59}$")
#: the names of a value's kinds in a schema
_KINDS: Mapping[type, frozenset[str]] = {
    bool: frozenset({"boolean"}),
    int: frozenset({"integer", "number"}),
    float: frozenset({"number"}),
    str: frozenset({"string"}),
    list: frozenset({"array"}),
    dict: frozenset({"object"}),
    type(None): frozenset({"null"}),
}
#: the characters that take the place of letters, the first ones that a pattern allows
_LETTERS = ("x", "a")


def masked(message: type[Message] | None, payload: Json, personal: Collection[str] = ()) -> Json:
    """Returns the payload with its personal fields masked: those that the contract marks, and those named.

    `message`: None for one of which there is no contract; then the values alone say what they are.
    """
    if message is None:
        return {name: _any(value) if name in personal else value for name, value in payload.items()}
    schema = _schema(message)
    fields: Mapping[str, Any] = schema.get("properties", {})
    found = dict(payload)
    for name in sorted({*personal, *personal_fields(message)} & payload.keys()):
        found[name] = _value(payload[name], fields.get(name, {}), schema.get("$defs", {}))
    return _as_in_example(message, payload, found)


def _as_in_example(message: type[Message], payload: Json, found: Json) -> Json:
    """Takes from the contract's example those masked fields that its schema refuses, if it takes the payload's own."""
    refused = _refused(message, found)
    for name in refused and refused - _refused(message, payload):
        examples = [example[name] for example in message.examples() if name in example]
        found[name] = examples[0] if examples else None
    return found


def _refused(message: type[Message], payload: Json) -> set[str]:
    try:
        message.model_validate(payload)
    except ValidationError as error:
        return {str(each["loc"][0]) for each in error.errors() if each["loc"]} & payload.keys()
    return set()


@cache
def _schema(message: type[Message]) -> dict[str, Any]:
    return message.model_json_schema()


def _value(value: Any, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Any:
    """Masks a value as its JSON Schema describes it."""
    if value is None:
        return None
    schema = _resolved(value, schema, defs)
    if "const" in schema:
        return value
    if choices := schema.get("enum"):
        return choices[0]
    match value:
        case bool():
            return False
        case int() | float():
            return _number(value, schema)
        case str():
            return _text(value, schema)
        case list():
            return [_value(each, _item(schema, n), defs) for n, each in enumerate(value)]
        case dict():
            return _object(value, schema, defs)
        case _:
            return None


def _any(value: Any) -> Any:
    return _value(value, {}, {})


def _resolved(value: Any, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follows references, and chooses among several descriptions the first of the value's own kind."""
    while True:
        if "$ref" in schema:
            schema = defs.get(schema["$ref"].rpartition("/")[2], {})
        elif branches := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
            resolved = (_resolved(value, branch, defs) for branch in branches)
            return next((each for each in resolved if _fits(value, each)), {})
        else:
            return schema


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    if "const" in schema:
        return bool(schema["const"] == value)
    if schema.get("type") not in _KINDS[type(value)]:
        return False
    names: Mapping[str, Any] = schema.get("properties", {})
    if not isinstance(value, dict):
        return True
    constants = all(_fits(value.get(name), each) for name, each in names.items() if "const" in each)
    return constants and set(schema.get("required", ())) <= value.keys()


def _number(value: float, schema: Mapping[str, Any]) -> float:
    """Returns the middle of two bounds, which tells nothing; without them the smallest number of as many digits."""
    kind = type(value)
    low, high = (
        schema.get("minimum", schema.get("exclusiveMinimum")),
        schema.get("maximum", schema.get("exclusiveMaximum")),
    )
    if low is not None and high is not None:
        return kind((low + high) / 2)
    digits = len(str(int(abs(value))))
    found = 10 ** (digits - 1) if abs(value) >= 1 else 0
    if low is not None:
        found = max(found, int(low) + (1 if "exclusiveMinimum" in schema else 0))
    if high is not None:
        found = min(found, int(high) - (1 if "exclusiveMaximum" in schema else 0))
    return kind(found)


def _text(value: str, schema: Mapping[str, Any]) -> str:
    if (stands := _FORMATS.get(schema.get("format", ""))) is not None:
        return stands
    scheme = _SCHEME.match(value)
    kept = scheme.group() if scheme else ""
    pattern = schema.get("pattern")
    for letter in _LETTERS:
        found = kept + value[len(kept) :].translate(_TABLES[letter])
        if pattern is None or re.search(pattern, found):
            break
    return found


class _Table(dict[int, str]):
    """Translates characters, each looked up once."""

    def __init__(self, letter: str) -> None:
        super().__init__()
        self._letter = letter

    def __missing__(self, code: int) -> str:
        self[code] = found = _character(chr(code), self._letter)
        return found


_TABLES = {letter: _Table(letter) for letter in _LETTERS}


def _character(character: str, letter: str) -> str:
    kind = unicodedata.category(character)
    if kind[0] in "LM":
        return letter.upper() if kind == "Lu" else letter
    if kind[0] == "N":
        return "0"
    return character if kind[0] in "PZ" or character in "\n\t+=<>|^$~`" else "*"


def _item(schema: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    first = schema.get("prefixItems", ())
    found: Mapping[str, Any] | bool = first[number] if number < len(first) else schema.get("items", {})
    return found if isinstance(found, Mapping) else {}


def _object(value: Mapping[str, Any], schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Json:
    """Masks an object's values. Names that the schema does not know stay if they look like those of fields."""
    fields: Mapping[str, Any] = schema.get("properties", {})
    others = schema.get("additionalProperties", {})
    rest: Mapping[str, Any] = others if isinstance(others, Mapping) else {}
    found: Json = {}
    for number, (name, each) in enumerate(value.items()):
        shown = name if name in fields or _NAME.match(name) else f"field_{number}"
        found[shown] = _value(each, fields.get(name, rest), defs)
    return found
