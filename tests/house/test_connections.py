"""All five services in one process leave others connections, and a request's connection waits no longer than it may."""

from __future__ import annotations

from chassis.connections import pools
from chassis.web.owner import LONGEST_S
from voxbus.local.postgres import CONNECTIONS
from voxbus.services import SERVICES

MOST = 66


def test_the_connections_of_all_services_together() -> None:
    assert sum(pool.size for service in SERVICES for pool in pools(service).values()) <= MOST


def test_three_gateways_have_room_in_the_embedded_database() -> None:
    """Counts without the three of its connections that superusers keep; a fourth gateway has no room."""
    [gateway] = [service for service in SERVICES if service.name == "gateway"]
    free, one = CONNECTIONS - 3, sum(pool.size for pool in pools(gateway).values())
    all_of_one_each = sum(pool.size for service in SERVICES for pool in pools(service).values())
    assert all_of_one_each + 2 * one <= free < all_of_one_each + 3 * one


def test_requests_give_a_silent_database_up_once_their_deadline_has_passed() -> None:
    found = {pools(service)["routes"].answer_within for service in SERVICES if "routes" in service.pools}
    assert found and LONGEST_S < min(found) <= max(found) <= LONGEST_S + 2.0
