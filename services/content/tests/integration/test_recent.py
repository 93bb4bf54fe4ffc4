"""Tests that a person's last twisters are the newest ten, found without reading the history."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from chassis.storage.database import Database
from content.twisters.progress_store import RECENT, following, next_twister, recent, recent_twisters

#: one attempt a minute; a twister's id is the number of the attempt; every third was at a text of one's own
FILL = """
INSERT INTO folded_attempts (attempt_id, person_id, twister_id, next_twister_id, folded_at)
SELECT gen_random_uuid(), $1, CASE WHEN n % 3 > 0 THEN lpad(n::text, 32, '0')::uuid END, gen_random_uuid(),
       now() - make_interval(mins => $2 - n)
  FROM generate_series(1, $2) n
"""


def numbers(found: list[UUID]) -> list[int]:
    return [int(each.hex) for each in found]


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(each for below in plan.get("Plans", []) for each in nodes(below))]


async def test_the_newest_come_first_and_texts_of_ones_own_do_not_count(database: Database) -> None:
    anna, ben, newcomer = (uuid4() for _ in range(3))
    await database.fetch(FILL, anna, 30)
    await database.fetch(FILL, ben, 4)
    async with database.transaction() as tx:
        found = await recent_twisters(tx, [anna, ben, newcomer])
    assert numbers(found[anna]) == [29, 28, 26, 25, 23, 22, 20, 19, 17, 16]
    assert numbers(found[ben]) == [4, 2, 1]
    assert newcomer not in found


async def test_of_one_moment_the_later_attempt_comes_first(database: Database) -> None:
    person, earlier, later = UUID(int=1), UUID(int=2), UUID(int=3)
    rows = "INSERT INTO folded_attempts VALUES ($1, $3, $1, $1), ($2, $3, $2, $2)"
    await database.fetch(rows, later, earlier, person)
    async with database.transaction() as tx:
        assert (await recent_twisters(tx, [person]))[person] == [later, earlier]


async def test_a_long_history_is_not_read(database: Database) -> None:
    people = [uuid4() for _ in range(3)]
    for person in people:
        await database.fetch(FILL, person, 5_000)
    await database.fetch("ANALYZE folded_attempts")
    last = await scan(database, recent(people))
    assert (last["Index Name"], last["Actual Rows"], last["Actual Loops"]) == ("folded_attempts_recent", RECENT, 3)
    chosen = await scan(database, following(people[0]))
    assert (chosen["Index Name"], chosen["Actual Loops"]) == ("folded_attempts_person", 1)
    assert chosen["Actual Rows"] <= 2  # one more says that no other is of the same moment


async def scan(database: Database, statement: sa.Select[Any]) -> dict[str, Any]:
    """Returns how a statement has read the attempts: by which index, and how many."""
    literal = statement.compile(
        dialect=sa.make_url("postgresql+asyncpg://").get_dialect()(), compile_kwargs={"literal_binds": True}
    )
    async with database.transaction() as tx:
        [[plan]] = await tx.execute(sa.text(f"EXPLAIN (ANALYZE, FORMAT JSON) {literal}"))
    found = nodes((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"])
    [one] = [node for node in found if node.get("Relation Name") == "folded_attempts"]
    assert one["Node Type"] == "Index Scan", found
    assert one.get("Rows Removed by Filter", 0) == 0
    return one


async def test_the_last_choice_counts_as_long_as_it_is_there(database: Database) -> None:
    person, first, second = (uuid4() for _ in range(3))
    twister = "INSERT INTO twisters VALUES ($1, 'Toy boat', 'en', 1, '{T}', 'toy boat')"
    chosen = "INSERT INTO folded_attempts VALUES (gen_random_uuid(), $1, NULL, $2, now() - make_interval(mins => $3))"
    await database.fetch(twister, first)
    await database.fetch(chosen, person, first, 1)
    await database.fetch(chosen, person, second, 2)
    async with database.transaction() as tx:
        assert await next_twister(tx, person) == first
        assert await next_twister(tx, uuid4()) is None
    await database.fetch("DELETE FROM twisters")
    async with database.transaction() as tx:
        assert await next_twister(tx, person) is None
