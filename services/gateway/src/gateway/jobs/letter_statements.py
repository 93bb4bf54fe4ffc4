"""Holds the statements on dead letters: the views `api.<service>_dead_letters_v1` and the functions beside them."""

import re
from collections.abc import Iterable

from chassis.message.envelope import PREFIX
from chassis.storage.statement import Repeatable

#: the services whose dead letters this database has; one on a database of its own is not among them
PUBLISHED = Repeatable("""
SELECT split_part(c.relname, '_', 1) AS service FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'api' AND c.relkind = 'v' AND c.relname ~ '^[a-z]+_dead_letters_v1$' ORDER BY 1
""")

_TYPE, _PERSON = f"headers->>'{PREFIX}type'", f"headers->>'{PREFIX}personid'"
_GROUP = f"left(md5(concat_ws(' ', consumer, problem->>'type', {_TYPE})), 8)"
#: tells letters of one message apart, so that a page can go on after one
_MARK = "md5(consumer || '/' || id)::uuid"
_HEAD = f"""
consumer, id, job_id, {_TYPE} AS type, {_PERSON} AS person, headers->>'{PREFIX}version' AS version,
problem, tries, died_at, expired, original IS NOT NULL AS edited, {_GROUP} AS group_id, {_MARK} AS mark
"""
# $1 since $2 until $3 types $4 job $5 person $6 kind of the job $7 handler $8 problem $9 group; null filters nothing
_WANTED = f"""
    ($1::timestamptz IS NULL OR died_at >= $1) AND ($2::timestamptz IS NULL OR died_at < $2)
AND ($3::text[] IS NULL OR {_TYPE} = ANY($3)) AND ($4::uuid IS NULL OR job_id = $4)
AND ($5::uuid IS NULL OR {_PERSON} = $5::text)
AND ($6::text IS NULL OR EXISTS (SELECT FROM jobs AS j WHERE j.id = letters.job_id AND j.kind = $6))
AND ($7::text IS NULL OR consumer = $7) AND ($8::text IS NULL OR problem->>'type' = $8)
AND ($9::text IS NULL OR {_GROUP} = $9)
"""


def _of(services: Iterable[str], columns: str = "*") -> str:
    names = sorted(set(services))
    if not all(re.fullmatch(r"[a-z]+", name) for name in names):
        raise ValueError("not names of services")
    return " UNION ALL ".join(f"SELECT {columns} FROM api.{name}_dead_letters_v1" for name in names)


def heads(services: Iterable[str]) -> Repeatable:
    """Returns the statement for single letters, newest message first; $10 id and $11 mark to go on after, $12 limit."""
    return Repeatable(f"""
SELECT {_HEAD} FROM ({_of(services)}) AS letters
 WHERE {_WANTED} AND ($10::uuid IS NULL OR (id, {_MARK}) < ($10, $11::uuid))
 ORDER BY id DESC, mark DESC LIMIT $12
""")


def groups(services: Iterable[str]) -> Repeatable:
    """Returns the statement that counts letters by handler, problem and type; the latest group first."""
    return Repeatable(f"""
SELECT {_GROUP} AS id, consumer, problem->>'type' AS problem, {_TYPE} AS type, count(*)::int AS letters,
       min(died_at) AS first_at, max(died_at) AS last_at
  FROM ({_of(services)}) AS letters WHERE {_WANTED} GROUP BY 1, 2, 3, 4 ORDER BY max(died_at) DESC, 1
""")


def one(service: str) -> Repeatable:
    """Returns the statement for one letter with its body; $1 consumer $2 id."""
    return Repeatable(f"SELECT * FROM ({_of([service])}) AS letters WHERE consumer = $1 AND id = $2")


def function(service: str, act: str) -> str:
    """Returns the statement that calls a service's function `retry`, `drop` or `edit`; $1 consumer $2 id."""
    if not re.fullmatch(r"[a-z]+", service):
        raise ValueError("not the name of a service")
    more = ", $3, $4::jsonb, $5" if act == "edit" else ""
    return f"SELECT result, state, number FROM api.{service}_{act}_letter_v1($1, $2{more})"
