"""Reads the cursor of a list that is sorted newest first."""

from __future__ import annotations

from typing import Annotated, Any, get_origin
from uuid import UUID

from fastapi import Depends, Request

from chassis.web.cursor import read_cursor, refused
from chassis.web.listing import PageQuery
from chassis.web.validation import QueryInput, check_query


async def _once(request: Request) -> None:
    """Refuses a query parameter that was sent twice, which FastAPI would read as the last one."""
    check_query(request.scope["query_string"], PageQuery.model_fields)


#: a parameter of operations that list, after the caller's
Once = Annotated[None, Depends(_once)]


def once(query: type[QueryInput]) -> Any:
    """Returns the dependency that does the same for a list with filters; those that are lists may come again."""
    fields = {field.alias or name: get_origin(field.annotation) is list for name, field in query.model_fields.items()}
    again = tuple(f"{name}=".encode() for name, is_list in fields.items() if is_list)

    async def check(request: Request) -> None:
        parts = request.scope["query_string"].split(b"&")
        check_query(b"&".join(part for part in parts if not part.startswith(again)), fields)

    return Depends(check)


def before(query: PageQuery) -> UUID | None:
    """Returns the id after which a page begins; None for the first page. Raises 422 for a cursor of another list."""
    if query.cursor is None:
        return None
    last: UUID
    key, last = read_cursor(query.cursor, UUID, UUID, query.bound())
    if key != last:  # these lists are sorted by the id
        raise refused()
    return last
