"""Tests that the roles of `public_api` may read its views and do nothing else, and what the migration leaves alone."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from chassis.fresh_databases import fresh_database
from chassis.storage.migrations import migrate
from contracts.public_views import PUBLIC_VIEWS
from tests.public_api.principals import OWN, act
from voxbus.services import SERVICES

#: relations and functions of every schema but Postgres's own
RELATIONS = """
SELECT n.nspname || '.' || quote_ident(c.relname) AS name, c.relkind::text AS kind FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
FUNCTIONS = """
SELECT p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND has_schema_privilege($1, n.oid, 'USAGE')
   AND has_function_privilege($1, p.oid, 'EXECUTE')
"""
#: functions that any role may call by themselves, whatever schema they are in
CALLED_BY_ALL = """
SELECT p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname IN ('gateway', 'speech', 'feedback', 'content', 'notify', 'api', 'public_api', 'auth')
   AND has_function_privilege('public', p.oid, 'EXECUTE')
"""
#: of a right, or of what nobody can do with a view of several tables
REFUSED = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.WrongObjectTypeError,
    asyncpg.ObjectNotInPrerequisiteStateError,
)
#: what the owner of the views may read of the gateway's
OF_THE_GATEWAY = {
    "people": "id email email_verified username birth_date country time_zone language roles created_at",
    "identities": "issuer subject person_id",
    "sessions": "id person_id issuer issuer_session ends_at why_ended",
    "erasures": "person_id",
    "consent_states": "person_id purpose recipient state method notice_version granted_at confirmed_at revoked_at",
    "guardians": "person_id guardian_id linked_at told_of",
    "jobs": "id kind person_id status created_at",
}


@pytest.mark.parametrize("role", ["anon", "authenticated"])
async def test_a_role_reads_the_views_and_does_nothing_else(role: str, url: str) -> None:
    connection = await asyncpg.connect(url)
    relations = await connection.fetch(RELATIONS)
    assert len(relations) > 90
    done = set()
    for name, kind in relations:
        reads = f"SELECT nextval('{name}')" if kind == "S" else f"SELECT FROM {name} LIMIT 1"
        writes = () if kind == "S" else (f"INSERT INTO {name} DEFAULT VALUES", f"DELETE FROM {name}")
        locks = () if kind == "S" else (f"SELECT FROM {name} FOR UPDATE", f"TRUNCATE {name}")
        for statement in (reads, *writes, *locks):
            try:
                await connection.execute(f"BEGIN; SET LOCAL ROLE {role}; {statement}")
                done.add(statement)
            except REFUSED:
                pass
            await connection.execute("ROLLBACK")
    views = ["twisters"] if role == "anon" else PUBLIC_VIEWS
    assert done == {f"SELECT FROM public_api.{view} LIMIT 1" for view in views}
    called = {row["name"] for row in await connection.fetch(FUNCTIONS, role)}
    assert called == {"auth.uid()"} | ({"public_api.person_id()"} if role == "authenticated" else set())
    assert await connection.fetch(CALLED_BY_ALL) == []
    await connection.close()


async def test_the_owner_of_the_views_may_read_their_columns_alone_and_cannot_log_in(url: str) -> None:
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'voxbus_public_api'") is False
    rights = await connection.fetch(
        "SELECT table_schema || '.' || table_name || '.' || column_name AS name, privilege_type"
        "  FROM information_schema.column_privileges"
        " WHERE grantee = 'voxbus_public_api' AND table_schema <> 'public_api'"
    )
    assert {row["privilege_type"] for row in rights} == {"SELECT"}
    readable = {row["name"] for row in rights}
    assert {name for name in readable if name.startswith("gateway.")} == {
        f"gateway.{table}.{column}" for table, columns in OF_THE_GATEWAY.items() for column in columns.split()
    }
    assert {name.rpartition(".")[0] for name in readable if not name.startswith("gateway.")} == {
        "speech.assessments",
        "feedback.feedback",
        "notify.notifications",
        "content.twisters",
        "content.twister_progress",
        "content.badges",
        "content.entries",
        "content.lesson_places",
        "content.lesson_progress",
        "content.lessons",
        "content.revisions",
        "content.standings",
        "content.xp_awards",
    }
    assert not await connection.fetchval(
        "SELECT bool_or(has_schema_privilege('voxbus_public_api', oid, 'CREATE')) FROM pg_namespace"
        " WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
    )
    await connection.close()


async def test_what_supabase_has_stays_as_it_is(postgres_url: str) -> None:
    """Tests on a database that looks like Supabase's: with its roles, their rights, and `auth.uid()`."""
    name = f"test_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"CREATE DATABASE {name}")
    url = urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))
    kept = """
    SELECT array_agg(r::text) FROM (
      SELECT rolname::text, rolcanlogin, rolinherit, rolconfig::text FROM pg_roles
       WHERE rolname IN ('anon', 'authenticated')
      UNION ALL SELECT p.proname::text, p.prosecdef, p.proisstrict, p.prosrc || p.proacl::text FROM pg_proc p
       WHERE p.pronamespace = 'auth'::regnamespace
      UNION ALL SELECT n.nspname::text, false, false, n.nspacl::text FROM pg_namespace n WHERE n.nspname = 'auth'
      UNION ALL SELECT d.defaclobjtype::text, false, false, d.defaclacl::text FROM pg_default_acl d ORDER BY 1) r
    """
    try:
        await migrate(url, [])  # the roles are the server's, and there from now on
        owner = await asyncpg.connect(url)
        await owner.execute("DROP SCHEMA auth CASCADE")
        await owner.execute("CREATE SCHEMA auth")
        await owner.execute(
            "CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS"
            " $$ SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$"
        )
        await owner.execute("GRANT EXECUTE ON FUNCTION auth.uid() TO PUBLIC")
        await owner.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO anon")
        before = await owner.fetchval(kept)
        await migrate(url, [])
        assert await owner.fetchval(kept) == before
        await owner.close()
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


async def test_realtime_shows_the_rows_that_the_views_show_and_leaves_these_as_they_were(
    connection: asyncpg.Connection,
) -> None:
    """Tests the statements of docs/supabase.md. Realtime itself, which asks these policies, was never run."""
    page = (Path(__file__).parents[2] / "docs" / "supabase.md").read_text(encoding="utf-8")
    await connection.execute(page.partition("```sql\n")[2].partition("```")[0])
    await act(connection, OWN.claims)
    for view, table, key in (
        ("notifications", "notify.notifications", "title"),
        ("twister_progress", "content.twister_progress", "sound"),
    ):
        shown = await connection.fetch(f"SELECT {key} FROM public_api.{view}")
        assert shown == await connection.fetch(f"SELECT {key} FROM {table}") and len(shown) == 1
    await connection.execute("SET LOCAL ROLE voxbus_notify")
    assert await connection.fetchval("SELECT count(*) FROM notify.notifications") > 1
    published = await connection.fetch("SELECT schemaname || '.' || tablename FROM pg_publication_tables")
    assert {row[0] for row in published} == {"notify.notifications", "content.twister_progress"}


async def test_a_database_without_the_gateway_knows_nobody(postgres_url: str) -> None:
    speech = [service for service in SERVICES if service.name == "speech"]
    async with fresh_database(postgres_url, speech) as url:
        connection = await asyncpg.connect(url)
        await connection.execute(
            "INSERT INTO speech.assessments (attempt_id, person_id, words, sounds, engine)"
            " VALUES ($1, $2, '[]', '[]', '{}')",
            OWN.attempt,
            OWN.id,
        )
        await connection.execute("BEGIN")
        await act(connection, OWN.claims)
        assert await connection.fetch("SELECT * FROM public_api.assessments") == []
        await connection.close()
