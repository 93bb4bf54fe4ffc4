"""Holds the constant statements on jobs, log and idempotency: all SQL of accepting, recording and streaming.

A statement that changes a job's state comes after one that locks its row, and so sees the commits the lock waited for.
"""

from chassis.delivery.statements import BIRTH_CLAIM_S
from chassis.message.envelope import PREFIX
from chassis.storage.statement import Repeatable

#: hours in which a client may repeat a request under its Idempotency-Key
IDEMPOTENCY_H = 24
#: a released command that was not begun within these minutes is not counted any more: a lost one must not stop its kind
READY_MIN = 5

#: days for which a session or a person of another issuer that was ended or erased here is refused
REVOKED_DAYS = 366

#: the name of the key that encrypts a message's fields, in its headers
_ENC = f"headers->>'{PREFIX}enc'"
_HELD = "key = {type} AND claimed_until = 'infinity'"
_READY = f"""
(SELECT count(*) FROM (
   SELECT FROM jobs WHERE kind = {{kind}} AND ready_at > now() - interval '{READY_MIN} minutes' LIMIT {{window}}) AS r)
"""

# Arrays of the requests: $1 job_id $2 kind $3 person_id $4 deadline in seconds; the command: $5 id $6 type $7 version
# $8 time $9 headers $10 body $11 exchange; $12 route $13 key $14 fingerprint (null without an Idempotency-Key); $15
# window (or null); $16 bytes of its recording (or null). Each person occurs at most once, or an upsert would meet its
# own row. No row: the person was erased, or an unexpired key has another job. share_people() (migration 0005) makes
# the erasure of all of them wait and returns the erased ones, as a separate statement after the wait would. A held
# command is not due until the dispatcher releases it. Two statements at once may both see the last place of a window,
# so simultaneous accepts may exceed it.
ACCEPT = f"""
WITH asked AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::float8[], $5::uuid[], $6::text[], $7::text[],
                       $8::timestamptz[], $9::jsonb[], $10::bytea[], $11::text[], $12::text[], $13::text[], $14::text[],
                       $15::int[], $16::bigint[])
    WITH ORDINALITY AS a(job_id, kind, person_id, deadline, id, type, version, time, headers, body, exchange,
                         route, key, fingerprint, places, recording_bytes, place)
   WHERE person_id <> ALL ((SELECT share_people($3::uuid[]))::uuid[])
), claimed AS (
  INSERT INTO idempotency AS i (person_id, route, key, fingerprint, job_id, expires_at)
  SELECT person_id, route, key, fingerprint, job_id, now() + interval '{IDEMPOTENCY_H} hours'
    FROM asked WHERE key IS NOT NULL ORDER BY person_id
  ON CONFLICT (person_id, route, key) DO UPDATE
     SET fingerprint = excluded.fingerprint, job_id = excluded.job_id, expires_at = excluded.expires_at
   WHERE i.expires_at <= now()
  RETURNING job_id
), gate AS MATERIALIZED (
  SELECT a.*, CASE WHEN places IS NULL THEN false
                   ELSE EXISTS (SELECT FROM outbox WHERE {_HELD.format(type="a.type")})
                        OR {_READY.format(kind="a.kind", window="a.places")}
                           + row_number() OVER (PARTITION BY kind ORDER BY place) > places END AS held
    FROM asked AS a WHERE key IS NULL OR job_id IN (SELECT job_id FROM claimed)
), accepted AS (
  INSERT INTO jobs (id, kind, person_id, status, deadline, last_seq, recording_bytes, ready_at)
  SELECT job_id, kind, person_id, 'accepted', now() + make_interval(secs => deadline), 1, recording_bytes,
         CASE WHEN places IS NOT NULL AND NOT held THEN now() END
    FROM gate
), turned AS (
  INSERT INTO person_turns AS t (kind, person_id, turn)
  SELECT kind, person_id, coalesce((SELECT turn FROM kind_turns AS k WHERE k.kind = gate.kind), 0)
    FROM gate WHERE held ORDER BY kind, person_id
  ON CONFLICT (kind, person_id) DO UPDATE SET turn = greatest(excluded.turn, t.turn + 1)
  RETURNING kind, person_id, turn
), logged AS (
  INSERT INTO log (stream_id, seq, event_id, type, version, time, person_id, headers, body)
  SELECT job_id, 1, id, type, version, time, person_id, headers, body FROM gate
), sent AS (
  INSERT INTO outbox (id, job_id, turn, exchange, key, body, headers, claimed_until)
  SELECT id, job_id, turn, exchange, type, body, headers,
         CASE WHEN held THEN 'infinity' ELSE now() + interval '{BIRTH_CLAIM_S} seconds' END
    FROM gate LEFT JOIN turned USING (kind, person_id)
)
SELECT job_id, held FROM gate
"""

# $1 id of the command
READ_HELD = Repeatable("SELECT count(*) > 0 AS held FROM outbox WHERE id = $1 AND claimed_until = 'infinity'")

# $1 kind $2 type of its command $3 window: whether any command is held, and the number of free places
READ_TURNS = Repeatable(f"""
SELECT EXISTS (SELECT FROM outbox WHERE {_HELD.format(type="$2::text")}) AS held,
       $3::int - {_READY.format(kind="$1::text", window="$3::int")} AS free
""")

# $1 kind: the holder of this row is the only dispatcher
LOCK_KIND = """
INSERT INTO kind_turns (kind, turn) VALUES ($1, 0) ON CONFLICT (kind) DO UPDATE SET kind = excluded.kind
"""

# $1 kind $2 type of its command $3 window. From here on a row is like any other: claimed by this process, then by the
# sweep.
RELEASE = f"""
UPDATE outbox AS o SET claimed_until = now() + interval '{BIRTH_CLAIM_S} seconds', ready_at = now()
  FROM (SELECT id FROM outbox WHERE {_HELD.format(type="$2::text")} ORDER BY turn, id
         LIMIT greatest(0, $3::int - {_READY.format(kind="$1::text", window="$3::int")})) AS next
 WHERE o.id = next.id
RETURNING o.id, o.job_id, o.turn, o.exchange, o.key, o.body, o.headers
"""

# $1 job_ids, locked. An ended job keeps no place; its command is released all the same, to be cancelled by its
# handler's service.
MARK_READY = "UPDATE jobs SET ready_at = now() WHERE id = ANY($1::uuid[]) AND status = 'accepted'"

# $1 kind $2 turn
MOVE_KIND = "UPDATE kind_turns SET turn = greatest(turn, $2::bigint) WHERE kind = $1"

# A person behind the current turn is treated as a newcomer.
FORGET_TURNS = """
DELETE FROM person_turns AS p USING kind_turns AS k WHERE p.kind = k.kind AND p.turn < k.turn
"""

# $1 person_id $2 route $3 key. An expired key gives no answer: `ACCEPT` overwrites it.
READ_IDEMPOTENT = Repeatable("""
SELECT i.fingerprint, i.job_id, j.status FROM idempotency i JOIN jobs j ON j.id = i.job_id
 WHERE i.person_id = $1 AND i.route = $2 AND i.key = $3 AND i.expires_at > now()
""")

# $1 person_id: whether the person was erased
READ_ERASED = Repeatable("SELECT EXISTS (SELECT FROM erased_people WHERE person_id = $1) AS erased")

READ_STATUS = Repeatable("SELECT status FROM jobs WHERE id = $1")

# $1 job_ids. A row that this waited for is returned as it is after the wait.
LOCK_JOBS = """
SELECT id, kind, person_id, status, last_seq, now() AS now FROM jobs WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
"""

# $1 limit
LOCK_OVERDUE = """
SELECT id, kind, person_id, status, last_seq, now() AS now FROM jobs
 WHERE finished_at IS NULL AND deadline <= now() ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
"""

# $1 stream_ids
READ_COMMANDS = "SELECT stream_id, body FROM log WHERE stream_id = ANY($1::uuid[]) AND seq = 1"

# $1 job_ids, locked $2 seconds for each
EXTEND = """
UPDATE jobs AS j SET deadline = j.deadline + make_interval(secs => e.seconds)
  FROM unnest($1::uuid[], $2::float8[]) AS e(id, seconds) WHERE j.id = e.id
"""

# $1 stream_ids. The headers are those of the stream's first command, which is the cause of its terminal message. OFFSET
# keeps the planner from joining with the whole log before it knows how large that is.
READ_STREAMS = """
SELECT l.stream_id, l.event_id, l.type, CASE WHEN l.seq = 1 THEN l.headers END AS headers
  FROM unnest($1::uuid[]) AS s(id)
 CROSS JOIN LATERAL (SELECT stream_id, seq, event_id, type, headers FROM log WHERE stream_id = s.id OFFSET 0) AS l
"""

INSERT_LOG = """
INSERT INTO log (stream_id, seq, event_id, type, version, time, person_id, headers, body, terminal, late)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::uuid[],
                     $8::jsonb[], $9::bytea[], $10::bool[], $11::bool[])
              AS r(stream_id, seq, event_id, type, version, time, person_id, headers, body, terminal, late)
 ORDER BY stream_id, seq
"""

# $1 ids $2 statuses $3 last seqs $4 finished now
UPDATE_JOBS = """
UPDATE jobs AS j SET status = u.status, last_seq = u.last_seq, heard_at = now(), ready_at = NULL,
       finished_at = CASE WHEN u.finished THEN now() ELSE j.finished_at END
  FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bool[]) AS u(id, status, last_seq, finished)
 WHERE j.id = u.id
"""

# $1 job_ids $2 cursors $3 rows a job. Rows after the terminal one are logged, never streamed.
READ_ROWS = Repeatable(f"""
SELECT l.stream_id, l.seq, l.event_id, l.type, l.time, l.person_id, l.{_ENC} AS enc, l.body,
       l.terminal, l.headers->>'{PREFIX}traceparent' AS traceparent
  FROM unnest($1::uuid[], $2::bigint[]) AS held(id, cursor)
 CROSS JOIN LATERAL (
   SELECT stream_id, seq, event_id, type, time, person_id, headers, body, terminal FROM log
    WHERE stream_id = held.id AND seq > held.cursor AND NOT late ORDER BY seq LIMIT $3
 ) AS l
 ORDER BY l.stream_id, l.seq
""")

_HEAD = "j.id, j.kind, j.status, j.created_at, j.finished_at, j.last_seq"

# $1 job_id $2 person_id
READ_HEAD = Repeatable(f"""
SELECT {_HEAD}, (SELECT min(seq) FROM log WHERE stream_id = j.id AND terminal) AS terminal_seq
  FROM jobs j WHERE j.id = $1 AND j.person_id = $2
""")

# $1 person_id $2 the number up to which they are counted
COUNT_OPEN_OF = Repeatable("""
SELECT count(*) AS open FROM (SELECT FROM jobs WHERE person_id = $1 AND finished_at IS NULL LIMIT $2) AS counted
""")

# of all open jobs, and of those of $1 person_id
SUM_RECORDINGS = Repeatable(
    "SELECT coalesce(sum(recording_bytes), 0)::bigint AS bytes FROM jobs WHERE finished_at IS NULL"
)
SUM_RECORDINGS_OF = Repeatable(SUM_RECORDINGS + " AND person_id = $1")

# $1 person_id: the open jobs of one person
LOCK_OPEN_OF = """
SELECT id, kind, person_id, status, last_seq, now() AS now FROM jobs
 WHERE person_id = $1 AND finished_at IS NULL ORDER BY id FOR UPDATE
"""

# $1 ids
DUE_NOW = "UPDATE outbox SET claimed_until = now() WHERE id = ANY($1::uuid[])"

ERASED = Repeatable("SELECT person_id FROM erased_people")

# People who are not erased and have messages in the log that were encrypted with their key, from the oldest and the
# newest jobs: those without a job would make it a search through all.
ENCRYPTED_FOR = Repeatable(f"""
SELECT DISTINCT p.id
  FROM ((SELECT id, person_id FROM jobs ORDER BY id LIMIT 100)
        UNION (SELECT id, person_id FROM jobs ORDER BY id DESC LIMIT 100)) AS j
  JOIN people AS p ON p.id = j.person_id
 WHERE EXISTS (SELECT 1 FROM log AS l WHERE l.stream_id = j.id AND {_ENC} IS NOT NULL)
""")

# $1 job_id
READ_TIMELINE = """
SELECT seq, type, time, terminal, CASE WHEN terminal OR type = 'step.started' THEN body END AS body
  FROM log WHERE stream_id = $1 AND NOT late ORDER BY seq
"""

# $1 person_id $2 the cursor $3 limit
LIST_JOBS = Repeatable(f"SELECT {_HEAD} FROM jobs j WHERE j.person_id = $1 AND j.id < $2 ORDER BY j.id DESC LIMIT $3")

# $1 person_id $2 the cursor $3 limit $4 kind. A separate statement, because a generic plan with "or null" uses no
# index.
LIST_JOBS_OF_KIND = Repeatable(f"""
SELECT {_HEAD} FROM jobs j WHERE j.person_id = $1 AND j.kind = $4 AND j.id < $2 ORDER BY j.id DESC LIMIT $3
""")

# $1 job_ids $2 person_id
READ_FIRST = Repeatable(f"""
SELECT l.stream_id, l.event_id, l.type, l.version, l.time, l.{_ENC} AS enc, l.body
  FROM unnest($1::uuid[]) AS j(id) JOIN log l ON l.stream_id = j.id AND l.seq = 1
 WHERE l.person_id = $2
""")

# $1 job_id $2 type: the event of that type which counts for the job's state
READ_EVENT = Repeatable(f"""
SELECT event_id, type, {_ENC} AS enc, body FROM log
 WHERE stream_id = $1 AND type = $2 AND NOT late ORDER BY seq LIMIT 1
""")

# $1 job_ids: which of them are open
READ_OPEN = Repeatable("SELECT id FROM jobs WHERE id = ANY($1::uuid[]) AND finished_at IS NULL")

# $1 refs, sorted $2 job_ids. An object that is there again after its deletion is to be deleted again.
MARK_MEDIA = """
INSERT INTO media_deletions AS m (ref, job_id) SELECT * FROM unnest($1::text[], $2::uuid[])
ON CONFLICT (ref) DO UPDATE SET deleted_at = NULL, tried_at = NULL WHERE m.deleted_at IS NOT NULL
"""

# $1 queue: it is not there and is about to be made. A queue that was never seen before has missed nothing.
QUEUE_GONE = "UPDATE topology_seen SET gaps = gaps + 1 WHERE queue = $1"
# $1 queues, sorted. The gap of one that is to be repaired begins when it was last seen before.
QUEUES_SEEN = """
INSERT INTO topology_seen AS t (queue, seen_at) SELECT queue, now() FROM unnest($1::text[]) AS q(queue)
ON CONFLICT (queue) DO UPDATE SET seen_at = excluded.seen_at WHERE t.gaps = 0
"""
READ_GAPS = Repeatable("SELECT queue, seen_at, gaps FROM topology_seen WHERE gaps > 0 ORDER BY queue")
# $1 queue $2 gaps as they were before the repair
CLOSE_GAP = "UPDATE topology_seen SET gaps = 0, seen_at = now() WHERE queue = $1 AND gaps = $2"
# $1 types $2 since $3 stream_id and $4 seq to go on after $5 limit. Commands that wait for their turn were never sent.
READ_MISSED = Repeatable("""
SELECT l.stream_id, l.seq, l.event_id, l.headers, l.body FROM log l
 WHERE (l.stream_id, l.seq) > ($3::uuid, $4::bigint) AND l.type = ANY($1::text[]) AND l.time >= $2
   AND NOT EXISTS (SELECT FROM outbox o WHERE o.id = l.event_id AND o.claimed_until = 'infinity')
 ORDER BY l.stream_id, l.seq LIMIT $5
""")
