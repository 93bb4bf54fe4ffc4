"""Defines an article: an announcement, a question with its answer, or a page. It is a title and a text."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from content.lessons.lesson import Language

ArticleKind = Literal["announcement", "faq", "page"]
#: in an archive an article is `articles/<kind>/<slug>.md`; a lesson is never that deep
_FOLDER, _FILE = "articles", ".md"


class Article(BaseModel):
    """Holds an article as its file has it; `text` is CommonMark. Its `key` is a slug, unique in its kind, for ever."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    title: str
    summary: str = ""
    language: Language = "en"
    text: str


def article_path(kind: str, key: str) -> str:
    """Returns the path of an article in an archive."""
    return f"{_FOLDER}/{kind}/{key}{_FILE}"


def article_at(path: str) -> tuple[ArticleKind, str] | None:
    """Returns kind and key of the article that has a path in an archive; None: the path is not that of an article."""
    folder, _, rest = path.partition("/")
    kind, _, name = rest.partition("/")
    for each in get_args(ArticleKind):
        if folder == _FOLDER and kind == each and "/" not in name and name.endswith(_FILE):
            return each, name.removesuffix(_FILE)
    return None
