"""Knows messages that are about the conversation and not about the design: greetings, “I don't know”, “skip”."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

from feedback.conversation.clauses import plain

_LEAD = r"(?:(?:um+|uh+|oh|so|well|okay|ok|and|please|sorry|hey|yeah|yes|no|right|alright|now),? )*"

#: a longer message is about the design
_WORDS = 14


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Reads the patterns, one for each kind of aside."""
    read: dict[str, list[str]] = tomllib.loads(resources.files(__package__).joinpath("asides.toml").read_text("utf-8"))
    return {name: re.compile(f"{_LEAD}(?:{'|'.join(patterns)})", re.I) for name, patterns in read.items()}


def aside_of(message: str) -> str | None:
    """Returns what a short message about the conversation is; None where it is about the design, or has no words."""
    text = " ".join(plain(message).replace("!", ",").replace(".", ",").replace("?", ",").split())
    text = " ".join(part for part in re.sub(r"\s*,[\s,]*", ", ", text).split()).strip(" ,;:'\"")
    if not text or len(text.split()) > _WORDS:
        return None
    return next((name for name, pattern in _patterns().items() if pattern.fullmatch(text)), None)
