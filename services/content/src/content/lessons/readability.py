"""Tells how hard a text is to read: the Flesch-Kincaid grade level (Kincaid et al. 1975, Naval Technical Training,
Research Branch Report 8-75):

    grade = 0.39 * words / sentences + 11.8 * syllables / words - 15.59

Syllables are counted by groups of vowels, which is near enough for a warning.
"""

from __future__ import annotations

import re

#: words that somebody reads in a minute
WORDS_A_MINUTE = 180

_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_SENTENCE = re.compile(r"[.!?…]+(?=\s|$|[”\"»)])|\n+")
_VOWELS = re.compile(r"[aeiouy]+")


def words_in(text: str) -> list[str]:
    """Returns the words of a text."""
    return _WORD.findall(text)


def grade(text: str) -> float:
    """Returns the grade level of a text; 0 for one without words."""
    words = words_in(text)
    if not words:
        return 0.0
    sentences = sum(1 for each in _SENTENCE.split(text) if words_in(each)) or 1
    return 0.39 * len(words) / sentences + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59


def _syllables(word: str) -> int:
    plain = word.lower()
    count = len(_VOWELS.findall(plain))
    silent = plain.endswith("e") and not plain.endswith(("le", "ee")) and count > 1
    return max(1, count - silent)
