"""Holds what all of the gateway's tables belong to."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.storage.tables import delivery_tables, recipients_table

METADATA = sa.MetaData()
delivery_tables(METADATA)
recipients_table(METADATA)
