"""Lists come in pages: `?limit=` and `?cursor=`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Query

from chassis.web.cursor import read_cursor
from chassis.web.listing import Listed, PageQuery
from chassis.web.problems import invalid

R = TypeVar("R")
T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=100, description="How many to return at most.")]
Cursor = Annotated[str | None, Query(max_length=100, description="`next_cursor` of the page before.")]


def before(query: PageQuery) -> UUID | None:
    """Returns the id that a page goes on from, newest first. Raises the 422 of a cursor of another list."""
    if query.cursor is None:
        return None
    last: UUID = read_cursor(query.cursor, UUID, UUID, query.bound())[1]
    return last


def last_seen(cursor: str | None) -> UUID | None:
    """Returns the id that a page goes on from. Raises a 422 for a cursor that this API did not make."""
    if cursor is None:
        return None
    try:
        return UUID(cursor)
    except ValueError:
        raise invalid(("cursor", "is not a cursor of this list")) from None


def page(rows: Sequence[R], limit: int, shape: Callable[[R], T], key: Callable[[R], UUID]) -> Listed[T]:
    """Makes a page from up to `limit + 1` rows; the last one only shows that there are more."""
    shown = rows[:limit]
    return Listed(
        items=[shape(row) for row in shown],
        next_cursor=str(key(shown[-1])) if len(rows) > limit else None,
    )
