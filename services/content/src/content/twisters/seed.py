"""Seeds the catalogue of a new installation with traditional English tongue twisters.

Each twister is seeded once, by its id. A new twister of a later release is added at the next start. A corrected text
reaches only new installations; old ones need a migration that compares with the old text.

The texts are traditional and in the public domain. Every word stands in the CMU pronouncing dictionary, and `sounds`
are target consonants as that dictionary has them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Twister:
    """Holds a text to practise. `difficulty` 1 (easy) to 5; `sounds` are its target sounds, ARPAbet without stress."""

    id: UUID
    text: str
    language: str
    difficulty: int
    sounds: tuple[str, ...]


def load() -> tuple[Twister, ...]:
    """Reads the packaged catalogue, easiest first. Ids are fixed for ever."""
    packaged = resources.files("content.twisters").joinpath("seed.json").read_text(encoding="utf-8")
    return tuple(
        Twister(
            id=UUID(entry["id"]),
            text=entry["text"],
            language=entry["language"],
            difficulty=entry["difficulty"],
            sounds=tuple(entry["sounds"]),
        )
        for entry in json.loads(packaged)
    )
