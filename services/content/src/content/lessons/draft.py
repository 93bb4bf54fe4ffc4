"""Makes of a file what a revision stores: the file, the lesson, its HTML and where its pictures are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from content.lessons.lesson import Lesson
from content.lessons.markdown import render
from content.lessons.parse import LESSON, Parsed

#: the prefix of pictures in the media store, and the path at which they are served
PREFIX, SERVED = "lessons", "/media/lessons"


class StoredPicture(BaseModel):
    """Says where a picture is kept: under its SHA-256, so what is served never changes."""

    model_config = ConfigDict(frozen=True)

    name: str
    sha256: str
    media_type: str
    size: int

    @property
    def key(self) -> str:
        """Returns its key in the media store."""
        return f"{PREFIX}/{self.sha256}"

    @property
    def url(self) -> str:
        """Returns the path at which it is served."""
        return f"{SERVED}/{self.sha256}"


@dataclass(frozen=True, slots=True)
class Draft:
    """Holds a revision that is to be stored.

    `content` and `html` are None while the file has mistakes in its fields.
    """

    kind: str
    key: str
    title: str
    description: str
    topic: str | None
    source: str
    content: Mapping[str, Any] | None
    html: str | None
    pictures: tuple[StoredPicture, ...]


def draft_of(parsed: Parsed, pictures: Sequence[StoredPicture], *, key: str, kind: str = LESSON) -> Draft:
    """Returns the revision of a file; `pictures` are those at hand, of which it keeps what a lesson names.

    `key` names a file that cannot be read well enough to have one.
    """
    lesson, article = parsed.lesson, parsed.article
    if article is not None:
        content, html = article.model_dump(mode="json"), render(article.text, {})
        return Draft(kind, article.key, article.title, article.summary, None, parsed.source, content, html, ())
    if lesson is None:
        return Draft(kind, key, key, "", None, parsed.source, None, None, tuple(pictures))
    named = {each.name for each in lesson.media}
    kept = tuple(each for each in pictures if each.name in named)
    return Draft(
        LESSON,
        lesson.key,
        lesson.title,
        lesson.summary,
        lesson.topic,
        parsed.source,
        lesson.model_dump(mode="json"),
        html_of(lesson, kept),
        kept,
    )


def html_of(lesson: Lesson, pictures: Sequence[StoredPicture]) -> str:
    """Returns a lesson's text as HTML, with the addresses of its pictures."""
    alts = {each.name: each.alt for each in lesson.media}
    return render(lesson.text, {each.name: (each.url, alts.get(each.name, "")) for each in pictures})
