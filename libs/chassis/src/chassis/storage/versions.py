"""Tells which migrations a service's tables lack, or have from a newer release."""

from __future__ import annotations

from pathlib import Path

from alembic.script import ScriptDirectory

from chassis.storage.database import Database
from chassis.storage.migrations import CHASSIS
from chassis.storage.statement import Repeatable

#: $1 schema
_THERE = Repeatable("""
SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relname IN ('chassis_version', 'alembic_version')
""")
_READ = {
    "chassis_version": Repeatable("SELECT version_num FROM chassis_version"),
    "alembic_version": Repeatable("SELECT version_num FROM alembic_version"),
}


async def migrations_behind(database: Database, service: str, migrations: Path) -> str | None:
    """Returns in words how a service's tables differ from this release; None if they are as it makes them."""
    there = {row.name for row in await database.fetch(_THERE, service)}
    for table, folder in (("chassis_version", CHASSIS), ("alembic_version", migrations)):
        if table not in there:
            return "was never migrated by this release"
        scripts = ScriptDirectory(str(folder))
        head, [[at]] = scripts.get_current_head(), await database.fetch(_READ[table])
        if at == head:
            continue
        known = {script.revision for script in scripts.walk_revisions()}
        return f"is at {at}, this release at {head}" if at in known else f"is at {at}, which a newer release has made"
    return None
