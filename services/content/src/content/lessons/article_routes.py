"""Serves announcements, questions with their answers, and pages, as everybody reads them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row

from chassis.web.cache import CATALOGUE
from chassis.web.call import Call
from chassis.web.listing import Filters, Listed, ListQuery, Sorts, listing, read_page
from chassis.web.routes import Routes
from chassis.web.rows import read_row
from content.lessons.article import ArticleKind
from content.lessons.lesson import TOPIC
from content.lessons.tables import entries, revisions

routes = Routes("articles")

SORTS: Sorts = {"id": entries.c.id}
FILTERS: Filters = {
    "kind": lambda kind: entries.c.kind == kind,
    "key": lambda key: entries.c.key == key,
}
_ITEM: dict[str, Any] = {
    "id": "018f6a1e-0000-7000-8000-000000000012",
    "kind": "faq",
    "key": "how-long-is-a-lesson",
    "title": "How long is a lesson?",
    "summary": "Five minutes or so.",
    "language": "en",
    "revision": 1,
    "updated_at": "2026-11-20T10:00:00Z",
}


class ArticleItem(BaseModel):
    """Shows an announcement, a question or a page in a list."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ITEM]})

    id: UUID
    kind: ArticleKind
    key: str
    title: str
    summary: str
    language: str
    revision: int
    updated_at: datetime


class ArticleOut(ArticleItem):
    """Shows it with its text: `content` is CommonMark."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_ITEM, "content": "Five.\n", "content_html": "<p>Five.</p>\n"}]}
    )

    content: str
    content_html: str


class ArticlesQuery(ListQuery):
    """Asks for a page of articles."""

    sort: Literal["-id", "id"] = "-id"
    kind: ArticleKind | None = None
    key: str | None = Field(None, pattern=TOPIC, max_length=60, description="The key of one article of a kind.")


@routes.get("/articles", access=("public",), cache=CATALOGUE)
async def list_articles(query: ArticlesQuery, call: Call) -> Listed[ArticleItem]:
    """Lists what is published besides lessons, the newest first."""
    page = listing(_published(), query, filters=FILTERS, sorts=SORTS)
    return await read_page(call.rows, page, query, lambda row: ArticleItem.model_validate(_item(row)))


@routes.get("/articles/{id}", access=("public",), cache=CATALOGUE)
async def read_article(id: UUID, call: Call) -> ArticleOut:
    """Reads an announcement, a question with its answer, or a page."""
    row = await read_row(call.rows, _published().where(entries.c.id == id))
    return ArticleOut(**_item(row), content=row.content["text"], content_html=row.html)


def _published() -> sa.Select[Any]:
    seen = sa.and_(revisions.c.entry_id == entries.c.id, revisions.c.revision == entries.c.published_revision)
    columns = (revisions.c.content, revisions.c.html, revisions.c.published_at)
    shown = sa.select(entries.c.id, entries.c.kind, entries.c.key, entries.c.published_revision, *columns)
    return shown.join(revisions, seen).where(entries.c.status == "published", entries.c.kind != "lesson")


def _item(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "key": row.key,
        "title": row.content["title"],
        "summary": row.content["summary"],
        "language": row.content["language"],
        "revision": row.published_revision,
        "updated_at": row.published_at,
    }
