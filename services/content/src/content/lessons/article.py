"""Defines an article: an announcement, a question with its answer, or a page. It is a title and a text."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from content.lessons.lesson import Language

ArticleKind = Literal["announcement", "faq", "page"]


class Article(BaseModel):
    """Holds an article as its file has it; `text` is CommonMark. Its `key` is a slug, unique in its kind, for ever."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    title: str
    summary: str = ""
    language: Language = "en"
    text: str
