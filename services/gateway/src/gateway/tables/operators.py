"""Defines the table of what operators did to messages, jobs and the installation."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis.storage.tables import NOW, OURS, TIME
from gateway.tables.metadata import METADATA

# Who did what, when, on what and why. Another service's rows change in a transaction of that service, so the act is
# written before and settled after; one that stays without an outcome may or may not have been done.
OPERATOR_ACTS = sa.Table(
    "operator_acts",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),  # in order of time
    sa.Column("time", TIME, nullable=False, server_default=NOW),
    sa.Column("act", sa.Text, nullable=False, info=OURS),
    sa.Column("actor_id", UUID()),  # the account; null at the command line; of the erased, the erasure
    sa.Column("operator", sa.Text),  # user@host at the command line; null for an account
    sa.Column("object", sa.Text, nullable=False),  # the id of a dead letter, a job, a replay …; empty: no single one
    sa.Column("person_id", UUID()),  # whom the object is about, if that is known; of the erased, the erasure
    sa.Column("reason", sa.Text),
    sa.Column("outcome", sa.Text, info=OURS),  # done | unchanged | refused | failed
    sa.Column("settled_at", TIME),
    sa.Column("detail", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),  # filters and counts
    sa.Index("operator_acts_of_person", "person_id", "id"),
    sa.Index("operator_acts_of_object", "object", "id"),
    sa.Index("operator_acts_time", "time"),
    sa.Index("operator_acts_actor", "actor_id", postgresql_where=sa.text("actor_id IS NOT NULL")),
)
