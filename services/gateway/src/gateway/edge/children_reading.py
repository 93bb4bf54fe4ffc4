"""Reads what a guardian may see of a child: the consents, and how much is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.storage.database import Database
from chassis.storage.statement import Repeatable
from chassis.web.problems import not_found
from contracts.views import ASSESSMENTS, FEEDBACK, NOTIFICATIONS, View
from gateway.consents import evidence, guardians
from gateway.consents.guardians import Link
from gateway.edge.auth import accounts
from gateway.edge.consent_schemas import ChildOut, ConsentOut, StoredOut
from gateway.edge.context import GatewayContext

# $1 person: what the gateway's tables hold now, by class
_OWN = Repeatable("""
SELECT 'recording' AS kind, count(*) AS number, min(created_at) AS oldest_at
  FROM jobs WHERE person_id = $1 AND finished_at IS NULL AND recording_bytes IS NOT NULL
UNION ALL
SELECT 'job_log', count(*), min(created_at) FROM jobs WHERE person_id = $1
UNION ALL
SELECT 'session', count(*), min(created_at) FROM sessions WHERE person_id = $1
UNION ALL
SELECT 'security_event', count(*), min(time) FROM security_events WHERE person_id = $1
UNION ALL
SELECT 'consent', count(*), min(at) FROM consents WHERE person_id = $1
""")
# $1 person. The same of the other services, by the view that each is counted in.
_BY_VIEW: Sequence[tuple[View, str]] = (
    (
        ASSESSMENTS,
        Repeatable(f"""
SELECT 'transcript' AS kind, count(transcript) AS number, min(created_at) AS oldest_at
  FROM api.{ASSESSMENTS.name} WHERE person_id = $1
UNION ALL
SELECT 'assessment', count(*), min(created_at) FROM api.{ASSESSMENTS.name} WHERE person_id = $1
"""),
    ),
    (
        FEEDBACK,
        Repeatable(f"""
SELECT 'feedback' AS kind, count(*) AS number, min(created_at) AS oldest_at
  FROM api.{FEEDBACK.name} WHERE person_id = $1
"""),
    ),
    (
        NOTIFICATIONS,
        Repeatable(f"""
SELECT 'notification' AS kind, count(*) AS number, min(scheduled_time) AS oldest_at
  FROM api.{NOTIFICATIONS.name} WHERE person_id = $1
"""),
    ),
)
_THERE = Repeatable("SELECT to_regclass('api.' || $1::text) IS NOT NULL AS there")


async def linked_child(person: UUID, made: UUID, ctx: GatewayContext) -> ChildOut:
    """Shows a child to a guardian. Raises 404 for anybody else, and for a child who was erased."""
    for link in await guardians.of_child(ctx.database, made):
        if link.person == person:
            return await child_of(ctx, Link(made, link.linked_at))
    raise not_found()


async def child_of(ctx: GatewayContext, link: Link) -> ChildOut:
    """Shapes the child of a link. Raises 404 for one who was erased."""
    account = await accounts.by_id(ctx.database, link.person)
    if account is None:
        raise not_found()
    decided = await evidence.of_person(ctx.database, link.person)
    rows = await _stored(ctx.database, link)
    return ChildOut(
        id=account.id,
        username=account.username,
        age_band=ctx.ages.band(account.born, ctx.clock()),
        linked_at=link.linked_at,
        consents=[ConsentOut.of(each, account.at) for each in decided.values()],
        stored=[
            StoredOut.model_validate(
                {"class": row.kind, "items": row.number, "oldest_at": row.oldest_at, "deleted_by": None}
            )
            for row in rows
            if row.number
        ],
    )


async def _stored(database: Database, link: Link) -> list[Row[Any]]:
    """Counts what is stored; a service that publishes no view has stored nothing yet."""
    rows = list(await database.fetch(_OWN, link.person))
    for view, statement in _BY_VIEW:
        [there] = await database.fetch(_THERE, view.name)
        if there.there:
            rows += await database.fetch(statement, link.person)
    return rows
