"""Selects what an export holds: of each lesson a file that an import takes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal

import sqlalchemy as sa

from chassis.handler import Rows
from content.lessons.draft import StoredPicture
from content.lessons.tables import entries, revisions

LESSON = "lesson"
#: entries that are read at a time
_PAGE = 50


async def exported(
    rows: Rows, select: sa.Select[Any], status: Literal["draft", "published", "retired"] | None
) -> AsyncIterator[tuple[str, str, Sequence[StoredPicture]]]:
    """Yields path, file and pictures of each lesson of a select of entries, in the order of their keys.

    By the status “published” or “retired” it is the file that learners see, else the newest one that could be read as
    the lesson of its key. A lesson without such a file is left out.
    """
    seen = status in ("published", "retired")
    after = ""
    while True:
        page = (
            select.join(revisions, revisions.c.entry_id == entries.c.id)
            .add_columns(revisions.c.source, revisions.c.pictures)
            .where(entries.c.kind == LESSON, entries.c.key.collate("C") > after)
            .where(revisions.c.revision == (entries.c.published_revision if seen else _newest()))
            .order_by(entries.c.key.collate("C"))
            .limit(_PAGE)
        )
        found = (await rows.execute(page if status is None else page.where(entries.c.status == status))).all()
        for row in found:
            after = row.key
            yield f"{row.key}.md", row.source, [StoredPicture.model_validate(each) for each in row.pictures]
        if len(found) < _PAGE:
            return


def _newest() -> sa.ScalarSelect[Any]:
    """Selects the number of an entry's newest revision that is the lesson of its key."""
    each = revisions.alias()
    is_lesson = each.c.content["key"].astext == entries.c.key
    return sa.select(sa.func.max(each.c.revision)).where(each.c.entry_id == entries.c.id, is_lesson).scalar_subquery()
