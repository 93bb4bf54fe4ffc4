"""Tests where the supervisor puts the five processes, and what it tells the gateway of them."""

from __future__ import annotations

import pytest

from chassis.errors import SettingsError
from chassis.known_settings import needed
from chassis.settings import Settings
from voxbus.local.supervisor import owner_urls, places_of, ports_of, with_own
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


def test_further_gateways_are_ten_ports_apart() -> None:
    places = places_of(Settings(port=8000, metrics_port=9000), 3)
    assert [(place.name, place.port, place.metrics_port) for place in places if place.service.name == "gateway"] == [
        ("gateway", 8000, 9000),
        ("gateway-2", 8010, 9010),
        ("gateway-3", 8020, 9020),
    ]
    assert len({port for place in places for port in (place.port, place.metrics_port)}) == 2 * len(places)
    assert [place.name for place in places_of(Settings(port=8000), 1)] == [service.name for service in SERVICES]


def test_with_port_0_each_gateway_finds_its_own() -> None:
    assert [place.port for place in places_of(Settings(port=0), 2) if place.service.name == "gateway"] == [0, 0]


@pytest.mark.parametrize("settings", [Settings(port=65530), Settings(port=8000, metrics_port=65526)])
def test_a_gateway_without_a_port_ends_the_start(settings: Settings) -> None:
    with pytest.raises(SettingsError, match=r"^VOXBUS_GATEWAYS is wrong: gateway 2 would have a port above 65535\.$"):
        places_of(settings, 2)


def test_a_service_is_not_told_a_secret_twice() -> None:
    given = {"PATH": "/bin", "VOXBUS_SECRET_KEY_FILE": "/run/secret", "VOXBUS_PRINCIPAL_KEY_FILE": "/run/principal"}
    assert with_own(given, {"VOXBUS_SECRET_KEY": "k"}) == {
        "PATH": "/bin",
        "VOXBUS_PRINCIPAL_KEY_FILE": "/run/principal",
        "VOXBUS_SECRET_KEY": "k",
    }


def test_a_service_is_told_its_own_settings_and_no_secret_of_another() -> None:
    everything = {
        "PATH": "/bin",
        "VOXBUS_BUS_URL": "amqp://broker",
        "VOXBUS_DATABASE_URL": "postgresql://all",
        "VOXBUS_DIRECT_DATABASE_URL": "postgresql://owner",
        "VOXBUS_SPEECH_DATABASE_URL": "postgresql://speech",
        "VOXBUS_NOTIFY_DATABASE_URL": "postgresql://notify",
        "VOXBUS_NOTIFY_URL": "http://notify",
        "VOXBUS_GATEWAYS": "2",
        "VOXBUS_SECRET_KEY": "secret",
        "VOXBUS_PRINCIPAL_KEY": "principal",
        "voxbus_secret_key_previous_file": "/run/previous",
        "VOXBUS_SUPABASE_JWT_SECRET": "theirs",
        "VOXBUS_SMTP_URL": "smtp://password@host",
        "VOXBUS_SPEECH_ENGINE": "sphinx",
    }
    told = {service.name: set(needed(everything, service)) for service in SERVICES}
    shared, database = {"PATH", "VOXBUS_BUS_URL"}, {"VOXBUS_DATABASE_URL"}
    secret = {"VOXBUS_SECRET_KEY", "voxbus_secret_key_previous_file"}
    principal = {"VOXBUS_PRINCIPAL_KEY"}
    assert told["speech"] == shared | {"VOXBUS_SPEECH_DATABASE_URL", "VOXBUS_SPEECH_ENGINE"}
    assert told["feedback"] == shared | database | secret | principal
    assert told["content"] == shared | database | secret | principal
    own = {"VOXBUS_NOTIFY_DATABASE_URL", "VOXBUS_NOTIFY_URL", "VOXBUS_SMTP_URL"}
    assert told["notify"] == shared | secret | principal | own
    own = {"VOXBUS_NOTIFY_URL", "VOXBUS_GATEWAYS", "VOXBUS_SUPABASE_JWT_SECRET"}
    assert told["gateway"] == shared | database | secret | own
