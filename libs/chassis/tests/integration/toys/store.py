"""Reads and writes toys in the database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row

from chassis.handler import Rows
from chassis.storage.tables import NEXT_VERSION
from chassis.web.etag import IfMatch
from chassis.web.patch import Patch, fields_of
from chassis.web.rows import lock_row
from libs.chassis.tests.integration.toys.tables import toys
from libs.chassis.tests.integration.toys.toy import ToyFields


def one(toy_id: UUID) -> sa.Select[Any]:
    """Selects one toy."""
    return sa.select(toys).where(toys.c.id == toy_id)


async def add(rows: Rows, toy_id: UUID, fields: ToyFields) -> Row[Any]:
    """Adds a new toy."""
    return (await rows.execute(sa.insert(toys).values(id=toy_id, **fields.model_dump()).returning(toys))).one()


async def edit(rows: Rows, toy_id: UUID, patch: Patch[ToyFields], if_match: IfMatch) -> tuple[Row[Any], bool]:
    """Edits a toy; returns it as it stands afterwards, and whether it was changed."""
    toy = await lock_row(rows, one(toy_id), if_match)
    changes = patch.changes(fields_of(ToyFields, toy))
    if not changes:
        return toy, False
    statement = sa.update(toys).where(toys.c.id == toy_id).values(changes | NEXT_VERSION).returning(toys)
    return (await rows.execute(statement)).one(), True


async def delete(rows: Rows, toy_id: UUID, if_match: IfMatch) -> Row[Any]:
    """Deletes a toy; returns it as it was."""
    toy = await lock_row(rows, one(toy_id), if_match)
    await rows.execute(sa.delete(toys).where(toys.c.id == toy_id))
    return toy


def shine(with_what: str) -> str:
    """Returns how a toy shines once it was polished."""
    return f"shines with {with_what}"


async def polish(rows: Rows, toy_id: UUID, version: int, with_what: str) -> bool:
    """Notes how a toy shines; False when it is gone, or has another version, also once its lock was waited for."""
    statement = sa.update(toys).where(toys.c.id == toy_id, toys.c.version == version)
    values = {"note": shine(with_what), **NEXT_VERSION}
    return (await rows.execute(statement.values(values).returning(toys.c.id))).first() is not None
