"""Builds lists with filters, sorts and pages. `listing` alone in this layer writes SQL: it returns a select."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel, Field
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from chassis.handler import Rows
from chassis.storage.errors import is_data_error
from chassis.web.cursor import read_cursor, refused, write_cursor
from chassis.web.problems import invalid
from chassis.web.validation import QueryInput

R = TypeVar("R")
T = TypeVar("T")

#: by the name of a query parameter, the condition that its value sets for the rows
Filters = Mapping[str, Callable[[Any], sa.ColumnElement[bool]]]
#: by the name in `sort`, the column or expression to sort by
Sorts = Mapping[str, sa.ColumnElement[Any]]
#: the sort key and the id of a row
Place = tuple[object, object]
_KEY, _ID = "sort_key", "sort_id"


class PageQuery(QueryInput):
    """Asks for one page of a list that has one order. A list adds its filters."""

    limit: int = Field(20, ge=1, le=100, description="How many to return at most.")
    cursor: str | None = Field(None, max_length=1000, description="`next_cursor` of the page before.")

    def bound(self) -> dict[str, Any]:
        """Returns the fields that a cursor is bound to: all except those of the page itself."""
        return {"of": type(self).__name__, **self.model_dump(mode="json", exclude={"limit", "cursor"})}


class ListQuery(PageQuery):
    """Asks for one page. A list adds its filters and its `sort`, whose name begins with “-” for descending."""

    sort: str = Field("id", description="What to sort by; “-” before it: descending.")


class Listed(BaseModel, Generic[T]):
    """Holds one page. Pass `next_cursor` unchanged as `?cursor=`; it is null on the last page."""

    items: list[T]
    next_cursor: str | None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """Returns the name in the public document: of `TwisterOut` it is `TwisterOutList`."""
        return f"{params[0].__name__}List"


def listing(select: sa.Select[Any], query: ListQuery, *, filters: Filters, sorts: Sorts) -> sa.Select[Any]:
    """Returns `select` with the conditions, the order and the place of one page, one row more than it shows.

    `sorts` has an `id`, which also orders rows with equal sort keys. A parameter that is None sets no condition. Raises
    422 for a cursor of another list. Empty keys come last, in either direction.
    """
    name = query.sort.removeprefix("-")
    if name not in sorts:
        raise invalid(("sort", f"must be one of {', '.join(sorts)}"))
    descending, key, id = query.sort.startswith("-"), sorts[name], sorts["id"]
    for parameter, condition in filters.items():
        value = getattr(query, parameter)
        if value is not None:
            select = select.where(condition(value))
    if query.cursor is not None:
        last = read_cursor(query.cursor, key.type.python_type, id.type.python_type, query.bound())
        if last[0] is None and not _nullable(key):
            raise refused()
        select = select.where(_after(key, id, last, descending))
    order = [id] if name == "id" else [_nulls_last(key, descending), id]
    select = select.add_columns(key.label(_KEY), id.label(_ID))
    return select.order_by(*order[:-1], id.desc() if descending else id).limit(query.limit + 1)


async def read_page(rows: Rows, select: sa.Select[Any], query: ListQuery, shape: Callable[[Row[Any]], T]) -> Listed[T]:
    """Reads the page that `listing` describes; `shape` makes an item of a row.

    Raises 422 for a cursor with a value that no column can hold, which only a forged cursor has.
    """
    try:
        found = (await rows.execute(select)).all()
    except DBAPIError as error:
        if query.cursor is not None and is_data_error(error):
            raise refused() from error
        raise
    return page_of(found, query, shape, lambda row: (row._mapping[_KEY], row._mapping[_ID]))


def page_of(found: Sequence[R], query: PageQuery, shape: Callable[[R], T], place: Callable[[R], Place]) -> Listed[T]:
    """Makes a page from its rows and one more row, which tells that there are more pages.

    `place` returns the sort key and the id of a row.
    """
    shown = found[: query.limit]
    following = write_cursor(*place(shown[-1]), query.bound()) if len(found) > query.limit else None
    return Listed(items=[shape(row) for row in shown], next_cursor=following)


def _nulls_last(key: sa.ColumnElement[Any], descending: bool) -> sa.ColumnElement[Any]:
    ordered = key.desc() if descending else key.asc()
    return ordered.nulls_last() if descending and _nullable(key) else ordered


def _nullable(key: sa.ColumnElement[Any]) -> bool:
    return bool(getattr(key, "nullable", True))


def _after(
    key: sa.ColumnElement[Any], id: sa.ColumnElement[Any], last: tuple[Any, Any], descending: bool
) -> sa.ColumnElement[bool]:
    """Returns the condition for rows after the last one shown. Without empty keys it is one comparison of pairs."""
    value, last_id = last
    later_id: sa.ColumnElement[bool] = id < last_id if descending else id > last_id
    if key is id:
        return later_id
    if value is None:
        return sa.and_(key.is_(None), later_id)
    pair, shown = sa.tuple_(key, id), sa.tuple_(sa.literal(value, key.type), sa.literal(last_id, id.type))
    behind: sa.ColumnElement[bool] = pair < shown if descending else pair > shown
    return sa.or_(behind, key.is_(None)) if _nullable(key) else behind
