"""Looks each minute for what is wrong beneath a service, and says it where an operator looks (docs/adr/0056).

It is said in the reasons of `/readyz` and `/api/health`, by a line in the log, and by `voxbus_wrong`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress

from sqlalchemy.exc import DBAPIError

from chassis.bus.base import Bus, BusAway
from chassis.loops import every
from chassis.observe.health import Finding, Pulse, Watchdog
from chassis.observe.logs import logger
from chassis.service import Service
from chassis.storage.database import Database
from chassis.storage.errors import DatabaseAway, is_outage, sqlstate

_EVERY_S = 60.0
#: the broker's versions that Voxbus was tested with: 3.10 and later of 3, and 4
KNOWN_BROKERS = re.compile(r"(3\.(1\d|[2-9]\d)|4\.\d+)\.")
#: what came before: it lacks what queues are declared with
_TOO_OLD = re.compile(r"([0-2]|3\.\d)\.")
_ALL = "SELECT,INSERT,UPDATE,DELETE"

#: $1 tables of the service, $2 views in schema `api` that it reads. Views of a service that is not installed, whose
#: schema is missing, are not missed. Schemas are named, as their functions need no right to use them.
_LOOK = f"""
WITH wanted AS (
  SELECT 'table' AS kind, current_schema()::text AS schema, name, '{_ALL}' AS rights FROM unnest($1::text[]) AS name
   UNION ALL
  SELECT 'view', 'api', name, 'SELECT' FROM unnest($2::text[]) AS name
   WHERE EXISTS (SELECT FROM pg_namespace WHERE nspname = split_part(name, '_', 1))
)
SELECT w.kind, w.schema, w.name, c.oid IS NULL AS missing, current_user::text AS role,
       ARRAY(SELECT word FROM unnest(string_to_array(w.rights, ',')) AS word
              WHERE c.oid IS NOT NULL AND NOT (has_table_privilege(c.oid, word)
                                               AND has_schema_privilege(c.relnamespace, 'USAGE'))) AS refused
  FROM wanted AS w LEFT JOIN (pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace)
    ON n.nspname = w.schema AND c.relname = w.name
"""

_log = logger(__name__)


class Look:
    """Looks for what is wrong beneath one service: its tables and rights, the views that it reads, queues, broker."""

    def __init__(self, service: Service, database: Database, bus: Bus, watchdog: Watchdog) -> None:
        self._service = service
        self._database = database
        self._bus = bus
        self._watchdog = watchdog
        self._on_bus: dict[str, Finding] = {}

    async def once(self) -> None:
        """Looks, and says what is found; what cannot be asked now stays as it was."""
        try:
            found = await look_at_tables(self._database, self._service)
        except DBAPIError as error:
            if is_outage(error):
                raise
            found = {"database": Finding(f"refuses {self._service.name} ({sqlstate(error)}): is it migrated?")}
        with suppress(BusAway):
            self._on_bus = await self._look_at_bus()
        self._watchdog.find(self._service.name, found | self._on_bus)

    async def run(self, pulse: Pulse) -> None:
        """Looks each minute until cancelled."""
        await every(_EVERY_S, self.once, pulse, again=_EVERY_S / 6, jitter=0.2)

    async def _look_at_bus(self) -> dict[str, Finding]:
        changed = await self._bus.changed(self._service.topology().queues)
        found = {f"queue {name}": Finding(f"exists with other arguments: {detail}") for name, detail in changed.items()}
        version = self._bus.version
        if version is not None and not KNOWN_BROKERS.match(version):
            old = bool(_TOO_OLD.match(version))
            reason = "is too old, 3.10 is the oldest" if old else "is unknown to this release, which goes on"
            found["broker"] = Finding(f"RabbitMQ {version} {reason}", blocks=old)
        return found


async def look_at_tables(database: Database, service: Service) -> dict[str, Finding]:
    """Looks whether a service's tables and the views that it reads are there, and may be used."""
    tables = sorted(table.name for table in service.metadata.tables.values())
    found = {}
    for row in await database.fetch(_LOOK, tables, sorted(service.reads)):
        if row.missing:
            reason = "is missing: has voxbus migrate been run by this release?"
        elif row.refused:
            reason = f"{row.role} has no right to {', '.join(row.refused)}: voxbus migrate grants it"
        else:
            continue
        found[f"{row.kind} {row.schema}.{row.name}"] = Finding(reason)
    return found


async def look_at_start(looks: Collection[Look]) -> None:
    """Looks before the process is ready. A server that does not answer is no finding: its loops say that."""
    for look in looks:
        try:
            await look.once()
        except (DBAPIError, DatabaseAway) as error:
            _log.warning("nothing could be looked for yet", error=type(error).__name__)
