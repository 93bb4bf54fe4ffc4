"""Holds the statements on the figures of the database's server. Each ends by itself, and reads no rows of people."""

from chassis.storage.statement import Repeatable

#: what a server shows a role of the sessions of others, without the right to read their statistics
_HIDDEN = "query = '<insufficient privilege>'"

#: seconds for which a gateway has the turn without another look: three looks
TURN_S = 45

# $1 owner. No row: another gateway reads.
TAKE_TURN = f"""
INSERT INTO retention_turns AS t (name, owner, until) VALUES ('figures', $1::uuid, now() + interval '{TURN_S} seconds')
ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
 WHERE t.owner = excluded.owner OR t.until <= now()
RETURNING name
"""

# Sessions of clients count, of all databases, as the server's limit does. A replica's sessions have no transaction.
SERVER = Repeatable(f"""
WITH sessions AS (
  SELECT state, datname = current_database() AND pid <> pg_backend_pid() AS others, xact_start, {_HIDDEN} AS hidden
    FROM pg_stat_activity
   WHERE datname IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'
), counted AS (
  SELECT count(*) FILTER (WHERE state = 'active')::int AS active,
         count(*) FILTER (WHERE state = 'idle')::int AS idle,
         count(*) FILTER (WHERE state LIKE 'idle in transaction%')::int AS idle_in_transaction,
         count(*)::int AS sessions,
         count(*) FILTER (WHERE hidden)::int AS hidden,
         coalesce(extract(epoch FROM clock_timestamp() - min(xact_start) FILTER (WHERE others)), 0)::float8 AS longest
    FROM sessions
)
SELECT c.*, current_setting('max_connections')::int AS most,
       (SELECT count(*)::int FROM pg_locks WHERE NOT granted) AS locks_waiting,
       pg_database_size(d.datname)::bigint AS bytes,
       age(d.datfrozenxid)::bigint AS xid_age,
       (SELECT blks_hit / nullif(blks_hit + blks_read, 0)::float8 FROM pg_stat_database WHERE datid = d.oid)
         AS hit_ratio
  FROM counted AS c, pg_database AS d WHERE d.datname = current_database()
""")

SLOTS = Repeatable("""
SELECT slot_name AS slot, coalesce(pg_wal_lsn_diff(
         CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn
       ), 0)::bigint AS bytes
  FROM pg_replication_slots ORDER BY slot_name LIMIT 100
""")

# `bound` is that of a partition, whose parent then is the table.
TABLES = Repeatable("""
SELECT n.nspname AS schema, coalesce(parent.relname, c.relname) AS name,
       pg_get_expr(c.relpartbound, c.oid) AS bound,
       coalesce(pg_total_relation_size(c.oid), 0)::bigint AS bytes, coalesce(s.n_dead_tup, 0)::bigint AS dead
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid LEFT JOIN pg_class AS parent ON parent.oid = i.inhparent
  LEFT JOIN pg_stat_all_tables AS s ON s.relid = c.oid
 WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
 ORDER BY bytes DESC LIMIT 2000
""")

# When the last backup was completed. Apart from the replays, which may be many.
BACKUP = Repeatable("""
SELECT coalesce(extract(epoch FROM max(settled_at)), 0)::float8 AS at
  FROM operator_acts WHERE act = 'backup_made' AND outcome = 'done'
""")

# How messages of replays that have ended came out.
REPLAYS = Repeatable("""
SELECT r.mode, e.key AS outcome, sum(e.value::bigint)::bigint AS messages
  FROM replays AS r, jsonb_each_text(r.ended) AS e WHERE e.key IN ('done', 'skipped') GROUP BY r.mode, e.key
 UNION ALL
SELECT r.mode, 'failed', count(*)::bigint
  FROM replays AS r JOIN replay_items AS i ON i.replay_id = r.id
 WHERE r.status = 'done' AND i.state = 'failed' GROUP BY r.mode
""")
