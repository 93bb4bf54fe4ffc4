"""Says which pools of database connections a service has: each purpose has its own, so that none starves.

Sizes are settings of each service; at the start of a process their sum is compared with the server's limit.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from chassis.delivery.lease import BEAT_ANSWER_WITHIN
from chassis.errors import SettingsError
from chassis.observe.logs import logger
from chassis.pooler import Address, Mode, to_be_named
from chassis.service import Service
from chassis.settings import PREFIX, ServiceSettings, load
from chassis.storage.database import ANSWER_WITHIN, Database, open_database
from chassis.storage.errors import DatabaseAway, sqlstate
from chassis.storage.statement import Repeatable

#: seconds that a request waits for the server: its deadline of 8, and one for a late answer
REQUEST_ANSWER_WITHIN = 9.0
#: the sizes that a pool has behind a pooler that gives each connection one of the server's, unless a setting says more:
#: all services together then take no more than PgBouncer and Supabase give by default
_OF_SESSIONS = 1
_FREE_FOR_SERVICES = Repeatable("""
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - coalesce(current_setting('reserved_connections', true), '0')::int AS places
""")
_ANSWERS = Repeatable("SELECT 1")

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Pool:
    """Holds the size of a pool, and the seconds without an answer after which a connection is given up."""

    size: int
    answer_within: float = ANSWER_WITHIN


def pools(service: Service, pooler: Mode | None = None) -> dict[str, Pool]:
    """Returns each pool that a service has, by purpose: `work`, `leases`, and those it declares.

    `pooler` is the pooler of its database. Raises `SettingsError` for a setting that is wrong.
    """
    own = load(ServiceSettings, service.name)

    def size(of: str) -> int:
        told = f"{of}_connections"
        small = pooler == "session" and told not in own.model_fields_set
        return _OF_SESSIONS if small else int(getattr(own, told))

    declared = {"routes": Pool(size("routes"), REQUEST_ANSWER_WITHIN), "recorder": Pool(size("recorder"))}
    return {
        "work": Pool(size("work")),
        "leases": Pool(1, BEAT_ANSWER_WITHIN),  # a beat must not wait behind other work, so it has its own connection
        **{name: declared[name] for name in service.pools},
    }


async def check_connections(services: Sequence[Service], database_url: str) -> None:
    """Raises `SettingsError` when services, of one process or of several, take more connections than their server has.

    It also raises when a database does not answer or refuses them. Other processes take connections from the same
    server as well: the runbook says how many all processes need. A pooler shares few connections among many, and does
    not say how many it has.
    """
    wanted: Counter[str] = Counter()
    whose: dict[str, Service] = {}
    for service in services:
        url = load(ServiceSettings, service.name).database_url or database_url
        wanted[_server_of(url)] += sum(pool.size for pool in pools(service, Address.of(url).pooler).values())
        whose[url] = service
    for url, service in whose.items():
        has_own = load(ServiceSettings, service.name).database_url is not None
        variable = f"{PREFIX}{service.name.upper()}_DATABASE_URL" if has_own else f"{PREFIX}DATABASE_URL"
        database = open_database(url, service.name, size=1)
        try:
            pooler, pooled = Address.of(url).pooler, await database.is_pooled()
            [[places]] = await database.fetch(_FREE_FOR_SERVICES)
        except DatabaseAway:
            raise SettingsError(
                f"The database of {service.name} does not answer: is it running where {variable} says?"
            ) from None
        except DBAPIError as error:
            if "startup parameter" in str(error.orig):
                raise SettingsError(to_be_named(variable)) from None
            state = sqlstate(error)
            raise SettingsError(
                f"The database refuses {service.name} ({state}): is it migrated, is {variable} right?"
            ) from None
        finally:
            await database.close()
        if pooled and pooler is None:
            raise SettingsError(to_be_named(variable))
        total = wanted[_server_of(url)]
        if pooler is None and total > places:
            raise SettingsError(
                f"VOXBUS_<SERVICE>_…_CONNECTIONS and leases come to {total} connections, and the database has"
                f" {places}: lower them, start fewer processes, or raise its max_connections."
            )


async def open_first(databases: Collection[Database]) -> None:
    """Opens the first connection of each pool, so that a process is ready before it says so.

    A pool's first connection costs several times a later one, and a request has a second for it. Where the server does
    not answer now, the pool connects when it is asked.
    """
    for found in await asyncio.gather(*(each.fetch(_ANSWERS) for each in databases), return_exceptions=True):
        if isinstance(found, (DBAPIError, DatabaseAway)):
            _log.warning("a pool has no connection yet", error=type(found).__name__)
        elif isinstance(found, BaseException):
            raise found


def _server_of(url: str) -> str:
    """Returns where a DSN leads, whoever logs in there."""
    return Address.of(url).place.rpartition("@")[2]
