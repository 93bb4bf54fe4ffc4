"""Reads attempts: joins the accepted commands of a person's jobs with the services' views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row

from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.web.listing import Listed, PageQuery, page_of
from contracts.catalogue import ATTEMPT
from contracts.gateway import AssessAttempt
from gateway.consents import kept_recordings
from gateway.edge import views
from gateway.edge.attempts.schemas import AttemptOut, Published, compose
from gateway.edge.pagination import before
from gateway.jobs import reading as jobs


async def one(database: Database, keys: Keys, person: UUID, attempt_id: UUID) -> AttemptOut | None:
    """Reads one attempt of a person."""
    head = await jobs.read_head(database, attempt_id, person)
    if head is None or head.kind != ATTEMPT.name:
        return None
    return (await _composed(database, keys, person, [head]))[0]


async def find_twister(database: Database, twister_id: UUID) -> Row[Any] | None:
    """Finds a twister in content's view; None for a twister that does not exist or was deleted."""
    return await views.first(database, sa.select(views.TWISTERS).where(views.TWISTERS.c.id == twister_id))


async def some(database: Database, keys: Keys, person: UUID, query: PageQuery) -> Listed[AttemptOut]:
    """Reads one page of a person's attempts, newest first."""
    heads = await jobs.list_jobs(database, person, kind=ATTEMPT.name, limit=query.limit + 1, before_id=before(query))
    composed = await _composed(database, keys, person, heads)
    return page_of(composed, query, lambda attempt: attempt, lambda attempt: (attempt.id, attempt.id))


async def _composed(database: Database, keys: Keys, person: UUID, heads: Sequence[jobs.JobHead]) -> list[AttemptOut]:
    if not heads:
        return []
    ids = [head.id for head in heads]
    commands = await jobs.first_commands(database, keys, ids, person)
    published = await _published(database, person, ids)
    return [
        compose(head, AssessAttempt.model_validate_json(commands[head.id].body), published[head.id]) for head in heads
    ]


async def _published(database: Database, person: UUID, ids: list[UUID]) -> dict[UUID, Published]:
    async def by_attempt(view: sa.TableClause) -> dict[UUID, Row[Any]]:
        found = sa.select(view).where(view.c.attempt_id.in_(ids), view.c.person_id == person)
        return {row.attempt_id: row for row in await views.rows(database, found)}

    deletions = sa.select(views.MEDIA).where(views.MEDIA.c.job_id.in_(ids))
    assessed, given = await by_attempt(views.ASSESSMENTS), await by_attempt(views.FEEDBACK)
    following = await by_attempt(views.ATTEMPT_NEXT)
    media = {row.job_id: row for row in await views.rows(database, deletions)}
    kept = await kept_recordings.there(database, ids)
    return {
        each: Published(assessed.get(each), given.get(each), following.get(each), media.get(each), each in kept)
        for each in ids
    }
