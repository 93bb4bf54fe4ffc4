"""Holds the metadata of content's schema with the chassis's tables. Each vertical adds its own tables."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.storage.tables import delivery_tables, idempotency_table, recipients_table

METADATA = sa.MetaData()
delivery_tables(METADATA)
idempotency_table(METADATA)
recipients_table(METADATA)
