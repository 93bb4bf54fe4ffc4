"""Defines the tables of what models have cost, as the code knows them. The migrations create them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis.storage.tables import NOW, TIME
from feedback.tables import METADATA

#: US dollars, without a limit of decimals: a token may cost a ten-millionth
_USD = sa.Numeric()

ai_ledger = sa.Table(
    "ai_ledger",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("opened_at", TIME, nullable=False, server_default=NOW),
    sa.Column("day", sa.Date, nullable=False),  # UTC
    sa.Column("person_id", UUID()),  # none: the installation's own, or the person was erased
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("call", sa.Text),  # which call of which message, as in `effects`; none outside a job
    sa.Column("prices", JSONB, nullable=False),  # of the moment: US dollars per million tokens, as text
    sa.Column("estimate", _USD, nullable=False),  # what it was to cost at most
    sa.Column("state", sa.Text, nullable=False),  # open | reported | estimated | unknown
    sa.Column("cost", _USD),  # none while it is open
    sa.Column("input_tokens", sa.Integer),
    sa.Column("output_tokens", sa.Integer),
    sa.Column("settled_at", TIME),
    sa.Index("ai_ledger_person", "person_id", "day"),
    sa.Index("ai_ledger_day", "day"),
    sa.Index("ai_ledger_open", "opened_at", postgresql_where=sa.text("state = 'open'")),
    sa.Index("ai_ledger_call", "call", postgresql_where=sa.text("call IS NOT NULL")),
)

budgets = sa.Table(
    "budgets",
    METADATA,
    sa.Column("day", sa.Date, primary_key=True),  # UTC
    sa.Column("scope", sa.Text, primary_key=True),  # installation | person | role
    sa.Column("name", sa.Text, primary_key=True),  # of the role, the person's id, or empty
    sa.Column("person_id", UUID()),
    sa.Column("cap", _USD),  # at the last reservation; none: there is no limit
    sa.Column("reserved", _USD, nullable=False, server_default="0"),  # by rows of the ledger that are open
    sa.Column("spent", _USD, nullable=False, server_default="0"),
    sa.Column("began_at", TIME, nullable=False, server_default=NOW),
    sa.Index("budgets_person", "person_id"),
)
