"""Defines the `answer` of an attempt, one class a type of exercise. A body of another shape is no wrong answer.

Lists and texts are bounded here; whether an id is one of the exercise is for the scoring to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from content.exercises.exercise import ExerciseType

#: characters of one text of an answer
LONGEST_TEXT = 2000
#: options, items or blanks in an answer
MOST_PARTS = 20

Id = Annotated[str, Field(min_length=1, max_length=40)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class BadAnswer(ValueError):
    """Says that an answer has not the shape that the type of its exercise asks for."""


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Choice(_Answer):
    """Chooses one option of a `multiple_choice`."""

    choice: Id


class Choices(_Answer):
    """Chooses options of a `multiple_select`."""

    choices: Annotated[list[Id], Field(max_length=MOST_PARTS)]


class Verdict(_Answer):
    """Answers a `true_false`."""

    value: bool


class Order(_Answer):
    """Puts the items of an `ordering` into order."""

    order: Annotated[list[Id], Field(max_length=MOST_PARTS)]


class Pairs(_Answer):
    """Gives right ids by left ids of a `matching`."""

    pairs: Annotated[dict[Id, Id], Field(max_length=MOST_PARTS)]


class Blanks(_Answer):
    """Gives the texts of a `fill_blank`, in the order of its blanks."""

    blanks: Annotated[list[Text], Field(max_length=MOST_PARTS)]


class Words(_Answer):
    """Answers a `free_text`."""

    text: Text


class Number(_Answer):
    """Answers a `numeric`: a number, or a text as somebody types one (“3,5 GB”)."""

    value: Annotated[float, Field(allow_inf_nan=False)] | Annotated[str, Field(max_length=60)]


class Rating(_Answer):
    """Tells how well one knew the back of a `flash_card`."""

    rating: Literal["again", "hard", "good", "easy"]


Answer = Choice | Choices | Verdict | Order | Pairs | Blanks | Words | Number | Rating

#: the class of the answer, by the type of the exercise
ANSWERS: Mapping[ExerciseType, type[Answer]] = {
    "multiple_choice": Choice,
    "multiple_select": Choices,
    "true_false": Verdict,
    "ordering": Order,
    "matching": Pairs,
    "fill_blank": Blanks,
    "free_text": Words,
    "numeric": Number,
    "flash_card": Rating,
}


def answer_of(type: ExerciseType, sent: Any) -> Answer:
    """Returns the answer that was sent for an exercise of some type. Raises `BadAnswer` for another shape."""
    try:
        return ANSWERS[type].model_validate(sent)
    except ValidationError:
        raise BadAnswer(type) from None
