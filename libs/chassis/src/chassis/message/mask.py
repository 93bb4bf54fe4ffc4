"""Masks the personal fields of a message: type, format and rough length stay, so that the schema still holds.

A letter becomes `x` and a digit `0`; numbers, dates, truth values and choices become the same ones for everybody.
What has a pattern that this would break is masked with other characters, or as in the message's own example.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from chassis.message.codec import personal_fields
from chassis.message.mask_of_schema import ANY, Doubts, Mask
from contracts.base import Json, Message

#: of pydantic's own description of a model, what stands for a validator that no schema tells of
_VALIDATOR = "'type': 'function-"


@dataclass(frozen=True, slots=True)
class _Masks:
    """Holds what is known of a message: masks by field, the marked fields, and whether its schema tells all."""

    fields: dict[str, Mask]
    personal: frozenset[str]
    tells_all: bool


def masked(message: type[Message] | None, payload: Json, personal: Collection[str] = ()) -> Json:
    """Returns the payload with its personal fields masked: those that the contract marks, and those named.

    `message`: None for one of which there is no contract; then the values alone say what they are.
    """
    doubts = Doubts()
    if message is None:
        return {name: ANY.value(value, doubts) if name in personal else value for name, value in payload.items()}
    masks = _masks(message)
    found = dict(payload)
    for name in sorted({*personal, *masks.personal} & payload.keys()):
        found[name] = masks.fields.get(name, ANY).value(payload[name], doubts)
    return found if masks.tells_all and not doubts.number else _as_in_example(message, payload, found)


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
def _masks(message: type[Message]) -> _Masks:
    schema: dict[str, Any] = message.model_json_schema()
    whole = Mask(schema, schema.get("$defs", {}), {})
    tells_all = _VALIDATOR not in str(message.__pydantic_core_schema__)
    return _Masks(whole.fields, personal_fields(message), tells_all)
