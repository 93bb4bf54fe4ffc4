"""Defines lessons and topics as everybody sees them. Nothing here is a solution, a hint or an explanation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict
from sqlalchemy import Row

from content.exercises.exercise import exercise_of
from content.exercises.ids import shuffle_seed
from content.exercises.shown import ExerciseOut
from content.exercises.shown import shown as exercise_shown
from content.lessons.draft import StoredPicture
from content.lessons.lesson import Difficulty
from content.lessons.topics import topic_of

_ID = "018f6a1e-0000-7000-8000-000000000011"
_CARD: JsonDict = {
    "id": _ID,
    "key": "internet/ip-addresses",
    "topic": "internet",
    "title": "Every device has an address",
    "summary": "What an IP address is and what it is not.",
    "difficulty": "beginner",
    "sequence": 2,
    "minutes": 6,
    "language": "en",
    "revision": 3,
    "requires": ["internet/what-is-the-internet"],
}


class TopicOut(BaseModel):
    """Shows a topic, with how many lessons it has."""

    topic: str
    title: str
    description: str
    order: int
    lessons: int


class TopicsOut(BaseModel):
    """Lists the topics that have lessons."""

    items: list[TopicOut]


class LessonItem(BaseModel):
    """Shows a lesson in a list. `exercises`: how many it has; `requires`: the keys of those to complete before."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [{**_CARD, "exercises": 5}]})

    id: UUID
    key: str
    topic: str
    title: str
    summary: str
    difficulty: Difficulty
    sequence: int
    minutes: int
    language: str
    revision: int
    exercises: int
    requires: list[str]


class PictureOut(BaseModel):
    """Shows a picture of a lesson. What is at its `url` never changes."""

    name: str
    url: str
    media_type: str
    size: int
    alt: str
    licence: str


class SourceOut(BaseModel):
    """Names where what the lesson says can be read."""

    title: str
    url: str


class LessonOut(BaseModel):
    """Shows a lesson in one revision.

    `content` is CommonMark with `{{exercise: id}}` where an exercise belongs; in `content_html` that is an empty `div`
    with `data-exercise`. `newer_revision`: there is one, to which a restart leads; null: this is the newest.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_CARD,
                    "content": "Each device has an address.\n\n{{exercise: which-is-v4}}\n",
                    "content_html": '<p>Each device has an address.</p>\n<div data-exercise="which-is-v4"></div>\n',
                    "media": [],
                    "sources": [{"title": "RFC 791", "url": "https://www.rfc-editor.org/rfc/rfc791"}],
                    "newer_revision": None,
                    "exercises": [
                        {
                            "id": "which-is-v4",
                            "type": "true_false",
                            "prompt": "192.0.2.17 could be an IPv4 address.",
                            "points": 10,
                            "hints": 3,
                        }
                    ],
                }
            ]
        }
    )

    id: UUID
    key: str
    topic: str
    title: str
    summary: str
    difficulty: Difficulty
    sequence: int
    minutes: int
    language: str
    revision: int
    requires: list[str]
    content: str
    content_html: str
    media: list[PictureOut]
    sources: list[SourceOut]
    newer_revision: int | None
    exercises: list[ExerciseOut]


def topics_shown(counted: Sequence[tuple[str, int]]) -> TopicsOut:
    """Returns topics with the numbers of their lessons, in their order."""
    known = sorted(
        ((topic_of(name), count) for name, count in counted), key=lambda each: (each[0].order, each[0].topic)
    )
    items = [
        TopicOut(topic=topic.topic, title=topic.title, description=topic.description, order=topic.order, lessons=count)
        for topic, count in known
    ]
    return TopicsOut(items=items)


def lesson_shown(lesson_id: UUID, row: Row[Any], person: UUID | None, newest: int) -> LessonOut:
    """Returns a lesson as a person sees it, from the row of a revision. Everybody without a token sees the same."""
    exercises = [exercise_of(each) for each in row.content["exercises"]]
    fields = {name: value for name, value in row.content.items() if name in LessonOut.model_fields}
    pictures = {each["name"]: StoredPicture.model_validate(each) for each in row.pictures}
    seed = shuffle_seed(person, lesson_id, row.revision)
    return LessonOut.model_validate(
        {
            **fields,
            "id": lesson_id,
            "revision": row.revision,
            "content": row.content["text"],
            "content_html": row.html,
            "media": pictures_shown(row.content["media"], pictures),
            "newer_revision": newest if newest > row.revision else None,
            "exercises": [ExerciseOut(exercise_shown(each, seed)) for each in exercises],
        }
    )


def pictures_shown(named: Sequence[dict[str, Any]], stored: dict[str, StoredPicture]) -> list[PictureOut]:
    """Returns the pictures that a lesson names and that are stored."""
    return [
        PictureOut(
            name=each["name"],
            url=stored[each["name"]].url,
            media_type=stored[each["name"]].media_type,
            size=stored[each["name"]].size,
            alt=each["alt"],
            licence=each["licence"],
        )
        for each in named
        if each["name"] in stored
    ]
