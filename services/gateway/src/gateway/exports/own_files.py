"""Makes those files of an export that are no table: the account, consents, security events, and the jobs' streams."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.delivery.export_part import BATCH, json_line
from chassis.privacy.export import MadeFile, Source
from gateway.edge.events import public_event
from gateway.edge.streams.hub import event_of
from gateway.jobs import statements
from gateway.tables import CONSENT_CONFIRMATIONS, CONSENTS, JOBS, PEOPLE, SECURITY_EVENTS

#: jobs whose streams are read at once, and rows of each: a job has a dozen
_JOBS, _ROWS = 50, 10_000
_FIRST = UUID(int=0)
_ACCOUNT = {
    "id": "your id, by which everything else names you",
    "email": "your e-mail address; null: none",
    "email_verified": "whether the address was proven",
    "username": "your user name",
    "sign_in_name": "the name by which a child without an address signs in; null: none",
    "birth_date": "your birth date; null: not given",
    "country": "your country (ISO 3166-1); null: not given",
    "time_zone": "your time zone, by its IANA name",
    "language": "your language (BCP 47)",
    "roles": "what you may do here",
    "created_at": "when the account was made",
    "has_password": "whether the account has a password; the password itself is known to nobody",
}


async def _account(source: Source) -> AsyncIterator[bytes]:
    columns = [PEOPLE.c[name] for name in _ACCOUNT if name in PEOPLE.c]
    select = sa.select(*columns, PEOPLE.c.password_hash.is_not(None).label("has_password"))
    async with source.database.transaction() as tx:
        row = (await tx.execute(select.where(PEOPLE.c.id == source.person))).first()
    if row is not None:
        line = json_line({name: getattr(row, name) for name in _ACCOUNT})
        yield json.dumps(json.loads(line), indent=2, ensure_ascii=False).encode() + b"\n"


async def _consents(source: Source) -> AsyncIterator[bytes]:
    own, confirmed = CONSENTS.c, CONSENT_CONFIRMATIONS.c
    select = sa.select(
        own.id,
        own.purpose,
        own.recipient,
        own.state,
        own.method,
        own.notice_version,
        own.at,
        own.until,
        own.reason,
        confirmed.at.label("confirmed_at"),
        _who(own.by_id, source.person, nobody="Voxbus", another="a guardian"),
    ).select_from(CONSENTS.outerjoin(CONSENT_CONFIRMATIONS, confirmed.consent_id == own.id))
    async for row in _pages(source, select.where(own.person_id == source.person), own.id):
        yield json_line(row)


async def _security(source: Source) -> AsyncIterator[bytes]:
    own = SECURITY_EVENTS.c
    is_own = own.actor_id.is_(None) | (own.actor_id == source.person)
    select = sa.select(
        own.id,
        own.time,
        own.event,
        # those of somebody else are theirs
        sa.case((is_own, own.issuer)).label("issuer"),
        sa.case((is_own, own.network)).label("network"),
        own.detail,
        _who(own.actor_id, source.person, nobody="you", another="somebody else"),
    )
    async for row in _pages(source, select.where(own.person_id == source.person), own.id):
        yield json_line(row)


async def _streams(source: Source) -> AsyncIterator[bytes]:
    """Yields each event of each job as the job's stream shows it, the oldest job first."""
    last = _FIRST
    while True:
        select = sa.select(JOBS.c.id).where(JOBS.c.person_id == source.person, JOBS.c.id > last)
        async with source.database.transaction() as tx:
            jobs = list((await tx.execute(select.order_by(JOBS.c.id).limit(_JOBS))).scalars())
        if not jobs:
            return
        last = jobs[-1]
        rows = await source.database.fetch(statements.READ_ROWS, jobs, [0] * len(jobs), _ROWS)
        key = (await source.keys.find([source.person])).get(source.person)
        by_job: dict[UUID, list[Any]] = defaultdict(list)
        for row in rows:
            by_job[row.stream_id].append(public_event(row.stream_id, event_of(row, key)))
        for job in jobs:
            for event in by_job[job]:
                yield json_line(event)


async def _pages(source: Source, select: sa.Select[Any], id: sa.ColumnElement[Any]) -> AsyncIterator[dict[str, Any]]:
    """Yields the rows of a query in the order of their ids, read in batches."""
    last = _FIRST
    while True:
        async with source.database.transaction() as tx:
            rows = (await tx.execute(select.where(id > last).order_by(id).limit(BATCH))).all()
        for row in rows:
            yield dict(row._mapping)
        if len(rows) < BATCH:
            return
        last = rows[-1].id


def _who(column: sa.ColumnElement[Any], person: UUID, *, nobody: str, another: str) -> sa.ColumnElement[Any]:
    """Says who did something without naming them."""
    return sa.case(
        (column.is_(None), sa.literal(nobody)), (column == person, sa.literal("you")), else_=sa.literal(another)
    ).label("by")


FILES = (
    MadeFile(
        name="account.json",
        kind="account",
        about="Your account, as one JSON document.",
        columns=_ACCOUNT,
        make=_account,
    ),
    MadeFile(
        name="consents.jsonl",
        kind="consent",
        about="Every decision about what may be done with your data, the oldest first.",
        columns={
            "id": "the decision",
            "purpose": "what for",
            "recipient": "for whom",
            "state": "granted, pending or revoked",
            "method": "how a guardian has decided; null: you have, being of age",
            "notice_version": "the version of the notice that was read: GET /notices/{version} shows it",
            "at": "when it was decided",
            "until": "when it ends by itself; null: never",
            "reason": "why it was decided",
            "confirmed_at": "when the second mail about it was sent; null: none was",
            "by": "you, a guardian, or Voxbus for the reason given",
        },
        make=_consents,
    ),
    MadeFile(
        name="security.jsonl",
        kind="security_event",
        about="What has happened to your account: sign-ins, changes, refusals, the oldest first.",
        columns={
            "id": "the event",
            "time": "when it happened",
            "event": "what has happened",
            "issuer": "who had signed you in, where that is known",
            "network": "the network you came from, without its last part; null after 30 days, and where it was not you",
            "detail": "more about it",
            "by": "you, or somebody else, as an admin or a guardian",
        },
        make=_security,
    ),
    MadeFile(
        name="jobs.jsonl",
        kind="job_log",
        about="Every event of your jobs, decrypted, as GET /jobs/{id}/events shows it, the oldest job first.",
        columns={
            "type": "what has happened",
            "job_id": "the job; that of a reading is the id of the reading",
            "seq": "the number of the event in its job, from 1",
            "time": "when it happened",
            "data": "what is known of it: for attempt.accepted the text that was read, for feedback.given the feedback",
        },
        make=_streams,
    ),
)
