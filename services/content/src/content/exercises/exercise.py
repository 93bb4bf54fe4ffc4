"""Defines an exercise with its solution, one class a type. Nothing here is shown to a learner: see `shown`.

Ids of options and items are opaque: see `ids`. The values are stored as JSON with each revision of a lesson.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

#: levels of hints that each exercise has
HINTS = 3
#: points of an exercise whose file names none
POINTS = 10

ExerciseType = Literal[
    "multiple_choice",
    "multiple_select",
    "true_false",
    "ordering",
    "matching",
    "fill_blank",
    "free_text",
    "numeric",
    "flash_card",
]


class _Value(BaseModel):
    """Holds values that do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Value):
    """Holds an option of a choice. `why` tells why a wrong one is wrong."""

    id: str
    text: str
    correct: bool = False
    why: str | None = None


class Item(_Value):
    """Holds a text that is put into order, or one side of a pair."""

    id: str
    text: str


class Pair(_Value):
    """Holds two items that belong together."""

    left: Item
    right: Item


class _Task(_Value):
    """Holds what each exercise has. `id` is unique in its lesson, for ever; `hints` are those at levels 1, 2 and 3."""

    id: str
    prompt: str
    points: int = POINTS
    hints: tuple[str, str, str]
    explanation: str


class MultipleChoice(_Task):
    """Asks for the one correct option."""

    type: Literal["multiple_choice"] = "multiple_choice"
    options: tuple[Option, ...]


class MultipleSelect(_Task):
    """Asks for every correct option. `choose`: how many those are, if the learner is told."""

    type: Literal["multiple_select"] = "multiple_select"
    options: tuple[Option, ...]
    choose: int | None = None


class TrueFalse(_Task):
    """Asks whether the prompt is true."""

    type: Literal["true_false"] = "true_false"
    answer: bool


class Ordering(_Task):
    """Asks for the order of items, which stand here in the right one."""

    type: Literal["ordering"] = "ordering"
    items: tuple[Item, ...]


class Matching(_Task):
    """Asks which right item belongs to each left one."""

    type: Literal["matching"] = "matching"
    pairs: tuple[Pair, ...]


class FillBlank(_Task):
    """Asks for the words at `{1}`, `{2}` … of `text`. `blanks` are the accepted answers of each.

    `typos` and `refused` are as in `FreeText`, for each blank.
    """

    type: Literal["fill_blank"] = "fill_blank"
    text: str
    blanks: tuple[tuple[str, ...], ...]
    typos: Literal[0, 1] = 0
    refused: tuple[str, ...] = ()


class FreeText(_Task):
    """Asks for a word or a few. `typos`: how many letters may be wrong; `refused` are words that one typo never makes.

    In a file `refused` has the name `not`.
    """

    type: Literal["free_text"] = "free_text"
    accepted: tuple[str, ...]
    typos: Literal[0, 1] = 0
    refused: tuple[str, ...] = ()
    max_length: int = 200


class Numeric(_Task):
    """Asks for a number, right within `tolerance` (absolute, in the same unit)."""

    type: Literal["numeric"] = "numeric"
    value: float
    tolerance: float = 0.0
    unit: str | None = None


class FlashCard(_Task):
    """Asks the learner to recall what is on the back; the learner rates the answer."""

    type: Literal["flash_card"] = "flash_card"
    front: str
    back: str


Exercise = Annotated[
    MultipleChoice | MultipleSelect | TrueFalse | Ordering | Matching | FillBlank | FreeText | Numeric | FlashCard,
    Field(discriminator="type"),
]
_EXERCISE: TypeAdapter[Exercise] = TypeAdapter(Exercise)


def exercise_of(stored: Any) -> Exercise:
    """Returns an exercise as it was stored in JSON."""
    return _EXERCISE.validate_python(stored, strict=False)
