"""Keeps the events that only the broker held while the database was copied, which a restore has to send again.

An event leaves its service's outbox once the broker has confirmed it, and is in the log a moment later; a copy of that
moment has it in neither. The backup ends with what the log has got since of the jobs that were open. Of that a restore
takes what was emitted before the copy: events whose cause the copy knows to be handled, and that wait in no outbox.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from chassis.bus.topology import EVENTS
from chassis.message.envelope import PREFIX
from chassis.storage.database import Database, Transaction
from chassis.storage.schemas import open_as_owner
from contracts.base import Event
from contracts.catalogue import OWNERS
from voxbus.backup.errors import BackupDamaged
from voxbus.services import SERVICES

_JOBS = 500
_OPEN = "SELECT id, last_seq FROM gateway.jobs WHERE finished_at IS NULL ORDER BY id"
# $1 jobs $2 their last numbers in the copy. What the log appends by itself at a job's end it appends again.
_SINCE = """
SELECT l.event_id, l.stream_id, l.type, l.headers, l.body
  FROM unnest($1::uuid[], $2::bigint[]) AS o(id, seq) JOIN gateway.log l ON l.stream_id = o.id AND l.seq > o.seq
 WHERE NOT l.terminal ORDER BY l.stream_id, l.seq
"""
_WAITS = " UNION ALL ".join(f"SELECT 1 FROM {service.name}.outbox w WHERE w.id = $1" for service in SERVICES)
# $1 event $2 job $3 type $4 body $5 headers; {service}: who says events of this type. Only what it has handled itself
# tells whether it had said this one.
_PUT_BACK = f"""
INSERT INTO gateway.outbox (id, job_id, exchange, key, body, headers, claimed_until)
SELECT $1::uuid, $2::uuid, '{EVENTS}', $3::text, $4::bytea, $5::text::jsonb, now()
 WHERE EXISTS (SELECT FROM {{service}}.inbox i
                WHERE i.id = ($5::text::jsonb ->> '{PREFIX}causationid')::uuid AND i.outcome = 'ok')
   AND NOT EXISTS ({_WAITS})
   AND NOT EXISTS (SELECT FROM gateway.log l WHERE l.stream_id = $2 AND l.event_id = $1)
ON CONFLICT (id) DO NOTHING RETURNING 1
"""
_SAYS = {
    message.type: _PUT_BACK.format(service=service.name)
    for service in SERVICES
    for message in OWNERS[service.name]
    if issubclass(message, Event)
}

Open = Sequence[tuple[UUID, int]]


async def open_jobs(tx: Transaction) -> Open:
    """Returns the jobs that are open in a copy, and the number of the last row that its log has of each."""
    return [(row.id, row.last_seq) for row in await tx.fetch(_OPEN)]


async def since(database: Database, jobs: Open) -> AsyncIterator[bytes]:
    """Yields what the log has got of these jobs since, a line an event."""
    for start in range(0, len(jobs), _JOBS):
        some = jobs[start : start + _JOBS]
        for row in await database.fetch(_SINCE, [job for job, _ in some], [seq for _, seq in some]):
            event = {
                "id": str(row.event_id),
                "job": str(row.stream_id),
                "type": row.type,
                "headers": row.headers,
                "body": base64.b64encode(row.body).decode(),
            }
            yield json.dumps(event).encode() + b"\n"


async def put_back(url: str, lines: bytes) -> int:
    """Puts the events that only the broker held into an outbox of a restored database; returns how many.

    Raises `BackupDamaged`.
    """
    database = open_as_owner(url)
    try:
        return await _put_back(database, lines)
    finally:
        await database.close()


async def _put_back(database: Database, lines: bytes) -> int:
    count = 0
    for line in lines.splitlines():
        try:
            event = json.loads(line)
            values = (
                UUID(event["id"]),
                UUID(event["job"]),
                event["type"],
                base64.b64decode(event["body"]),
                json.dumps(event["headers"]),
            )
        except (ValueError, KeyError, TypeError):
            raise BackupDamaged("The list of late events is damaged.") from None
        if (statement := _SAYS.get(event["type"])) is not None:
            count += len(await database.fetch(statement, *values))
    return count
