"""Defines the chassis's tables, one set in each service's schema. Only the statements of `delivery` write them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

TIME = sa.DateTime(timezone=True)
NOW = sa.text("now()")
#: the mark (`info`) of a column of texts that are all ours, such as a status: it holds nobody's words, so the server
#: may keep its values in its statistics
OURS = {"ours": True}
#: the table that `chassis.privacy.recipients` writes
RECIPIENTS = "recipients"
#: the columns that a change of a managed resource sets besides its own
NEXT_VERSION: dict[str, Any] = {"version": sa.text("version + 1"), "updated_at": NOW}


def among(column: sa.ColumnElement[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
    """Selects the rows with some values by one array, so that the statement is the same for any number of them."""
    return column == sa.any_(sa.bindparam(None, sorted(values), ARRAY(column.type)))


def is_ours(column: sa.Column[Any]) -> bool:
    """Tells whether a column has the mark `OURS`."""
    return bool(column.info.get("ours"))


def delivery_tables(metadata: sa.MetaData) -> None:
    """Adds the chassis's tables to a service's metadata.

    They must say what the migrations of each service create: `make check` compares the two.
    """
    _inbox(metadata)
    _outbox(metadata)
    _endings(metadata)
    _later(metadata)
    _retention(metadata)


def idempotency_table(metadata: sa.MetaData, name: str = "idempotency") -> None:
    """Adds the records of quick writes to the metadata of a service that serves routes."""
    sa.Table(
        name,
        metadata,
        sa.Column("person_id", UUID(), primary_key=True),  # all zeros for an anonymous caller
        sa.Column("route", sa.Text, primary_key=True, info=OURS),  # method and path template
        sa.Column("key_hash", sa.LargeBinary, primary_key=True),  # SHA-256 of the client's key, else the operation id
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.SmallInteger),  # status of the first answer; never null once committed
        sa.Column("resource_id", UUID()),
        sa.Column("version", sa.BigInteger),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Index(f"{name}_expired", "expires_at"),
    )


def recipients_table(metadata: sa.MetaData) -> None:
    """Adds to a service's metadata to whom outside something of each person may have gone: an erasure names them."""
    sa.Table(
        RECIPIENTS,
        metadata,
        sa.Column("person_id", UUID(), primary_key=True),
        sa.Column("recipient", sa.Text, primary_key=True, info=OURS),  # as consents call it
        sa.Column("own_key", sa.Boolean, primary_key=True),  # whether it was sent with a key of the person's own
        sa.Column("first_at", TIME, nullable=False, server_default=NOW),
    )


def managed_columns() -> tuple[sa.Column[Any], ...]:
    """Returns the columns that a managed resource has: `id`, `version`, `created_at`, `updated_at`.

    Each UPDATE of what a client sees sets `NEXT_VERSION` too.
    """
    return (
        sa.Column("id", UUID(), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("created_at", TIME, nullable=False, server_default=NOW),
        sa.Column("updated_at", TIME, nullable=False, server_default=NOW),
    )


def _endings(metadata: sa.MetaData) -> None:
    """Defines the tables of ended things: ended jobs, media to delete, erased people, erasures to confirm."""
    sa.Table(
        "cancelled_jobs",
        metadata,
        sa.Column("job_id", UUID(), primary_key=True),
        sa.Column("outcome", sa.Text, primary_key=True),  # cancelled | failed
        sa.Column("retry", sa.Integer, nullable=False, server_default="0"),
        sa.Column("recorded_at", TIME, nullable=False, server_default=NOW),
    )
    sa.Table(
        "media_deletions",
        metadata,
        sa.Column("ref", sa.Text, primary_key=True),
        sa.Column("job_id", UUID()),
        sa.Column("requested_at", TIME, nullable=False, server_default=NOW),
        sa.Column("deleted_at", TIME),
        sa.Column("tried_at", TIME),
        sa.Index(
            "media_deletions_due",
            sa.text("tried_at NULLS FIRST"),
            "requested_at",
            postgresql_where=sa.text("deleted_at IS NULL"),
        ),
        sa.Index("media_deletions_job", "job_id"),
    )
    sa.Table(
        "erased_people",
        metadata,
        sa.Column("person_id", UUID(), primary_key=True),
        sa.Column("erased_at", TIME, nullable=False, server_default=NOW),
    )
    sa.Table(
        "erasure_work",
        metadata,
        sa.Column("person_id", UUID(), primary_key=True),
        sa.Column("erasure_id", UUID()),  # none: nobody waits to hear of it
        sa.Column("counts", JSONB, nullable=False),  # deleted rows by table
        sa.Column("media", sa.Integer, nullable=False, server_default="0"),
        # objects whose deletion was asked for
        sa.Column("refs", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]")),
    )


def _later(metadata: sa.MetaData) -> None:
    """Defines the tables of waiting things: dead letters, timers, effects."""
    sa.Table(
        "dead_letters",
        metadata,
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("id", UUID(), primary_key=True),
        sa.Column("job_id", UUID()),
        sa.Column("body", sa.LargeBinary),
        sa.Column("headers", JSONB),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("problem", JSONB),
        sa.Column("died_at", TIME, nullable=False),
        sa.Column("failures", JSONB),
        sa.Column("original", JSONB),
    )
    sa.Table(
        "timers",
        metadata,
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("message", JSONB, nullable=False),
        sa.Index("timers_due", "due_at"),
    )
    sa.Table(
        "effects",
        metadata,
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),  # intended | done | unknown (given up)
        sa.Column("result", JSONB),
        sa.Column("changed_at", TIME, nullable=False, server_default=NOW),
    )


def _retention(metadata: sa.MetaData) -> None:
    """Defines the tables of what is kept for how long: when each person was active, and whose turn it is to delete."""
    sa.Table(
        "person_activity",
        metadata,
        sa.Column("person_id", UUID(), primary_key=True),
        sa.Column("day", sa.Date, nullable=False),  # UTC; periods begin with its end
        sa.Column("child", sa.Boolean, nullable=False),  # or of unknown age
        sa.Column("noted_at", TIME, nullable=False),
        sa.Index("person_activity_day", "day"),
    )
    sa.Table(
        "retention_turns",
        metadata,
        sa.Column("name", sa.Text, primary_key=True),  # worker | media
        sa.Column("owner", UUID()),
        sa.Column("until", TIME, nullable=False),  # of the worker's turn; media deleted until then are counted
    )


def _inbox(metadata: sa.MetaData) -> None:
    sa.Table(
        "inbox",
        metadata,
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("id", UUID(), primary_key=True),
        sa.Column("job_id", UUID()),
        sa.Column("body", sa.LargeBinary),
        sa.Column("headers", JSONB),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("owner", UUID()),
        sa.Column("done_at", TIME),
        sa.Column("outcome", sa.Text),  # ok | dead | cancelled | gone | erased | revoked | dropped
        sa.Column("problem", JSONB),
        sa.Column("failures", JSONB),  # of each failed try its number, its time, the error's type and place
        sa.Column("original", JSONB),  # headers and body as they were before an operator has edited them
        sa.Index("inbox_due", "consumer", "due_at", postgresql_where=sa.text("done_at IS NULL")),
        sa.Index("inbox_open_job", "job_id", postgresql_where=sa.text("done_at IS NULL")),
        sa.Index("inbox_dead", "consumer", "id", postgresql_where=sa.text("outcome = 'dead'")),
        postgresql_partition_by="RANGE (id)",
    )


def _outbox(metadata: sa.MetaData) -> None:
    sa.Table(
        "outbox",
        metadata,
        sa.Column("id", UUID(), primary_key=True),
        sa.Column("job_id", UUID()),
        sa.Column("turn", sa.BigInteger),
        sa.Column("exchange", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("claimed_until", TIME, nullable=False),
        sa.Column("ready_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.Index("outbox_due", "claimed_until"),
    )
