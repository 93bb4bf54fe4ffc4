"""Tests that no condition of a query meets a row of others, and that rows are found by an index."""

from __future__ import annotations

import json

import asyncpg
import pytest

from tests.public_api.principals import OWN, act

LEAK = """
CREATE FUNCTION pg_temp.tells(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN RAISE NOTICE 'seen: %', $1; RETURN true; END $$
"""


async def test_conditions_of_a_query_never_meet_rows_of_others(connection: asyncpg.Connection) -> None:
    told: list[str] = []
    connection.add_log_listener(lambda _, message: told.append(str(message.message)))
    open_view = "SELECT transcript FROM speech.assessments WHERE person_id = (SELECT public_api.person_id())"
    await connection.execute(f"CREATE VIEW api.without_barrier AS {open_view}")
    await connection.execute("GRANT USAGE ON SCHEMA api TO authenticated")
    await connection.execute("GRANT SELECT ON api.without_barrier TO authenticated")
    for way in ("indexscan", "indexonlyscan", "bitmapscan"):  # so that every row is looked at
        await connection.execute(f"SET LOCAL enable_{way} = off")
    await act(connection, OWN.claims)
    await connection.execute(LEAK)
    await connection.fetch("SELECT * FROM public_api.assessments WHERE pg_temp.tells(transcript)")
    assert told == ["seen: 7"]
    # a cast that fails for every transcript but one's own
    assert await connection.fetchval("SELECT count(*) FROM public_api.assessments WHERE transcript::int = 7") == 1
    assert await connection.fetchval("SELECT count(*) FROM public_api.attempts WHERE transcript::int = 7") == 1
    # the same function in a view that has no barrier: it does tell
    await connection.fetch("SELECT * FROM api.without_barrier WHERE pg_temp.tells(transcript)")
    assert "seen: words of clerk" in told


BY_INDEX = {
    "me": "people_pkey",
    "attempts": "jobs_of_person",
    "assessments": "assessments_person",
    "feedback": "feedback_person",
    "twister_progress": "progress_pkey",
    "notifications": "notifications_person",
    "consents": "consents_",
    "children": "guardians_of_guardian",
}


@pytest.mark.parametrize("view", BY_INDEX)
async def test_rows_are_found_by_an_index(view: str, connection: asyncpg.Connection) -> None:
    await connection.execute("SET LOCAL enable_seqscan = off")
    await act(connection, OWN.claims)
    plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN SELECT * FROM public_api.{view}"))
    assert BY_INDEX[view] in plan and "Seq Scan" not in plan, plan


@pytest.mark.in_full
async def test_of_a_million_rows_a_persons_own_are_found_by_an_index(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("BEGIN")
    await connection.execute(
        "INSERT INTO speech.assessments (attempt_id, person_id, transcript, words, sounds, engine)"
        " SELECT gen_random_uuid(), md5((n / 100)::text)::uuid, 'words', '[]', '[]', '{}'"
        "   FROM generate_series(1, 1000000) n"
    )
    await connection.execute(
        "INSERT INTO gateway.jobs (id, kind, person_id, status, deadline, last_seq)"
        " SELECT attempt_id, 'attempt', person_id, 'succeeded', now(), 7 FROM speech.assessments"
        "  WHERE transcript = 'words'"
    )
    await connection.execute("ANALYZE speech.assessments, gateway.jobs")
    await act(connection, OWN.claims)
    for view, index in (("assessments", "assessments_person"), ("attempts", "jobs_of_person")):
        lines = await connection.fetch(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM public_api.{view} ORDER BY created_at LIMIT 20"
        )
        [plan] = json.loads(lines[0][0])
        assert index in json.dumps(plan) and "Seq Scan" not in json.dumps(plan), plan
        assert plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] < 500, plan
    await connection.close()
