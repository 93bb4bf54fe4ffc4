"""All five services in one process leave a database of an ordinary size with connections for others."""

from __future__ import annotations

from chassis.connections import sizes
from voxbus.services import SERVICES

MOST = 60


def test_the_connections_of_all_services_together() -> None:
    assert sum(sum(sizes(service).values()) for service in SERVICES) <= MOST
