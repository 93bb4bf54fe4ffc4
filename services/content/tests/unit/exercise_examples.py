"""Holds one exercise of each type, whose solutions are told by no id and by no order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from content.exercises.exercise import Exercise, ExerciseType, exercise_of
from content.exercises.ids import item_id

_HINTS = ["hint one", "hint two", "hint three"]


def _item(exercise: str, text: str, **more: Any) -> dict[str, Any]:
    return {"id": item_id("devices/storage", exercise, text), "text": text, **more}


def _made(type: ExerciseType, **more: Any) -> Exercise:
    return exercise_of(
        {"id": type, "type": type, "prompt": f"Prompt of {type}", "hints": _HINTS, "explanation": "because", **more}
    )


_OPTIONS = (("kept", True), ("lost", False), ("printed", False), ("copied", True))

EXAMPLES: Mapping[ExerciseType, Exercise] = {
    each.type: each
    for each in (
        _made(
            "multiple_choice",
            options=[_item("multiple_choice", text, correct=text == "kept", why="no") for text, _ in _OPTIONS],
        ),
        _made(
            "multiple_select",
            options=[_item("multiple_select", text, correct=right, why="no") for text, right in _OPTIONS],
            choose=2,
        ),
        _made("true_false", answer=True),
        _made("ordering", items=[_item("ordering", text) for text in ("bit", "byte", "kilobyte")]),
        _made(
            "matching",
            pairs=[
                {"left": _item("matching", left), "right": _item("matching", right)}
                for left, right in (("drive", "keeps"), ("memory", "forgets"), ("screen", "shows"))
            ],
        ),
        _made("fill_blank", text="A {1} has eight {2}.", blanks=[["byte"], ["bits", "binary digits"]]),
        _made("free_text", accepted=["solid-state drive"], typos=1, refused=["solid-state drives"]),
        _made("numeric", value=1024, tolerance=0.5, unit="MB"),
        _made("flash_card", front="RAM", back="It forgets."),
    )
}
