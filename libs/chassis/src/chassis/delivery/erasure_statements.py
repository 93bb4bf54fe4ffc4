"""Holds the SQL by which a service forgets an erased person, and learns when nothing deleted is left in its files."""

from chassis.message.envelope import PREFIX
from chassis.storage.statement import Repeatable

# Erasures whose rows are deleted; `ready` once the media that they wait for are.
ERASURE_WORK = """
SELECT person_id, erasure_id, counts, media,
       NOT EXISTS (SELECT FROM media_deletions WHERE ref = ANY(w.refs) AND deleted_at IS NULL) AS ready
  FROM erasure_work AS w ORDER BY person_id
"""
# $1 person_id $2 the erasure that was looked at
END_ERASURE_WORK = """
DELETE FROM erasure_work WHERE person_id = $1 AND erasure_id IS NOT DISTINCT FROM $2::uuid RETURNING person_id
"""

# tables of which retention has deleted rows, and when last
DEAD_OF_RETENTION = "SELECT name, substr(name, 9) AS table, until FROM retention_turns WHERE name LIKE 'dead in %'"
# $1 names $2 when: not those of which more was deleted since
END_DEAD_OF_RETENTION = """
DELETE FROM retention_turns AS t USING unnest($1::text[], $2::timestamptz[]) AS done(name, until)
 WHERE t.name = done.name AND t.until = done.until
"""

# $1 persons, as text $2 consumers whose rows stay. What waits is settled, and a run that has it is fenced out.
FORGET_INBOX_OF = f"""
UPDATE inbox AS i SET body = NULL, headers = NULL, original = NULL, owner = NULL, done_at = coalesce(i.done_at, now()),
       fence = i.fence + (i.done_at IS NULL)::int,
       outcome = CASE WHEN i.done_at IS NULL OR i.outcome = 'dead' THEN 'erased' ELSE i.outcome END
  FROM (SELECT consumer, id FROM inbox
         WHERE headers->>'{PREFIX}personid' = ANY($1::text[]) AND consumer <> ALL($2::text[])
         ORDER BY consumer, id FOR UPDATE) AS o
 WHERE i.consumer = o.consumer AND i.id = o.id
"""
FORGET_DEAD_OF = f"DELETE FROM dead_letters WHERE headers->>'{PREFIX}personid' = ANY($1::text[])"
FORGET_TIMERS_OF = "DELETE FROM timers WHERE message->>'person_id' = ANY($1::text[])"

# The tables that have anything in their files. $1 names
TABLE_SIZES = """
SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class
 WHERE relnamespace = current_schema()::regnamespace AND relname = ANY($1::text[]) AND relkind = 'r'
   AND pg_relation_size(oid) > 0 ORDER BY relname
"""
#: one replica at a time; a server's connection holds it
TRY_VACUUM_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('vacuum ' || current_schema(), 0))"
NEXT_TRANSACTION = Repeatable("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS mark")
# The oldest transaction of the server that writes, also a prepared one.
OLDEST_WRITER = Repeatable("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest")
# What else keeps dead rows of this database: what is open to read, or for a replica. Anybody may read these columns.
OLDEST_HOLDER = Repeatable("""
WITH held AS (
  SELECT greatest(age(backend_xmin), age(backend_xid)) AS age,
         format('process %s (%s) of the database', pid, coalesce(nullif(application_name, ''), usename)) AS holder
    FROM pg_stat_activity
   WHERE pid <> pg_backend_pid() AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL
         AND (datid IS NULL OR datname = current_database()))
   UNION ALL
  SELECT age(transaction), format('the prepared transaction %s', gid) FROM pg_prepared_xacts
   UNION ALL
  SELECT age(xmin), format('the replication slot %s', slot_name) FROM pg_replication_slots WHERE xmin IS NOT NULL
)
SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint - coalesce((SELECT max(age) FROM held), 0) AS horizon,
       (SELECT holder FROM held ORDER BY age DESC LIMIT 1) AS holder
""")
