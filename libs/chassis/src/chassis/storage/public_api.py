"""Prepares schema `public_api`: views that clients of Supabase's Data API (PostgREST) read in a role of the database.

Migrations of the services make the views (`public_view_v1`). A role without login owns them and may read just the
columns that they show. The roles `anon` and `authenticated` may read the views and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from chassis.pooler import Address
from chassis.storage.public_view_v1 import OWNER

#: makes a role without login, unless another database of the same server has, perhaps at this moment
MAKE_ROLE = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{0}') THEN CREATE ROLE {0} NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
# Supabase has these roles and this function; there they stay as they are. Without them they are made, for PostgREST.
_AS_ON_SUPABASE = """
DO $do$ BEGIN
  IF to_regnamespace('auth') IS NOT NULL THEN RETURN; END IF;
  CREATE SCHEMA auth;
  CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    RETURN (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid;
  EXCEPTION WHEN OTHERS THEN RETURN NULL;
  END $$;
  REVOKE ALL ON FUNCTION auth.uid() FROM PUBLIC;
  GRANT USAGE ON SCHEMA auth TO anon, authenticated;
  GRANT EXECUTE ON FUNCTION auth.uid() TO anon, authenticated;
END $do$
"""
# Knows nobody: a migration of the gateway, which has the people, makes the real one.
_NOBODY = f"""
DO $do$ BEGIN
  IF to_regprocedure('public_api.person_id()') IS NOT NULL THEN RETURN; END IF;
  SET LOCAL ROLE {OWNER};
  CREATE FUNCTION public_api.person_id() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid';
  REVOKE ALL ON FUNCTION public_api.person_id() FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION public_api.person_id() TO authenticated;
END $do$
"""
_RIGHTS = """
SELECT c.relname AS view, pg_get_userbyid(c.relowner) AS owner, 'security_barrier=true' = ANY (c.reloptions) AS barrier,
       ARRAY(SELECT a.grantee::regrole || ' ' || a.privilege_type FROM aclexplode(c.relacl) a
              WHERE a.grantee <> c.relowner ORDER BY 1) AS rights
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public_api' ORDER BY 1
"""


async def prepare(connection: AsyncConnection) -> None:
    """Makes what the services' migrations need for their views."""
    run = connection.exec_driver_sql
    for role in (OWNER, "anon", "authenticated"):
        await run(MAKE_ROLE.format(role))
    await run(f"GRANT {OWNER} TO CURRENT_USER")
    await run("CREATE SCHEMA IF NOT EXISTS public_api")
    await run(f"GRANT USAGE, CREATE ON SCHEMA public_api TO {OWNER}")
    await run("GRANT USAGE ON SCHEMA public_api TO anon, authenticated")
    await run(_AS_ON_SUPABASE)
    await run(_NOBODY)
    await connection.commit()


async def finish(connection: AsyncConnection, schemas: Sequence[str]) -> None:
    """Lets nobody make views until the next migration, nor call the functions of the services' schemas."""
    await connection.exec_driver_sql(f"REVOKE CREATE ON SCHEMA public_api FROM {OWNER}")
    for schema in schemas:
        await connection.exec_driver_sql(f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {schema} FROM PUBLIC")


async def wrong_rights(url: str, readers: Mapping[str, Sequence[str]]) -> list[str]:
    """Lists the views of `public_api` that are not as they have to be, a sentence each.

    `readers` are, by the name of a view, the roles that read it; nobody else may do anything with it.
    """
    engine = create_async_engine(Address.of(url).sqlalchemy)
    try:
        async with engine.connect() as connection:
            rows = (await connection.exec_driver_sql(_RIGHTS)).all()
    finally:
        await engine.dispose()
    found = []
    for row in rows:
        wanted = sorted(f"{role} SELECT" for role in readers.get(row.view, ()))
        if (row.owner, row.barrier, row.rights) != (OWNER, True, wanted):
            barrier = "a security barrier" if row.barrier else "no security barrier"
            found.append(f"public_api.{row.view}: it is {row.owner}'s, has {barrier}, and its rights are {row.rights}")
    return found
