"""Defines a lesson: the value that the parser makes of a file, and that a revision stores as JSON."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from content.exercises.exercise import Exercise

Difficulty = Literal["beginner", "intermediate", "advanced"]
#: the languages that lessons are written in
Language = Literal["en"]

#: topic and slug of a key
SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
TOPIC = rf"^{SLUG}$"
TOPIC_MAX = 60
KEY = rf"^{SLUG}/{SLUG}$"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LessonSource(_Value):
    """Names where what the lesson says can be read."""

    title: str
    url: str


class Picture(_Value):
    """Describes a picture. `name` is its file; `alt` says what it shows, to who does not see it."""

    name: str
    alt: str
    licence: str


class Lesson(_Value):
    """Holds a lesson as its file has it. `text` is CommonMark, with `{{exercise: id}}` where an exercise belongs.

    `key` is topic/slug, for ever; `sequence` is unique in the topic; `requires` are keys.
    """

    key: str
    title: str
    topic: str
    sequence: int
    difficulty: Difficulty
    minutes: int
    language: Language = "en"
    summary: str
    requires: tuple[str, ...] = ()
    sources: tuple[LessonSource, ...] = ()
    media: tuple[Picture, ...] = ()
    exercises: tuple[Exercise, ...]
    text: str
