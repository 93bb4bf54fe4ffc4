"""Holds the tables of notify, as the code knows them: the chassis's, to which each vertical adds its own."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.storage.tables import delivery_tables, idempotency_table, recipients_table

METADATA = sa.MetaData()
delivery_tables(METADATA)
idempotency_table(METADATA)
recipients_table(METADATA)
