"""Defines what a hint of an exercise must not give away, and which words tell where a right option stands."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

#: the rule that a hint breaks
Rule = Literal[
    "answer",
    "number",
    "spelled",
    "reversed",
    "encoded",
    "initials",
    "position",
    "ruled-out",
    "order",
    "pair",
    "verdict",
]


class Secrets(BaseModel):
    """Holds what the hints of one exercise must not give away.

    `answers`: texts of which each is one (right options, accepted words, the back of a card) · `wrong`: the other
    options · `order`: items in the right order · `pairs`: what belongs together · `number` and `tolerance`: of a
    numeric answer · `verdict`: whether the exercise asks for true or false · `prompt`: what the learner is shown.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    prompt: str = ""
    answers: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    number: float | None = None
    tolerance: float = 0.0
    verdict: bool = False
