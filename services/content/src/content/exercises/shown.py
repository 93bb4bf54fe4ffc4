"""Defines an exercise as a learner sees it, and makes it: nothing of a solution, a hint or an explanation is in it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from content.exercises import exercise as kinds
from content.exercises.exercise import HINTS, Exercise
from content.exercises.ids import shuffled, shuffled_apart


class ItemOut(BaseModel):
    """Shows an option or an item. Its `id` goes into the answer."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    text: str


class _Shown(BaseModel):
    """Shows what each exercise has. `hints`: how many levels of hints there are."""

    id: str
    prompt: str
    points: int
    hints: int = HINTS


class MultipleChoiceOut(_Shown):
    """Asks for the one correct option."""

    type: Literal["multiple_choice"] = "multiple_choice"
    options: list[ItemOut]


class MultipleSelectOut(_Shown):
    """Asks for every correct option. `choose`: how many those are; null: the learner is not told."""

    type: Literal["multiple_select"] = "multiple_select"
    options: list[ItemOut]
    choose: int | None


class TrueFalseOut(_Shown):
    """Asks whether the prompt is true."""

    type: Literal["true_false"] = "true_false"


class OrderingOut(_Shown):
    """Asks for the order of items, shown in another."""

    type: Literal["ordering"] = "ordering"
    items: list[ItemOut]


class MatchingOut(_Shown):
    """Asks which right item belongs to each left one."""

    type: Literal["matching"] = "matching"
    left: list[ItemOut]
    right: list[ItemOut]


class FillBlankOut(_Shown):
    """Asks for the words at `{1}`, `{2}` … of `text`."""

    type: Literal["fill_blank"] = "fill_blank"
    text: str


class FreeTextOut(_Shown):
    """Asks for a word or a few, of at most `max_length` characters."""

    type: Literal["free_text"] = "free_text"
    max_length: int


class NumericOut(_Shown):
    """Asks for a number, in a unit if there is one."""

    type: Literal["numeric"] = "numeric"
    unit: str | None


class FlashCardOut(_Shown):
    """Asks the learner to recall what is on the back, which comes with the result of the attempt."""

    type: Literal["flash_card"] = "flash_card"
    front: str


AnyExerciseOut = Annotated[
    MultipleChoiceOut
    | MultipleSelectOut
    | TrueFalseOut
    | OrderingOut
    | MatchingOut
    | FillBlankOut
    | FreeTextOut
    | NumericOut
    | FlashCardOut,
    Field(discriminator="type"),
]


class ExerciseOut(RootModel[AnyExerciseOut]):
    """Shows an exercise, as its type says."""


def shown(exercise: Exercise, seed: str) -> AnyExerciseOut:
    """Returns an exercise as the learner of `seed` sees it (`ids.shuffle_seed`)."""
    common = {"id": exercise.id, "prompt": exercise.prompt, "points": exercise.points}
    match exercise:
        case kinds.MultipleChoice():
            return MultipleChoiceOut(**common, options=_options(exercise, seed))
        case kinds.MultipleSelect():
            return MultipleSelectOut(**common, options=_options(exercise, seed), choose=exercise.choose)
        case kinds.TrueFalse():
            return TrueFalseOut(**common)
        case kinds.Ordering():
            return OrderingOut(
                **common, items=[_item(each) for each in shuffled_apart(exercise.items, seed, exercise.id)]
            )
        case kinds.Matching():
            right = shuffled_apart([pair.right for pair in exercise.pairs], seed, exercise.id)
            left = [_item(pair.left) for pair in exercise.pairs]
            return MatchingOut(**common, left=left, right=[_item(each) for each in right])
        case kinds.FillBlank():
            return FillBlankOut(**common, text=exercise.text)
        case kinds.FreeText():
            return FreeTextOut(**common, max_length=exercise.max_length)
        case kinds.Numeric():
            return NumericOut(**common, unit=exercise.unit)
        case kinds.FlashCard():
            return FlashCardOut(**common, front=exercise.front)


def _options(exercise: kinds.MultipleChoice | kinds.MultipleSelect, seed: str) -> list[ItemOut]:
    return [_item(each) for each in shuffled(exercise.options, seed, exercise.id)]


def _item(item: kinds.Option | kinds.Item) -> ItemOut:
    return ItemOut(id=item.id, text=item.text)
