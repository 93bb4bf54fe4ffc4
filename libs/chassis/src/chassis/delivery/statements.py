"""Holds all SQL of delivery: the constant statements on inbox, outbox and their neighbours.

Every statement on shared keys goes in key order. `now()` is the database's clock; all decisions use it alone.
Parameters are `$n`; arrays are unnested, so one statement serves one row and a hundred.
"""

from chassis.message.envelope import PREFIX
from chassis.storage.statement import Repeatable

#: seconds a claimed message belongs to its owner without a beat
LEASE_S = 30
#: seconds a new outbox row belongs to the process that has just committed it
BIRTH_CLAIM_S = 10
#: seconds a swept outbox row belongs to its sweeper: longer than any publish may take
SWEEP_CLAIM_S = 30

# An entry of cancelled_jobs counts unless it is a failure older than the operator's retry that brought the message.
_IS_CANCELLED = (
    "EXISTS (SELECT FROM cancelled_jobs c WHERE c.job_id = {job} AND (c.outcome = 'cancelled' OR c.retry >= {retry}))"
)

# A row whose owner's lease has expired belongs to the reaper, which runs crash suspects one at a time. $1 consumer $2
# id $3 job_id $4 body $5 headers $6 owner $7 retry
CLAIM = f"""
INSERT INTO inbox AS i (consumer, id, job_id, body, headers, fence, tries, due_at, owner)
SELECT $1::text, $2::uuid, $3::uuid, $4::bytea, $5::jsonb, 1, 1, now() + interval '{LEASE_S} seconds', $6::uuid
WHERE NOT {_IS_CANCELLED.format(job="$3::uuid", retry="$7::int")}
ON CONFLICT (consumer, id) DO UPDATE
   SET fence = i.fence + 1, tries = i.tries + 1, due_at = excluded.due_at, owner = excluded.owner, problem = NULL
 WHERE i.done_at IS NULL AND i.due_at <= now() AND i.owner IS NULL
RETURNING fence, tries
"""

# $1 consumer $2 id $3 job_id $4 body $5 headers $6 retry: after CLAIM returned no row, tells whether the job has ended
CLAIM_CANCELLED = f"""
INSERT INTO inbox AS i (consumer, id, job_id, body, headers, fence, tries, due_at, done_at, outcome)
SELECT $1::text, $2::uuid, $3::uuid, $4::bytea, $5::jsonb, 1, 0, now(), now(), 'cancelled'
WHERE {_IS_CANCELLED.format(job="$3::uuid", retry="$6::int")}
ON CONFLICT (consumer, id) DO UPDATE
   SET done_at = now(), outcome = 'cancelled', fence = i.fence + 1, owner = NULL
 WHERE i.done_at IS NULL
RETURNING id
"""

READ_ROW = "SELECT fence, tries, owner, done_at, outcome FROM inbox WHERE consumer = $1 AND id = $2"

# $1 consumers: those that have rows which REAP may take
DUE = Repeatable("""
SELECT c.consumer FROM unnest($1::text[]) AS c(consumer)
 WHERE EXISTS (SELECT FROM inbox AS i WHERE i.consumer = c.consumer AND i.done_at IS NULL AND i.due_at <= now())
""")

# Rows are chosen once, in an array: a subquery in FROM may run again for each row, and take more than its limit. $1
# consumer $2 limit $3 whether also rows that their last owner left unsettled. Each row gets its own owner; a subquery
# sees the row as it was
REAP = f"""
UPDATE inbox AS i
   SET fence = i.fence + 1, tries = i.tries + 1, due_at = now() + interval '{LEASE_S} seconds',
       owner = gen_random_uuid(), problem = NULL
 WHERE i.consumer = $1 AND i.id = ANY(ARRAY(
         SELECT id FROM inbox
          WHERE consumer = $1 AND done_at IS NULL AND due_at <= now() AND (owner IS NULL OR $3)
          ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED))
RETURNING i.id, i.body, i.headers, i.fence, i.tries, i.owner,
          (SELECT b.owner IS NOT NULL FROM inbox AS b WHERE b.consumer = i.consumer AND b.id = i.id) AS taken_over
"""

_MINE = "consumer = $1 AND id = $2 AND fence = $3 AND owner = $4::uuid AND done_at IS NULL"

# $5 retry
FINISH = f"""
UPDATE inbox SET done_at = now(), outcome = 'ok'
 WHERE {_MINE} AND NOT {_IS_CANCELLED.format(job="inbox.job_id", retry="$5::int")}
RETURNING id
"""

# $5 retry: as FINISH, but without settling; the share lock makes a beat wait
LOCK_MINE = f"""
SELECT id FROM inbox
 WHERE {_MINE} AND NOT {_IS_CANCELLED.format(job="inbox.job_id", retry="$5::int")} FOR SHARE
"""

# $5 retry: FINISH found nothing; the row is still mine and its job has ended
CANCEL_MINE = f"""
UPDATE inbox SET done_at = now(), outcome = 'cancelled', fence = fence + 1, owner = NULL
 WHERE {_MINE} AND {_IS_CANCELLED.format(job="inbox.job_id", retry="$5::int")}
RETURNING id
"""

# Adds to what is known of failed tries; nothing where the parameter is null.
_FAILURES = """
CASE WHEN {failure}::text IS NULL THEN {before}
     ELSE coalesce({before}, '[]') || jsonb_build_object('try', {tries}, 'at', now(), 'error', {failure}::text) END
"""
_FAILED_AGAIN = _FAILURES.format(failure="{0}", before="inbox.failures", tries="inbox.tries")

# $5 seconds $6 failure
RETRY = f"""
UPDATE inbox SET due_at = now() + make_interval(secs => $5::float8), owner = NULL,
       failures = {_FAILED_AGAIN.format("$6")}
 WHERE {_MINE} RETURNING id
"""

# $5 outcome (dead | gone | erased | revoked) $6 problem $7 failure
DEAD = f"""
UPDATE inbox SET done_at = now(), outcome = $5::text, problem = $6::jsonb, owner = NULL,
       failures = {_FAILED_AGAIN.format("$7")}
 WHERE {_MINE} RETURNING id
"""

# $5 seconds: given back without spending a try
RELEASE = f"""
UPDATE inbox SET tries = tries - 1, due_at = now() + make_interval(secs => $5::float8), owner = NULL
 WHERE {_MINE} RETURNING id
"""

# $1 consumer $2 id $3 fence $4 problem: parked by this very transaction
NOTE = """
UPDATE inbox SET problem = $4::jsonb WHERE consumer = $1 AND id = $2::uuid AND fence = $3 AND done_at IS NULL
RETURNING id
"""

# $1 consumers $2 ids $3 fences $4 owners, as arrays. `kept` is false where another run has the row: stop that work.
BEAT = f"""
WITH held AS (
  SELECT * FROM unnest($1::text[], $2::uuid[], $3::int[], $4::uuid[]) AS h(consumer, id, fence, owner)
), beat AS (
  UPDATE inbox AS i SET due_at = now() + interval '{LEASE_S} seconds'
    FROM (SELECT i.consumer, i.id FROM inbox i JOIN held h ON i.consumer = h.consumer AND i.id = h.id
           WHERE i.fence = h.fence AND i.owner = h.owner AND i.done_at IS NULL
           ORDER BY i.consumer, i.id FOR UPDATE OF i SKIP LOCKED) AS mine
   WHERE i.consumer = mine.consumer AND i.id = mine.id
)
SELECT h.consumer, h.id, h.owner,
       coalesce(i.fence = h.fence AND i.owner = h.owner AND i.outcome IS DISTINCT FROM 'cancelled', false) AS kept
  FROM held h LEFT JOIN inbox i ON i.consumer = h.consumer AND i.id = h.id
"""

# $1 interval: older messages are dead as `too_old` on arrival
LATELY_ERASED = Repeatable(
    "SELECT person_id FROM erased_people WHERE erased_at > now() - 2 * $1::interval ORDER BY person_id"
)
FORGET_CANCELLED = "DELETE FROM cancelled_jobs WHERE recorded_at < now() - 2 * $1::interval"

# Fast handlers. $1 consumer $2 ids $3 job_ids $4 retries, in id order; done in the same transaction as the work. The
# row of a message that succeeded at once holds no body, because nothing reads it again.
INSERT_DONE = f"""
INSERT INTO inbox AS i (consumer, id, job_id, fence, tries, due_at, done_at, outcome)
SELECT $1::text, m.id, m.job_id, 1, 1, now(), now(),
       CASE WHEN {_IS_CANCELLED.format(job="m.job_id", retry="m.retry")} THEN 'cancelled' ELSE 'ok' END
  FROM unnest($2::uuid[], $3::uuid[], $4::int[]) AS m(id, job_id, retry)
 ORDER BY m.id
ON CONFLICT (consumer, id) DO UPDATE
   SET done_at = now(), outcome = excluded.outcome, fence = i.fence + 1, tries = i.tries + 1, owner = NULL
 WHERE i.done_at IS NULL AND i.due_at <= now()
RETURNING id, outcome
"""

# A message that failed alone. $1 consumer $2 id $3 job_id $4 body $5 headers $6 seconds $7 tries spent (1, or 0 for a
# release) $8 failure
UPSERT_RETRY = f"""
INSERT INTO inbox AS i (consumer, id, job_id, body, headers, fence, tries, due_at, failures)
VALUES ($1, $2::uuid, $3::uuid, $4::bytea, $5::jsonb, 1, $7::int, now() + make_interval(secs => $6::float8),
        {_FAILURES.format(failure="$8", before="NULL::jsonb", tries="$7::int")})
ON CONFLICT (consumer, id) DO UPDATE
   SET body = excluded.body, headers = excluded.headers, tries = i.tries + $7::int, fence = i.fence + 1,
       due_at = excluded.due_at, owner = NULL,
       failures = {_FAILURES.format(failure="$8", before="i.failures", tries="i.tries + $7::int")}
 WHERE i.done_at IS NULL AND (i.owner IS NULL OR i.due_at <= now())
RETURNING tries, fence
"""

# $1 consumer $2 id $3 fence $4 outcome $5 problem: the row was just upserted by this very transaction
DEAD_AFTER_UPSERT = """
UPDATE inbox SET done_at = now(), outcome = $4::text, problem = $5::jsonb
 WHERE consumer = $1 AND id = $2::uuid AND fence = $3 AND done_at IS NULL RETURNING id
"""

# $1 consumer $2 id $3 job_id $4 body $5 headers $6 problem: dead without ever having been tried; first writer wins
INSERT_DEAD = """
INSERT INTO inbox (consumer, id, job_id, body, headers, fence, tries, due_at, done_at, outcome, problem)
VALUES ($1, $2::uuid, $3::uuid, $4::bytea, $5::jsonb, 1, 0, now(), now(), 'dead', $6::jsonb)
ON CONFLICT (consumer, id) DO NOTHING RETURNING id
"""

# $1 consumer $2 id $3 job_id $4 body $5 headers: the broker gave it up, which does not decide: the reaper runs it
INSERT_DUE = """
INSERT INTO inbox (consumer, id, job_id, body, headers, fence, tries, due_at)
VALUES ($1, $2::uuid, $3::uuid, $4::bytea, $5::jsonb, 0, 0, now())
ON CONFLICT (consumer, id) DO NOTHING RETURNING id
"""

# $1 job_ids $2 outcomes $3 retries
RECORD_CANCELLED = """
INSERT INTO cancelled_jobs AS c (job_id, outcome, retry)
SELECT job_id, outcome, max(retry) FROM unnest($1::uuid[], $2::text[], $3::int[]) AS n(job_id, outcome, retry)
 GROUP BY job_id, outcome ORDER BY job_id, outcome
ON CONFLICT (job_id, outcome) DO UPDATE SET retry = greatest(c.retry, excluded.retry)
"""

# $1 job_ids
CANCEL_JOBS = f"""
UPDATE inbox AS i SET done_at = now(), outcome = 'cancelled', fence = i.fence + 1, owner = NULL
  FROM (SELECT consumer, id FROM inbox
         WHERE job_id = ANY($1::uuid[]) AND done_at IS NULL
           AND {_IS_CANCELLED.format(job="inbox.job_id", retry=f"coalesce((inbox.headers->>'{PREFIX}retry')::int, 0)")}
         ORDER BY consumer, id FOR UPDATE) AS o
 WHERE i.consumer = o.consumer AND i.id = o.id
RETURNING i.consumer, i.id, i.body, i.headers
"""

# At the start of a process that alone owns its data directory: the owners of these rows are dead. Backoffs stay.
FREE_OWNED = "UPDATE inbox SET due_at = now() WHERE done_at IS NULL AND owner IS NOT NULL"
# Commands that wait for their turn (claimed until infinity) go on waiting.
CLEAR_OUTBOX_CLAIMS = """
UPDATE outbox SET claimed_until = now() WHERE claimed_until > now() AND claimed_until < 'infinity'
"""

# $1 ids $2 job_ids $3 turns $4 exchanges $5 keys $6 bodies $7 headers
INSERT_OUTBOX = f"""
INSERT INTO outbox (id, job_id, turn, exchange, key, body, headers, claimed_until)
SELECT id, job_id, turn, exchange, key, body, headers, now() + interval '{BIRTH_CLAIM_S} seconds'
  FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::bytea[], $7::jsonb[])
       AS o(id, job_id, turn, exchange, key, body, headers)
 ORDER BY id
ON CONFLICT (id) DO NOTHING
"""

# $1 paused keys $2 ids held by the bus itself, or confirmed and about to be deleted $3 limit. An array, as in REAP.
SWEEP = f"""
UPDATE outbox AS o SET claimed_until = now() + interval '{SWEEP_CLAIM_S} seconds'
 WHERE o.id = ANY(ARRAY(
         SELECT id FROM outbox
          WHERE claimed_until <= now() AND NOT key = ANY($1::text[]) AND NOT id = ANY($2::uuid[])
          ORDER BY claimed_until, id LIMIT $3 FOR UPDATE SKIP LOCKED))
RETURNING o.id, o.exchange, o.key, o.body, o.headers
"""

DELETE_OUTBOX = """
DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE)
"""

# $1 limit: rows due and unpublished, counted no further than the budget, and the seconds since the first of them was
# ready. A broker that takes nothing keeps its connection, so sweeps claim rows again and again: those are due, too.
OUTBOX_DUE = Repeatable(f"""
SELECT count(*)::int AS due, coalesce(extract(epoch FROM now() - min(ready_at)), 0)::float8 AS oldest
  FROM (SELECT ready_at FROM outbox
         WHERE claimed_until < 'infinity'
           AND (claimed_until <= now() OR ready_at <= now() - interval '{BIRTH_CLAIM_S} seconds')
         ORDER BY claimed_until LIMIT $1) AS due
""")

# Outside effects. $1 key `<message id>/<consumer>/<name>` $2 the owner of the intent, stored in the column of the
# result
INSERT_EFFECT = """
INSERT INTO effects (key, state, result) VALUES ($1, 'intended', $2::jsonb) ON CONFLICT (key) DO NOTHING RETURNING key
"""
LOCK_EFFECT = "SELECT state, result FROM effects WHERE key = $1 FOR UPDATE"
# $1 key $2 state $3 result. A done effect stays done: two tries may both have called, and the first result counts.
SETTLE_EFFECT = """
UPDATE effects SET state = $2, result = $3::jsonb, changed_at = now() WHERE key = $1 AND state <> 'done'
"""
# $1 key $2 the owner of the intent
WITHDRAW_EFFECT = "DELETE FROM effects WHERE key = $1 AND state = 'intended' AND result = $2::jsonb"
# $1 the smallest id of that time, as text: keys begin with a message's id, and ids with their time $2 interval
FORGET_EFFECTS = "DELETE FROM effects WHERE key < $1 AND changed_at < now() - 2 * $2::interval"

# $1 keys $2 moments $3 seconds from now, if there is no moment $4 messages
SET_TIMERS = """
INSERT INTO timers (key, due_at, message)
SELECT key, coalesce(due_at, now() + make_interval(secs => after)), message
  FROM unnest($1::text[], $2::timestamptz[], $3::float8[], $4::jsonb[]) AS t(key, due_at, after, message) ORDER BY key
ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at, message = excluded.message
"""
SET_TIMERS_UNLESS_DUE = f"{SET_TIMERS} WHERE timers.due_at > now()"
# $1 keys
DELETE_TIMERS = """
DELETE FROM timers WHERE key = ANY(ARRAY(SELECT key FROM timers WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE))
"""
TIMERS_DUE = Repeatable("SELECT 1 FROM timers WHERE due_at <= now() LIMIT 1")
# $1 limit
FIRE_TIMERS = """
DELETE FROM timers WHERE key = ANY(ARRAY(
  SELECT key FROM timers WHERE due_at <= now() ORDER BY due_at, key LIMIT $1 FOR UPDATE SKIP LOCKED))
RETURNING message, now() AS now, due_at
"""

# $1 refs $2 job_ids
INSERT_MEDIA_DELETIONS = """
INSERT INTO media_deletions (ref, job_id)
SELECT DISTINCT ON (ref) ref, job_id FROM unnest($1::text[], $2::uuid[]) AS d(ref, job_id) ORDER BY ref
ON CONFLICT (ref) DO NOTHING
"""
#: the id of the advisory lock by which a backup keeps what is to be deleted, for as long as it copies media
KEEP_MEDIA = 0x6D656469
# $1 limit. Refused objects come after those that were never tried, so that refusals delay no other deletion.
MEDIA_DELETIONS_DUE = Repeatable(f"""
SELECT ref FROM media_deletions WHERE deleted_at IS NULL AND (SELECT pg_try_advisory_xact_lock_shared({KEEP_MEDIA}))
 ORDER BY tried_at NULLS FIRST, requested_at LIMIT $1
""")
# $1 refs that were tried $2 those of them that are deleted
MEDIA_TRIED = """
UPDATE media_deletions SET tried_at = now(), deleted_at = CASE WHEN ref = ANY($2::text[]) THEN now() END
 WHERE ref = ANY(ARRAY(
         SELECT ref FROM media_deletions WHERE ref = ANY($1::text[]) AND deleted_at IS NULL ORDER BY ref FOR UPDATE))
"""
