"""Makes the statements that find and delete what was kept for long enough, from the places of `retention.toml`.

Names of tables and columns, and conditions, come from that file, never from outside. `$1` and `$2` are moments, days or
ids up to which rows are due, the second for children.
"""

from __future__ import annotations

import re

from chassis.privacy.retention import OF_ID, Holder

#: rows in one transaction
BATCH = 1_000
#: seconds for which a turn is taken: longer than any batch may take
TURN_S = 120
#: begins the names of turns that say which tables have dead rows of the worker's
DEAD_IN = "dead in "

# $1 owner. No row: another process has the turn.
TAKE_TURN = f"""
UPDATE retention_turns SET owner = $1::uuid, until = now() + interval '{TURN_S} seconds'
 WHERE name = 'worker' AND (owner = $1::uuid OR until <= now()) RETURNING name
"""
# $1 owner: somebody else may go on at once
END_TURN = "UPDATE retention_turns SET owner = NULL, until = now() WHERE name = 'worker' AND owner = $1::uuid"

# $1 table: dead rows are in its file, from now on
LEAVE_DEAD = f"""
INSERT INTO retention_turns (name, until) VALUES ('{DEAD_IN}' || $1::text, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET until = excluded.until
"""

# Media that were deleted since the last count, by prefix. What is deleted now may not be committed yet.
COUNT_MEDIA = """
WITH counted AS (
  UPDATE retention_turns AS t SET until = now() - interval '1 minute'
    FROM (SELECT until FROM retention_turns WHERE name = 'media' FOR UPDATE) AS before
   WHERE t.name = 'media' AND before.until < now() - interval '1 minute'
  RETURNING before.until AS since, t.until AS until
)
SELECT split_part(m.ref, '/', 1) AS prefix, count(*) AS number, min(m.requested_at) AS oldest
  FROM media_deletions AS m, counted AS c WHERE m.deleted_at > c.since AND m.deleted_at <= c.until
 GROUP BY 1 ORDER BY 1
"""

_NAME = re.compile(r"[a-z_]+")
_DUE_PERSONS = "CASE WHEN a.child THEN a.day < $2::date ELSE a.day < $1::date END"


def delete(holder: Holder) -> str:
    """Returns the statement that deletes a batch, or empties its column; it gives their `number` and the `oldest`."""
    table, due = _checked(holder.table), _due(holder)
    some = f"ARRAY(SELECT t.ctid FROM {table} AS t{due} LIMIT {BATCH} FOR UPDATE OF t SKIP LOCKED)"
    gone = (
        f"DELETE FROM {table} WHERE ctid = ANY({some}) RETURNING *"
        if holder.column is None
        else f"UPDATE {table} SET {_checked(holder.column)} = NULL WHERE ctid = ANY({some}) RETURNING *"
    )
    also = "" if holder.also is None else f", also AS (\n{holder.also})"
    oldest = _age_column(holder)
    return f"WITH gone AS ({gone}){also} SELECT count(*) AS number, {oldest} AS oldest FROM gone"


def oldest(holder: Holder) -> str:
    """Returns the statement that finds from when the oldest row is by its clock: a moment, an id, or two days.

    Days are `day` and `child_day`, the first that any person with a row there was last active.
    """
    table, clock = _checked(holder.table), holder.clock or ""
    if holder.by_activity:
        there = f"EXISTS (SELECT FROM {table} AS t WHERE t.person_id = a.person_id{_and(_has(holder))})"
        return (
            "SELECT min(a.day) FILTER (WHERE NOT a.child) AS day, min(a.day) FILTER (WHERE a.child) AS child_day"
            f" FROM person_activity AS a WHERE {there}"
        )
    conditions = _where(_has(holder))
    if clock.startswith(OF_ID):
        column = _checked(clock.removeprefix(OF_ID))
        return f"SELECT (SELECT {column} FROM {table} AS t{conditions} ORDER BY {column} LIMIT 1) AS oldest"
    return f"SELECT min({_checked(clock)}) AS oldest FROM {table} AS t{conditions}"


def undated(holder: Holder) -> str:
    """Returns the statement that counts rows of people whose last activity is not known: nothing would delete them."""
    unknown = "NOT EXISTS (SELECT FROM person_activity AS a WHERE a.person_id = t.person_id)"
    return f"SELECT count(*) AS number FROM {_checked(holder.table)} AS t WHERE {unknown}{_and(_has(holder))}"


def _due(holder: Holder) -> str:
    clock = holder.clock or ""
    if holder.by_activity:
        return f" JOIN person_activity AS a ON a.person_id = t.person_id WHERE {_DUE_PERSONS}{_and(_has(holder))}"
    if clock.startswith(OF_ID):
        return f" WHERE t.{_checked(clock.removeprefix(OF_ID))} < $1::uuid{_and(_has(holder))}"
    return f" WHERE t.{_checked(clock)} <= $1::timestamptz{_and(_has(holder))}"


def _has(holder: Holder) -> list[str]:
    """Returns the conditions on rows that are of the class and that the worker may delete."""
    filled = [] if holder.column is None else [f"{_checked(holder.column)} IS NOT NULL"]
    return [*filled, *(f"({each})" for each in (holder.rows, holder.only) if each is not None)]


def _age_column(holder: Holder) -> str:
    column = holder.since or (None if holder.by_activity or (holder.clock or "").startswith(OF_ID) else holder.clock)
    return "NULL::timestamptz" if column is None else f"min({_checked(column)})"


def _and(conditions: list[str]) -> str:
    return "".join(f" AND {condition}" for condition in conditions)


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _checked(name: str | None) -> str:
    if name is None or not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a table or column of ours")
    return name
