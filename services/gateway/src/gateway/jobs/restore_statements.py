"""Holds the statements by which a database from a backup goes on where it was."""

# $1 the moment of the backup, as text. An open job has as much time as it had then.
MOVE_DEADLINES = """
UPDATE jobs SET deadline = deadline + (now() - $1::text::timestamptz) WHERE finished_at IS NULL
"""
COUNT_OPEN = "SELECT count(*) AS open FROM jobs WHERE finished_at IS NULL"
# A repair of the queues begins with what the oldest open job has said. What is declared anew is noted then.
SEEN_WITH_OLDEST_JOB = """
UPDATE topology_seen SET seen_at = least(seen_at, (SELECT min(created_at) FROM jobs WHERE finished_at IS NULL))
"""
# $1 queues, sorted: all are empty now, whether or not they are declared
QUEUES_EMPTIED = """
INSERT INTO topology_seen AS t (queue, seen_at, gaps)
SELECT queue, coalesce((SELECT min(created_at) FROM jobs WHERE finished_at IS NULL), now()), 1
  FROM unnest($1::text[]) AS q(queue)
ON CONFLICT (queue) DO UPDATE SET gaps = t.gaps + 1, seen_at = least(t.seen_at, excluded.seen_at)
"""
