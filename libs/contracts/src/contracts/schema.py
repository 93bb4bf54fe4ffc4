"""Writes the messages as files: JSON Schemas and examples, for readers without Python and for review in a diff."""

from __future__ import annotations

import json

from contracts.base import Json, Message
from contracts.catalogue import OWNERS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(message: type[Message], owner: str) -> Json:
    """Returns the JSON Schema (draft 2020-12) of a message's body.

    `x-personal` marks the fields that encryption and erasure cover; `x-owner` is the service that owns the message.
    """
    found = message.model_json_schema()
    found.pop("examples", None)  # each of them has a file of its own
    for name in message.personal_fields():
        found["properties"][name]["x-personal"] = True
    major, minor = message.version
    return {
        "$schema": DIALECT,
        "$id": f"urn:voxbus:{message.type}:{major}",
        "x-owner": owner,
        "x-exchange": message.exchange,
        "x-version": f"{major}.{minor}",
        **found,
    }


def files() -> dict[str, str]:
    """Returns every committed file by its path below `libs/contracts`, with its text."""
    found: dict[str, str] = {}
    for owner, messages in OWNERS.items():
        for message in messages:
            found[f"schemas/{message.type}.{message.version[0]}.json"] = _text(schema(message, owner))
            found[f"examples/{message.type}.json"] = _text(list(message.examples()))
    return found


def _text(value: Json | list[Json]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
