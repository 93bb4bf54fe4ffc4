"""Holds the constant statements of the audit of jobs.

Sets are compared with EXCEPT and INTERSECT, which hash or sort all rows: joins and NOT EXISTS are planned on the
assumption that few rows are missing, and would take very long when many are.
"""

import re
from collections.abc import Iterable

from chassis.storage.statement import Repeatable

_HEARD = "greatest(j.heard_at, j.ready_at)"

# $1 seconds: begins a round, unless one began within that time. Of several gateways one gets the row.
BEGIN = """
UPDATE audit SET begun_at = now() WHERE name = 'jobs' AND begun_at <= now() - make_interval(secs => $1::float8)
RETURNING name
"""
# $1 ledger $2 in flight $3 seconds to rest, beside those between any two rounds
END = """
UPDATE audit SET done_at = now(), ledger = $1, in_flight = $2, begun_at = now() + make_interval(secs => $3::float8)
 WHERE name = 'jobs'
"""
READ = Repeatable("""
SELECT done_at, ledger, in_flight, (SELECT count(*) FROM orphans) AS orphans FROM audit
 WHERE name = 'jobs' AND done_at IS NOT NULL
""")

# $1 job_ids $2 last seqs
MARK_ORPHANS = """
INSERT INTO orphans (job_id, last_seq) SELECT id, last_seq FROM unnest($1::uuid[], $2::bigint[]) AS o(id, last_seq)
 ORDER BY id
ON CONFLICT (job_id) DO UPDATE SET last_seq = excluded.last_seq, found_at = now()
RETURNING job_id
"""

# $1 job_ids. OFFSET keeps the planner from joining with the whole log.
READ_TYPES = Repeatable("""
SELECT s.id, l.types FROM unnest($1::uuid[]) AS s(id)
 CROSS JOIN LATERAL (
   SELECT array_agg(r.type) AS types FROM (SELECT type FROM log WHERE stream_id = s.id OFFSET 0) AS r
 ) AS l
""")

_ENDS = "stream_id >= $1 AND (terminal OR (seq = 1 AND stream_id <> event_id))"

# $1 the smallest id that counts. One statement is one snapshot, in which a job is moved with its log or not at all.
COUNT = Repeatable(f"""
SELECT l.accepted, l.ended, j.open, j.in_flight
  FROM (SELECT count(*) FILTER (WHERE NOT terminal) AS accepted, count(*) FILTER (WHERE terminal) AS ended
          FROM log WHERE {_ENDS}) AS l,
       (SELECT count(*) AS open, count(*) FILTER (WHERE o.job_id IS NULL) AS in_flight
          FROM jobs LEFT JOIN orphans o ON o.job_id = jobs.id WHERE finished_at IS NULL AND id >= $1) AS j
""")

# $1 the smallest id that counts $2 limit: the same sum for each job, where it is not 0. Used only when the ledger is
# not 0.
UNBALANCED = Repeatable(f"""
SELECT id, sum(accepted)::int AS accepted, sum(ended)::int AS ended, sum(open)::int AS open
  FROM (SELECT stream_id AS id, (NOT terminal)::int AS accepted, terminal::int AS ended, 0 AS open
          FROM log WHERE {_ENDS}
         UNION ALL
        SELECT id, 0, 0, 1 FROM jobs WHERE finished_at IS NULL AND id >= $1) AS entries
 GROUP BY id HAVING sum(accepted) - sum(ended) - sum(open) <> 0
 ORDER BY id LIMIT $2
""")


class Lookups:
    """Holds the statements that read the views `api.<service>_open_v1` of some services."""

    def __init__(self, services: Iterable[str]) -> None:
        names = sorted(set(services))
        if not names or not all(re.fullmatch(r"[a-z]+", name) for name in names):
            raise ValueError("not names of services")
        somewhere = " UNION ALL ".join(f"SELECT job_id FROM api.{name}_open_v1" for name in names)
        # $1 kinds $2 seconds of silence $3 limit for each kind
        self.silent_jobs = f"""
WITH missing AS (
  SELECT j.id FROM jobs j
   WHERE j.finished_at IS NULL AND j.kind = ANY($1::text[])
     AND {_HEARD} < now() - make_interval(secs => $2::float8)
  EXCEPT SELECT job_id FROM orphans
  EXCEPT ({somewhere})
)
SELECT id, kind, last_seq, silent FROM (
  SELECT j.id, j.kind, j.last_seq, now() - {_HEARD} AS silent,
         row_number() OVER (PARTITION BY j.kind ORDER BY {_HEARD}, j.id) AS place
    FROM missing JOIN jobs j ON j.id = missing.id AND j.finished_at IS NULL) AS placed
 WHERE place <= $3
"""
        # $1 job_ids $2 last seqs: those without a later event that are still found nowhere
        self.still_silent = Repeatable(f"""
SELECT j.id FROM unnest($1::uuid[], $2::bigint[]) AS m(id, last_seq)
  JOIN jobs j ON j.id = m.id AND j.last_seq = m.last_seq AND j.finished_at IS NULL
EXCEPT ({somewhere})
""")
        # Orphans that have ended, had an event, or are found somewhere. It runs only while there are orphans, so by the
        # key.
        self.clear_orphans = f"""
DELETE FROM orphans o
 WHERE (SELECT count(*) FROM jobs j WHERE j.id = o.job_id AND j.last_seq = o.last_seq AND j.finished_at IS NULL) = 0
    OR o.job_id IN (SELECT job_id FROM orphans INTERSECT ({somewhere}))
RETURNING o.job_id
"""
