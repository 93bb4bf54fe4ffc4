"""Computes how many years of school a text in English asks of its reader."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE = re.compile(r"[.!?…]+(?=\s|$)|\n")
#: endings that are written and not spoken: “like”, “liked”, “likes”, but not “waited” and “wishes”
_SILENT = re.compile(r"(?<=[^aeiouytd])ed$|(?<=[^aeiouysxzhcg])es$|(?<=[^l])e$|(?<=[aeiouy]l)e$")


def words(text: str) -> list[str]:
    """Returns the words of a text: letters, with apostrophes inside."""
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    """Returns the sentences of a text that hold a word."""
    return [sentence.strip() for sentence in _SENTENCE.split(text) if words(sentence)]


def syllables(word: str) -> int:
    """Estimates the syllables of an English word: its groups of vowels, without endings that are not spoken."""
    return max(1, len(re.findall("[aeiouy]+", _SILENT.sub("", word.casefold()))))


def grade(text: str) -> float:
    """Returns the school grade of a text: 0.39 words a sentence + 11.8 syllables a word - 15.59.

    The formula is that of Kincaid, Fishburne, Rogers and Chissom (1975). A text without words has grade 0.
    """
    found: Sequence[str] = words(text)
    if not found:
        return 0.0
    spoken = sum(map(syllables, found))
    return 0.39 * len(found) / len(sentences(text)) + 11.8 * spoken / len(found) - 15.59
