"""Masks values as their JSON Schema describes them; what can be known of a schema alone is looked up once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from contracts.base import Json

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
#: what a schema may ask of a value that a mask does not keep by itself
_NOT_KEPT = frozenset({"multipleOf", "uniqueItems", "minContains", "propertyNames", "not"})

#: of a message, the masks of the parts of its schema, by the part's `id()`: the schema is kept as long as they are
Known = dict[int, "Mask"]


class Doubts:
    """Counts places at which a masked value may break its schema."""

    def __init__(self) -> None:
        self.number = 0


class Mask:
    """Masks values of one part of a schema. What it contains is made when it is first needed, as parts may recur."""

    def __init__(self, schema: Mapping[str, Any], defs: Mapping[str, Any], known: Known) -> None:
        self._schema = schema
        self._defs = defs
        self._known = known
        self._choices = schema.get("enum")
        self._is_constant = "const" in schema
        self._format = _FORMATS.get(schema.get("format", ""))
        self._pattern = re.compile(schema["pattern"]) if "pattern" in schema else None
        self._type = schema.get("type")
        self._doubtful = not _NOT_KEPT.isdisjoint(schema) or (self._format is None and "format" in schema)
        self._low = schema.get("minimum", schema.get("exclusiveMinimum"))
        self._high = schema.get("maximum", schema.get("exclusiveMaximum"))
        self._middle = None if self._low is None or self._high is None else (self._low + self._high) / 2

    def value(self, value: Any, doubts: Doubts) -> Any:
        """Masks a value."""
        if value is None:
            return None
        part = self if self._branches is None else self.chosen(value)
        if part is None:
            doubts.number += 1
            return ANY.value(value, doubts)
        if part._is_constant:
            return value
        if part._doubtful:
            doubts.number += 1
        if part._choices:
            return part._choices[0]
        if isinstance(value, str):
            return part._text(value, doubts)
        if isinstance(value, bool):
            return False
        if isinstance(value, (int, float)):
            return part._number(value)
        if isinstance(value, list):
            return part._list(value, doubts)
        return part._object(value, doubts) if isinstance(value, dict) else None

    def chosen(self, value: Any) -> Mask | None:
        """Follows references, and chooses among several descriptions the first of the value's own kind, if any."""
        if self._branches is None:
            return self
        for branch in self._branches:
            found = branch.chosen(value)
            if found is not None and found._fits(value):
                return found
        return None

    @cached_property
    def _branches(self) -> list[Mask] | None:
        schema = self._schema
        if "$ref" in schema:
            part = self._part(self._defs.get(schema["$ref"].rpartition("/")[2], {}))
            return part._branches or [part]
        found = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        return [self._part(branch) for branch in found] if found else None

    @cached_property
    def fields(self) -> dict[str, Mask]:
        """Returns the masks of an object's fields by their names."""
        return {name: self._part(each) for name, each in self._schema.get("properties", {}).items()}

    @cached_property
    def _rest(self) -> Mask:
        return self._part(self._schema.get("additionalProperties"))

    @cached_property
    def _items(self) -> Mask:
        return self._part(self._schema.get("items"))

    @cached_property
    def _first_items(self) -> list[Mask]:
        return [self._part(each) for each in self._schema.get("prefixItems", ())]

    @cached_property
    def _constants(self) -> list[tuple[str, Any]]:
        fields = self._schema.get("properties", {})
        return [(name, each["const"]) for name, each in fields.items() if "const" in each]

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(self._schema.get("required", ()))

    def _part(self, schema: Any) -> Mask:
        if not isinstance(schema, Mapping):
            return ANY
        found = self._known.get(id(schema))
        if found is None:
            found = self._known[id(schema)] = Mask(schema, self._defs, self._known)
        return found

    def _fits(self, value: Any) -> bool:
        if self._is_constant:
            return bool(self._schema["const"] == value)
        if self._type not in _KINDS[type(value)]:
            return False
        if not isinstance(value, dict):
            return True
        return all(value.get(name) == each for name, each in self._constants) and self._required <= value.keys()

    def _number(self, value: float) -> float:
        """Returns the middle of two bounds, which tells nothing; without them the smallest number of as many digits."""
        kind, low, high = type(value), self._low, self._high
        if self._middle is not None:
            return kind(self._middle)
        digits = len(str(int(abs(value))))
        found = 10 ** (digits - 1) if abs(value) >= 1 else 0
        if low is not None:
            found = max(found, int(low) + (1 if "exclusiveMinimum" in self._schema else 0))
        if high is not None:
            found = min(found, int(high) - (1 if "exclusiveMaximum" in self._schema else 0))
        return kind(found)

    def _text(self, value: str, doubts: Doubts) -> str:
        if self._format is not None:
            return self._format
        scheme = _SCHEME.match(value) if "://" in value else None
        kept = scheme.group() if scheme else ""
        for letter in _LETTERS:
            found = kept + value[len(kept) :].translate(_TABLES[letter])
            if self._pattern is None or self._pattern.search(found):
                return found
        doubts.number += 1
        return found

    def _list(self, value: list[Any], doubts: Doubts) -> list[Any]:
        first, items = self._first_items, self._items
        if not first:
            return [items.value(each, doubts) for each in value]
        rest = [items.value(each, doubts) for each in value[len(first) :]]
        return [part.value(each, doubts) for part, each in zip(first, value, strict=False)] + rest

    def _object(self, value: Mapping[str, Any], doubts: Doubts) -> Json:
        """Masks an object's values. Names that the schema does not know stay if they look like those of fields."""
        found: Json = {}
        for number, (name, each) in enumerate(value.items()):
            part = self.fields.get(name)
            shown = name
            if part is None:
                part = self._rest
                if not _NAME.match(name):
                    shown = f"field_{number}"
                    doubts.number += 1
            found[shown] = part.value(each, doubts)
        return found


#: masks values of which no schema tells anything
ANY = Mask({}, {}, {})


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
