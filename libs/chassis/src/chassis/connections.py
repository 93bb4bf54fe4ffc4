"""Counts the database connections of the services of one process: each purpose has its own pool, so that none starves.

Sizes are settings of each service; their sum is compared with what the server has before anything else is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError

from chassis.errors import SettingsError
from chassis.service import Service
from chassis.settings import ServiceSettings, load
from chassis.storage.database import DatabaseAway, open_database, sqlstate

#: a beat waits behind nothing, so it has a connection to itself
LEASE_CONNECTIONS = 1
_FREE_FOR_SERVICES = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - coalesce(current_setting('reserved_connections', true), '0')::int AS places
"""


def sizes(service: Service) -> dict[str, int]:
    """Returns the size of each pool that a service has: `work`, `leases`, and those it declares.

    Raises `SettingsError` for a setting that is wrong.
    """
    own = load(ServiceSettings, service.name)
    declared = {"routes": own.routes_connections, "recorder": own.recorder_connections}
    return {
        "work": own.work_connections,
        "leases": LEASE_CONNECTIONS,
        **{name: declared[name] for name in service.pools},
    }


async def check_connections(services: Sequence[Service], database_url: str) -> None:
    """Raises `SettingsError` when the services of this process take more connections than their server has.

    So it does when a database does not answer or refuses them. Other processes take theirs from the same server: the
    operator's page says how many all of them need.
    """
    wanted: Counter[str] = Counter()
    whose: dict[str, Service] = {}
    for service in services:
        url = load(ServiceSettings, service.name).database_url or database_url
        wanted[url] += sum(sizes(service).values())
        whose[url] = service
    for url, service in whose.items():
        database = open_database(url, service.name, size=1)
        try:
            [[places]] = await database.fetch(_FREE_FOR_SERVICES)
        except DatabaseAway:
            raise SettingsError(
                f"The database of {service.name} does not answer: is it running where VOXBUS_DATABASE_URL says?"
            ) from None
        except DBAPIError as error:
            state = sqlstate(error)
            raise SettingsError(
                f"The database refuses {service.name} ({state}): is it migrated, is VOXBUS_DATABASE_URL right?"
            ) from None
        finally:
            await database.close()
        if wanted[url] > places:
            raise SettingsError(
                f"VOXBUS_<SERVICE>_…_CONNECTIONS and leases come to {wanted[url]} connections, and the database has"
                f" {places}: lower them, or raise its max_connections."
            )
