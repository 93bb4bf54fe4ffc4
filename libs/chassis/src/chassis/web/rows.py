"""Reads the one row that a request is about, to show it or to change it."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row

from chassis.handler import Rows
from chassis.web.etag import IfMatch
from chassis.web.problems import not_found


async def read_row(rows: Rows, select: sa.Select[Any], **parameters: Any) -> Row[Any]:
    """Reads the row that a statement selects; `parameters` are those of a constant one. Raises 404 without a row."""
    row = (await rows.execute(select, parameters or None)).first()
    if row is None:
        raise not_found()
    return row


async def lock_row(rows: Rows, select: sa.Select[Any], if_match: IfMatch, **parameters: Any) -> Row[Any]:
    """Reads a row that is about to be changed, and locks it until the transaction ends.

    Raises 404 for a missing row, and 412 or 428 for a caller who has not read its present version.
    """
    locking = _locking(select) if parameters else select.with_for_update()
    row = await read_row(rows, locking, **parameters)
    if_match.check(row.version)
    return row


@cache
def _locking(select: sa.Select[Any]) -> sa.Select[Any]:
    """Returns the locking form of a constant statement."""
    return select.with_for_update()
