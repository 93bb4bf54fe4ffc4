"""Says which pools of database connections a service has: each purpose has its own, so that none starves.

Sizes are settings of each service; at the start of a process their sum is compared with the server's limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from chassis.delivery.lease import BEAT_ANSWER_WITHIN
from chassis.errors import SettingsError
from chassis.service import Service
from chassis.settings import ServiceSettings, load
from chassis.storage.database import ANSWER_WITHIN, open_database
from chassis.storage.errors import DatabaseAway, sqlstate

#: seconds that a request waits for the server: its deadline of 8, and one for a late answer
REQUEST_ANSWER_WITHIN = 9.0
_FREE_FOR_SERVICES = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - coalesce(current_setting('reserved_connections', true), '0')::int AS places
"""


@dataclass(frozen=True, slots=True)
class Pool:
    """Holds the size of a pool, and the seconds without an answer after which a connection is given up."""

    size: int
    answer_within: float = ANSWER_WITHIN


def pools(service: Service) -> dict[str, Pool]:
    """Returns each pool that a service has, by purpose: `work`, `leases`, and those it declares.

    Raises `SettingsError` for a setting that is wrong.
    """
    own = load(ServiceSettings, service.name)
    declared = {
        "routes": Pool(own.routes_connections, REQUEST_ANSWER_WITHIN),
        "recorder": Pool(own.recorder_connections),
    }
    return {
        "work": Pool(own.work_connections),
        "leases": Pool(1, BEAT_ANSWER_WITHIN),  # a beat must not wait behind other work, so it has its own connection
        **{name: declared[name] for name in service.pools},
    }


async def check_connections(services: Sequence[Service], database_url: str) -> None:
    """Raises `SettingsError` when services, of one process or of several, take more connections than their server has.

    It also raises when a database does not answer or refuses them. Other processes take connections from the same
    server as well: the runbook says how many all processes need.
    """
    wanted: Counter[str] = Counter()
    whose: dict[str, Service] = {}
    for service in services:
        url = load(ServiceSettings, service.name).database_url or database_url
        wanted[url] += sum(pool.size for pool in pools(service).values())
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
                f" {places}: lower them, start fewer processes, or raise its max_connections."
            )
