"""Gives a hint by rules: the author's own for the level, else where in the question to look. Never the answer.

Rules do not know the answer, so what they must not do is to name it by chance. They name only words of the question,
of its beginning up to where there is something to choose from or to search in, and nothing of the lesson. Order
“Learning” brings the levels' kinds and the leak check.
"""

from __future__ import annotations

import re

from feedback.models.readability import words
from feedback.models.safety_text import is_common, plain_words
from feedback.models.shapes import LessonHint, LessonHintInput

SOURCE = "rules/ladder-1"

#: where what is asked for ends, and what it is to be found in, or to be chosen from, begins
_ENDS = re.compile(
    r"[,:;(\[{“\"'=?!\n]|\.\s|(?:\S+\s+){0,3}\S+\s+or\b|\b(?:of|in|from|among|between|within|out|for|to|with|on|at|by|than|that)\b"
)
_SHORTEST, _MOST_NAMED = 4, 2

_LOOK = "Read the question once more, slowly. {look}What does it ask for?"
_THINK = "Say in your own words what you look for. {look}Then find the part of the lesson that tells of it."
_SHOW = "Try an easier one first, with small numbers or short words. Then do the same steps here. {look}"
_BY_LEVEL = {1: _LOOK, 2: _THINK, 3: _SHOW}


def hint(given: LessonHintInput) -> LessonHint:
    """Returns the author's hint for the level, the last there is for a higher one; else one from the question."""
    if given.authored:
        return LessonHint(hint=given.authored[min(given.level, len(given.authored)) - 1])
    named = _worth_a_look(given)
    look = f"Look at {' and '.join(f'“{word}”' for word in named)}. " if named else ""
    return LessonHint(hint=_BY_LEVEL[given.level].format(look=look).strip())


def _worth_a_look(given: LessonHintInput) -> list[str]:
    """Returns the words of the question that say most: rare ones, the longest first, as they are written there."""
    question = _ENDS.split(given.task.strip(), maxsplit=1)[0]
    answered = set(plain_words(given.given or ""))
    found = {
        word.casefold(): word
        for word in words(question)
        if len(word) >= _SHORTEST and not is_common(word.casefold()) and word.casefold() not in answered
    }
    return sorted(found.values(), key=lambda word: (-len(word), question.index(word)))[:_MOST_NAMED]
