"""Provides the lexicon of the product to tests, read once: reading its dictionary takes a tenth of a second."""

from __future__ import annotations

from functools import cache

from speech.acoustic import Dictionary
from speech.assess import Lexicon


@cache
def lexicon() -> Lexicon:
    """Returns a lexicon of the product's dictionary."""
    return Lexicon(Dictionary().lookup)
