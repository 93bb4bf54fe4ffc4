"""Reads the object in an answer, and says in words of our own what is wrong with one that cannot be used."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

T = TypeVar("T", bound=BaseModel)

#: characters of an answer that are looked at; no role's answer is nearly as long
LONGEST = 64_000
_MOST_OBJECTS = 20
_MOST_LINES = 8
_FENCED = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)
#: validators' messages that hold nothing of what was validated
_SAFE = frozenset(
    """
    missing extra_forbidden model_type dict_type tuple_type list_type string_type string_too_short string_too_long
    string_pattern_mismatch int_type int_from_float float_type bool_type finite_number greater_than greater_than_equal
    less_than less_than_equal too_short too_long literal_error none_required
    """.split()
)


class CutByLength(Exception):
    """Says that an answer ended at the limit of tokens: it wants more tokens, and no repair."""


class Unusable(Exception):
    """Says that an answer cannot be used. `wrong` says why: sentences of our own, without a word of the answer.

    `rules` names the rules that were broken, to be counted. `ends`: no other model is asked either.
    """

    def __init__(self, wrong: Sequence[str], rules: Sequence[str] = ("schema",), *, ends: bool = False) -> None:
        super().__init__("; ".join(rules))
        self.ends = ends
        self.wrong = tuple(wrong)
        self.rules = tuple(rules)

    @property
    def repair(self) -> str:
        """Says what to mend; it is sent with the same question once more."""
        lines = "".join(f"- {each}\n" for each in self.wrong)
        return f"Your last answer could not be used:\n{lines}Answer the same once more, without these faults."


def parse(text: str, shape: type[T], *, cut: bool) -> T:
    """Returns the first object in a text that has the shape, also out of code fences and prose.

    `cut` tells that the answer ended at the limit of tokens; that is looked at first, since what is broken then was
    not written badly. Raises `CutByLength` or `Unusable`.
    """
    if cut:
        raise CutByLength
    wrong: ValidationError | None = None
    for found in _objects(text[:LONGEST]):
        try:
            return shape.model_validate_json(found, strict=True)
        except ValidationError as error:
            wrong = wrong or error
    if wrong is None:
        raise Unusable(["It held no JSON object. Answer with one JSON object and nothing else."])
    raise Unusable(list(_said(wrong, shape)))


def _objects(text: str) -> Iterator[str]:
    """Yields the texts of JSON objects: the whole, then within fences, then within prose."""
    whole = text.strip()
    if whole.startswith("{") and whole.endswith("}"):
        yield whole
    for part in [*_FENCED.findall(text), text]:
        yield from _within(part)


def _within(text: str) -> Iterator[str]:
    decoder, at = json.JSONDecoder(), text.find("{")
    for _ in range(_MOST_OBJECTS):
        if at < 0:
            return
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
        else:
            yield text[at:end]
            at = text.find("{", end)


def _said(error: ValidationError, shape: type[BaseModel]) -> Iterator[str]:
    """Says what a validator found: the place only by names that the schema has, the answer's own are not repeated."""
    known = _names(shape.model_json_schema())
    for each in error.errors(include_url=False, include_context=False, include_input=False)[:_MOST_LINES]:
        place = ".".join(str(part) if isinstance(part, int) or part in known else "(unknown)" for part in each["loc"])
        what = each["msg"] if each["type"] in _SAFE else "This is not as the schema says"
        yield f"{place or 'the object'}: {what}."


def _names(schema: Any) -> set[str]:
    """Returns the names of all fields in a schema."""
    if isinstance(schema, list):
        return set().union(*map(_names, schema))
    if not isinstance(schema, dict):
        return set()
    properties = schema.get("properties")
    own = set(properties) if isinstance(properties, dict) else set()
    return own.union(*map(_names, schema.values()))
