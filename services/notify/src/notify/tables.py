"""Holds the tables of notify, as the code knows them: the chassis's, to which each vertical adds its own."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.storage.tables import delivery_tables, idempotency_table

METADATA = sa.MetaData()
delivery_tables(METADATA)
idempotency_table(METADATA)


def led_to(table: str, recipient: str) -> str:
    """Returns the name of the count of rows that led to a recipient."""
    return f"{table} to {recipient}"
