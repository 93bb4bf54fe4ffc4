"""Tests where the supervisor puts the five processes, and what it tells the gateway of them."""

from __future__ import annotations

import pytest

from chassis.settings import Settings
from voxbus.local.supervisor import owner_urls, ports_of, with_own
from voxbus.services import SERVICES

SERVING = {service.name for service in SERVICES if service.routes}


def test_the_ports_follow_that_of_the_gateway() -> None:
    assert ports_of(8000) == {service.name: 8000 + offset for offset, service in enumerate(SERVICES)}


def test_with_port_0_those_are_chosen_that_have_to_be_known() -> None:
    ports = ports_of(0)
    assert {name for name, port in ports.items() if port} == SERVING
    assert len({ports[name] for name in SERVING}) == len(SERVING)


@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "127.0.0.1"),
        ("::1", "[::1]"),
        ("10.1.2.3", "10.1.2.3"),
    ],
)
def test_the_gateway_is_told_where_each_service_with_routes_is(host: str, reached: str) -> None:
    urls = owner_urls(Settings(host=host), ports_of(8000))
    assert urls.keys() == {f"VOXBUS_{name.upper()}_URL" for name in SERVING}
    assert urls["VOXBUS_NOTIFY_URL"] == f"http://{reached}:8004"


def test_a_service_is_not_told_a_secret_twice() -> None:
    given = {"PATH": "/bin", "VOXBUS_SECRET_KEY_FILE": "/run/secret", "VOXBUS_PRINCIPAL_KEY_FILE": "/run/principal"}
    assert with_own(given, {"VOXBUS_SECRET_KEY": "k"}) == {
        "PATH": "/bin",
        "VOXBUS_PRINCIPAL_KEY_FILE": "/run/principal",
        "VOXBUS_SECRET_KEY": "k",
    }
