"""Compares two schemas: what the release before reads and writes must still work after the migrations of this one.

The rules of “expand, then contract”: its tables, views and columns are there with their types; what it leaves out of an
INSERT has a default or may be empty; nothing that it writes is refused that was not before; what its `ON CONFLICT`
names is still unique. A table that was renamed has a view in its place, which holds what the table does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg

# Partitions are like their tables.
_RELATIONS = """
SELECT n.nspname || '.' || c.relname AS relation, coalesce(c.relacl::text[], '{}') AS grants
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY($1) AND NOT c.relispartition AND c.relkind IN ('r', 'p', 'v')
"""
_COLUMNS = """
SELECT a.attrelid::regclass::text AS relation, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       NOT a.attnotnull AS optional, a.atthasdef OR a.attidentity <> '' AS filled
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY($1) AND NOT c.relispartition AND c.relkind IN ('r', 'p', 'v')
   AND a.attnum > 0 AND NOT a.attisdropped
"""
# A table or view of the service, and the table that has its rows.
_HELD = """
WITH held AS (
  SELECT oid AS relation, oid AS holder, relnamespace FROM pg_class WHERE relkind IN ('r', 'p')
  UNION
  SELECT v.oid, t.oid, v.relnamespace
    FROM pg_class v JOIN pg_rewrite r ON r.ev_class = v.oid
    JOIN pg_depend d ON d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class t ON t.oid = d.refobjid AND t.relnamespace = v.relnamespace
   WHERE v.relkind = 'v' AND t.relkind IN ('r', 'p')
)
"""
_UNIQUE = f"""
{_HELD}
SELECT h.relation::regclass::text AS relation, pg_get_expr(i.indpred, i.indrelid) AS part,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, place, true) FROM generate_series(1, i.indnkeyatts) AS place)
         AS columns
  FROM pg_index i JOIN held h ON h.holder = i.indrelid JOIN pg_class c ON c.oid = h.relation
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY($1) AND NOT c.relispartition AND i.indisunique
"""
_RULES = f"""
{_HELD}
SELECT h.relation::regclass::text AS relation, pg_get_constraintdef(x.oid) AS rule
  FROM pg_constraint x JOIN held h ON h.holder = x.conrelid JOIN pg_class c ON c.oid = h.relation
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY($1) AND NOT c.relispartition AND x.contype IN ('c', 'f', 'x')
UNION ALL
SELECT h.relation::regclass::text, pg_get_triggerdef(t.oid)
  FROM pg_trigger t JOIN held h ON h.holder = t.tgrelid JOIN pg_class c ON c.oid = h.relation
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY($1) AND NOT c.relispartition AND NOT t.tgisinternal
"""


@dataclass(frozen=True)
class Column:
    """Describes a column: `optional` may be NULL, `filled` has a value of its own where an INSERT names none."""

    type: str
    optional: bool
    filled: bool


@dataclass(frozen=True)
class Schema:
    """Holds what a release relies on, by the name of its table or view."""

    columns: dict[str, dict[str, Column]]
    unique: dict[str, set[tuple[tuple[str, ...], str | None]]]
    rules: dict[str, set[str]]
    grants: dict[str, set[str]]


async def schema_of(connection: asyncpg.Connection, names: list[str]) -> Schema:
    """Reads the schemas of these names."""
    grants = {row["relation"]: set(row["grants"]) for row in await connection.fetch(_RELATIONS, names)}
    found = Schema(
        {name: {} for name in grants}, {name: set() for name in grants}, {name: set() for name in grants}, grants
    )
    for row in await connection.fetch(_COLUMNS, names):
        found.columns[row["relation"]][row["name"]] = Column(row["type"], row["optional"], row["filled"])
    for row in await connection.fetch(_UNIQUE, names):
        found.unique[row["relation"]].add((tuple(row["columns"]), row["part"]))
    for row in await connection.fetch(_RULES, names):
        found.rules[row["relation"]].add(row["rule"])
    return found


def broken(before: Schema, after: Schema) -> list[str]:
    """Returns what of `before` a release that knows nothing of `after` can no longer rely on, a sentence each."""
    return [
        f"{name}: {sentence}"
        for name in sorted(before.columns)
        for sentence in (
            ["it is gone"]
            if name not in after.columns
            else [*_columns(before.columns[name], after.columns[name]), *_rules(name, before, after)]
        )
    ]


def _columns(old: dict[str, Column], new: dict[str, Column]) -> Iterator[str]:
    for column, was in old.items():
        now = new.get(column)
        if now is None:
            yield f"{column} is gone"
        elif now.type != was.type:
            yield f"{column} is {now.type} instead of {was.type}"
        elif was.optional and not now.optional:
            yield f"{column} may not be empty any more"
        elif was.filled and not now.filled:
            yield f"{column} has no default any more"
    for column in new.keys() - old.keys():
        if not new[column].optional and not new[column].filled:
            yield f"{column} is new, may not be empty and has no default"


def _rules(name: str, before: Schema, after: Schema) -> Iterator[str]:
    old, new = before.columns[name], after.columns[name]
    for columns, part in before.unique[name] - after.unique[name]:
        yield f"{', '.join(columns)} {part or ''} is not unique any more"
    for columns, part in after.unique[name] - before.unique[name]:
        # of what a new column leaves empty any number may be there
        if not any(each in new.keys() - old.keys() and not new[each].filled for each in columns):
            yield f"{', '.join(columns)} {part or ''} has to be unique"
    for rule in after.rules[name] - before.rules[name]:
        # one about a new column is met by what the last release leaves there; that its rows are taken is tested apart
        if not any(re.search(rf"\b{each}\b", rule) for each in new.keys() - old.keys()):
            yield f"a new rule: {rule}"
    for grant in before.grants[name] - after.grants[name]:
        yield f"a grant is gone: {grant}"
