"""Lists newest first: where a page goes on."""

from __future__ import annotations

from uuid import UUID

from chassis.web.cursor import read_cursor
from chassis.web.listing import PageQuery


def before(query: PageQuery) -> UUID | None:
    """Returns the id that a page goes on from, None for the first page. Raises the 422 of a cursor of another list."""
    if query.cursor is None:
        return None
    last: UUID = read_cursor(query.cursor, UUID, UUID, query.bound())[1]
    return last
