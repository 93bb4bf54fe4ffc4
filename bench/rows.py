"""Fills tables with old rows, to show whether the figures hold when log, inbox and jobs have grown."""

from __future__ import annotations

from datetime import UTC, datetime

from bench.place import Place
from chassis.storage.partitions import first_id

#: ids a millisecond apart, back from now: in the partition of the new rows too, but for Monday's first minutes
_IDS = """
SELECT (lpad(to_hex($2::bigint - n), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
        || substr(md5(n::text), 4, 15))::uuid AS id FROM generate_series(1, $1::bigint) AS n
"""
_INBOX = f"""
INSERT INTO bench.inbox (consumer, id, job_id, fence, tries, due_at, done_at, outcome)
SELECT 'bench.record', id, id, 1, 1, now(), now(), 'ok' FROM ({_IDS}) AS old
"""
_JOBS = f"""
INSERT INTO gateway.jobs (id, kind, person_id, status, deadline, last_seq, finished_at)
SELECT id, 'notification.read', id, 'succeeded', now(), 1, now() FROM ({_IDS}) AS old
"""
_LOG = f"""
INSERT INTO gateway.log (stream_id, seq, event_id, type, version, time, person_id, headers, body, terminal)
SELECT id, seq, md5(id::text || seq)::uuid,
       CASE seq WHEN 1 THEN 'notification.mark_read' ELSE 'job.succeeded' END,
       '1.0', now(), id, '{{}}', convert_to(repeat('x', 500), 'utf8'), seq = 2
FROM ({_IDS}) AS old, generate_series(1, 2) AS seq
"""
TABLES = {"bench.inbox": "id", "gateway.jobs": "id", "gateway.log": "stream_id"}


async def fill(place: Place, rows: int) -> None:
    """Inserts finished jobs, each with two rows in the log and one in the inbox. `Place.clear` keeps them."""
    await place.clear()
    now = datetime.now(UTC)
    for statement in (_INBOX, _JOBS, _LOG):
        await place.admin.execute(statement, rows, int(now.timestamp() * 1000))
    place.keep_until(first_id(now), TABLES)
    await place.clear()
