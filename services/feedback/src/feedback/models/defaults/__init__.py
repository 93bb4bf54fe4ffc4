"""Answers for roles by rules, where no model may or can: each with the shape that its role has.

Each says what it is by its name (`rules/ladder-1`). The facilitator and its notes live with the conversation.
`story_understand` has no rules yet: where no model may answer, nothing does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from contracts.speech import Word
from feedback.assessment import Assessment
from feedback.coach import coach
from feedback.models.defaults.ladder import hint
from feedback.models.defaults.starter import start
from feedback.models.defaults.style import describe
from feedback.models.shapes import ChildFeedback, ChildFeedbackInput, TryThis


def give_feedback(given: ChildFeedbackInput) -> ChildFeedback:
    """Lets the coach write feedback."""
    read = (Word(word=word.word, verdict=word.verdict, heard=word.heard, score=word.score) for word in given.words)
    assessment = Assessment(given.text, tuple(read), given.scores, given.refusal, given.findings)
    said = coach(assessment)
    tips = tuple(TryThis(sound=tip.sound, word=tip.word or None, tip=tip.tip) for tip in said.tips)
    return ChildFeedback(summary=said.summary, tips=tips)


#: by role the rules that answer it
DEFAULTS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {"child_feedback": give_feedback, "lesson_hint": hint, "tweet_style": describe, "tweet_writer": start}
)
