"""Selects what an export holds: of each lesson and article a file that an import takes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal, get_args

import sqlalchemy as sa

from chassis.handler import Rows
from content.lessons.archive import path_of
from content.lessons.article import ArticleKind
from content.lessons.draft import StoredPicture
from content.lessons.parse import LESSON
from content.lessons.tables import entries, revisions

#: lessons first, then each kind of article
KINDS: tuple[str, ...] = (LESSON, *get_args(ArticleKind))
#: entries that are read at a time
_PAGE = 50


async def exported(
    rows: Rows, select: sa.Select[Any], status: Literal["draft", "published", "retired"] | None
) -> AsyncIterator[tuple[str, str, Sequence[StoredPicture]]]:
    """Yields path, file and pictures of each entry of a select, kind by kind, in the order of their keys.

    By the status “published” or “retired” it is the file that is read by everybody, else the newest one that could be
    read as that of its key. An entry without such a file is left out.
    """
    for kind in KINDS:
        async for key, source, pictures in _of_kind(rows, select, status, kind):
            yield path_of(kind, key), source, pictures


async def _of_kind(
    rows: Rows, select: sa.Select[Any], status: str | None, kind: str
) -> AsyncIterator[tuple[str, str, Sequence[StoredPicture]]]:
    seen = status in ("published", "retired")
    after = ""
    while True:
        page = (
            select.join(revisions, revisions.c.entry_id == entries.c.id)
            .add_columns(revisions.c.source, revisions.c.pictures)
            .where(entries.c.kind == kind, entries.c.key.collate("C") > after)
            .where(revisions.c.revision == (entries.c.published_revision if seen else _newest()))
            .order_by(entries.c.key.collate("C"))
            .limit(_PAGE)
        )
        found = (await rows.execute(page if status is None else page.where(entries.c.status == status))).all()
        for row in found:
            after = row.key
            yield row.key, row.source, [StoredPicture.model_validate(each) for each in row.pictures]
        if len(found) < _PAGE:
            return


def _newest() -> sa.ScalarSelect[Any]:
    """Selects the number of an entry's newest revision that could be read, and has its key."""
    each = revisions.alias()
    has_key = each.c.content["key"].astext == entries.c.key
    return sa.select(sa.func.max(each.c.revision)).where(each.c.entry_id == entries.c.id, has_key).scalar_subquery()
