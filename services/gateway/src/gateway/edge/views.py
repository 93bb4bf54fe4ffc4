"""Reads the versioned views that other services publish in schema `api`. A missing view becomes a 503."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.sql.expression import Executable, TableClause

from chassis.storage.database import Database
from contracts import views
from contracts.views import View

#: SQLAlchemy's types by the names in Postgres
_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "boolean": sa.Boolean(),
    "double precision": sa.Double(),
    "integer": sa.Integer(),
    "jsonb": JSONB(),
    "smallint": sa.SmallInteger(),
    "text": sa.Text(),
    "text[]": ARRAY(sa.Text),
    "timestamp with time zone": sa.DateTime(timezone=True),
    "uuid": UUID(),
}


def _readable(view: View) -> TableClause:
    return sa.table(view.name, *(sa.column(name, _TYPES[kind]) for name, kind in view.columns.items()), schema="api")


TWISTERS = _readable(views.TWISTERS)
ATTEMPT_NEXT = _readable(views.ATTEMPT_NEXT)
ASSESSMENTS = _readable(views.ASSESSMENTS)
MEDIA = _readable(views.MEDIA)
FEEDBACK = _readable(views.FEEDBACK)


async def rows(database: Database, statement: Executable) -> Sequence[Row[Any]]:
    """Returns all rows of one query."""
    async with database.transaction() as tx:
        return (await tx.execute(statement)).all()


async def first(database: Database, statement: Executable) -> Row[Any] | None:
    """Returns the first row of one query."""
    found = await rows(database, statement)
    return found[0] if found else None
