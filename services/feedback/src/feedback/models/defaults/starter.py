"""Starts tweets by rules: shapes and openings of the person's own tweets, with the topic and a gap for the rest.

They are labelled “starter” and never called a tweet in somebody's style: who wrote nothing yet gets plain ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedback.models.readability import words
from feedback.models.safety_text import is_common
from feedback.models.shapes import TweetStarters, TweetWriterInput

SOURCE = "rules/starter-1"

_MOST, _LONGEST, _WORDS_OF_OPENING = 3, 280, 3
#: where the person writes on
GAP = "…"
_PLAIN = ("{topic}: " + GAP, "One thing about {topic}: " + GAP, "What do you think of {topic}?")
_END = re.compile(r"[?!]+\s*$")


def start(given: TweetWriterInput) -> TweetStarters:
    """Returns at most three different starters."""
    own = {example.strip().casefold() for example in given.examples}
    found = dict.fromkeys(
        draft for draft in (*_from_examples(given), *_plain(given.topic)) if draft.casefold() not in own
    )
    return TweetStarters(drafts=tuple(found)[:_MOST])


def _from_examples(given: TweetWriterInput) -> Iterator[str]:
    for example in given.examples:
        opening = _opening(example)
        if opening:
            end = _END.search(example)
            yield _fitted(f"{opening} {{topic}} {GAP}{end[0].strip()[:1] if end else ''}", given.topic)


def _opening(example: str) -> str:
    """Returns the common words with which a tweet begins, with a comma or colon behind them: nothing it is about."""
    taken: list[str] = []
    for part in example.split()[:_WORDS_OF_OPENING]:
        found = words(part)
        if len(found) != 1 or not part.startswith(found[0]) or not is_common(found[0].casefold()):
            break
        taken.append(part)
        if part[-1] in ",:":
            break
        if not part[-1].isalpha():
            return ""
    return " ".join(taken)


def _plain(topic: str) -> Iterator[str]:
    for shape in _PLAIN:
        draft = _fitted(shape, topic)
        yield draft[:1].upper() + draft[1:] if shape.startswith("{") else draft


def _fitted(shape: str, topic: str) -> str:
    """Puts a topic into a shape; a long one is shortened at a word."""
    room, said = _LONGEST - len(shape) + len("{topic}"), " ".join(topic.split())
    if len(said) > room:
        said = (said[: room - 1].rsplit(" ", 1)[0] or said)[: room - 1] + GAP
    return shape.replace("{topic}", said)
