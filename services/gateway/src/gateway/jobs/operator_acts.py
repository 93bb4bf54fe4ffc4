"""Writes and reads what operators did: who, when, what, on what, and why. Nothing else writes these rows.

What changes the gateway's own rows is recorded in the transaction that changes them. What another service changes is
begun before it is asked and settled afterwards, so that nothing is done without a row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row

from chassis.message.envelope import new_id
from chassis.storage.database import Database
from gateway.tables import OPERATOR_ACTS

#: what an operator may do; those that end in `_read` and `_shown` change nothing
Act = Literal[
    "audit_read",
    "backup_made",
    "backup_restored",
    "database_migrated",
    "dead_letter_dropped",
    "dead_letter_edited",
    "dead_letter_retried",
    "dead_letter_shown",
    "dead_letters_read",
    "event_shown",
    "events_read",
    "events_revealed",
    "installation_destroyed",
    "job_cancelled",
    "job_resent",
    "job_shown",
    "jobs_read",
    "learning_rebuilt",
    "learning_regraded",
    "person_erased",
    "replay_begun",
    "replay_cancelled",
    "replay_resumed",
    "role_granted",
    "topology_applied",
]
#: how it ended
Outcome = Literal["done", "unchanged", "refused", "failed"]

#: most characters of a reason
REASON_MAX = 500

# Arrays: $1 ids $2 acts $3 actor_ids $4 operators $5 objects $6 person_ids $7 reasons $8 outcomes $9 details
_RECORD = """
INSERT INTO operator_acts (id, act, actor_id, operator, object, person_id, reason, outcome, settled_at, detail)
SELECT id, act, actor_id, operator, object, person_id, reason, outcome, now(), detail
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::text[],
              $9::jsonb[]) AS a(id, act, actor_id, operator, object, person_id, reason, outcome, detail)
 ORDER BY id
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """Names who acts: an account, or somebody at the command line as `user@host`."""

    account: UUID | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatorAct:
    """Describes one act. `object` is the id of what it was done to, empty where it is no single thing.

    `person` is whom the object is about. `detail` holds filters and counts: no secret, no address, nothing that a
    person wrote.
    """

    act: Act
    by: Operator
    object: str = ""
    person: UUID | None = None
    reason: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


class Place(Protocol):
    """Describes where an act is written: the transaction of the change, or the database where there is none."""

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        """Runs one constant statement."""


async def record(place: Place, *acts: OperatorAct, outcome: Outcome = "done") -> list[UUID]:
    """Writes acts, in the transaction that does them; returns their ids."""
    ids = [new_id() for _ in acts]
    await place.fetch(
        _RECORD,
        ids,
        [each.act for each in acts],
        [each.by.account for each in acts],
        [each.by.name for each in acts],
        [each.object for each in acts],
        [each.person for each in acts],
        [each.reason for each in acts],
        [outcome for _ in acts],
        [json.dumps(dict(each.detail)) for each in acts],
    )
    return ids


async def read_act(database: Database, id: UUID) -> Row[Any] | None:
    """Reads one act."""
    async with database.transaction() as tx:
        return (await tx.execute(sa.select(OPERATOR_ACTS).where(OPERATOR_ACTS.c.id == id))).one_or_none()


async def read_acts(
    database: Database,
    *,
    act: str | None = None,
    object: str | None = None,
    person: UUID | None = None,
    actor: UUID | None = None,
    after: datetime | UUID | None = None,
    before: UUID | None = None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Reads acts, newest first: of a kind, on an object, about a person, by an account, later, older than an act."""
    columns = OPERATOR_ACTS.c
    conditions: list[sa.ColumnElement[bool]] = []
    wanted = ((columns.act, act), (columns.object, object), (columns.person_id, person), (columns.actor_id, actor))
    conditions += [column == value for column, value in wanted if value is not None]
    if after is not None:
        conditions.append(columns.id > after if isinstance(after, UUID) else columns.time > after)
    if before is not None:
        conditions.append(columns.id < before)
    select = sa.select(OPERATOR_ACTS).where(*conditions).order_by(columns.id.desc()).limit(limit)
    async with database.transaction() as tx:
        return (await tx.execute(select)).all()
