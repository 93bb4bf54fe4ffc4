"""Makes files of lessons without mistakes, for tests that need several."""

from __future__ import annotations

from collections.abc import Sequence

_FILE = """---
key: {key}
title: {title}
topic: {topic}
sequence: {sequence}
difficulty: {difficulty}
minutes: 3
summary: What {title} is about.
requires: [{requires}]
exercises:
  - id: choose
    type: multiple_choice
    prompt: Which one holds more?
    options: [{{text: a byte, correct: true}}, {{text: a bit, why: It is one of eight., correct: false}}]
    hints: [Think of sizes., Which one is made of others?, A euro is made of cents.]
    explanation: Secret explanation one.
  - id: name
    type: free_text
    prompt: What does one call a thousand bytes?
    accepted: [kilobyte, KB]
    hints: [It is a word of computing., It begins like a weight., Secret hint three.]
    explanation: Secret explanation two.
  - id: sort
    type: ordering
    prompt: From small to large.
    items: [bit, nibble, octet, page]
    hints: [Think of sizes again., One of them is a single choice., A cent comes before a euro.]
    explanation: Secret explanation three.
---
Bits are small. {title}

{{{{exercise: choose}}}}

{{{{exercise: name}}}}

{{{{exercise: sort}}}}
"""


def lesson_source(
    key: str,
    sequence: int = 1,
    *,
    title: str = "Bits and bytes",
    requires: Sequence[str] = (),
    difficulty: str = "beginner",
) -> str:
    """Returns the file of a lesson with three exercises."""
    topic = key.partition("/")[0]
    named = {"key": key, "topic": topic, "sequence": sequence, "title": title, "difficulty": difficulty}
    return _FILE.format(**named, requires=", ".join(requires))
