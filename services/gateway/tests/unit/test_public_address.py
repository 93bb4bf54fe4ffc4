"""Tests that clients stay on the public address, as far as a trusted proxy tells how they have called it."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_network

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from chassis.errors import SettingsError
from chassis.settings import Settings, load
from gateway.edge.app import create_app
from gateway.edge.context import GatewayContext
from gateway.edge.openapi import read_document
from gateway.settings import GatewaySettings, public_url

PUBLIC = "https://voxbus.example"
PROXY, STRANGER = "10.0.0.7", "203.0.113.7"
TRUSTED = (ip_network("10.0.0.0/8"),)


async def ask(
    gateway: GatewayContext, path: str, headers: dict[str, str], client: str = PROXY, url: str = PUBLIC
) -> Response:
    app = create_app(dataclasses.replace(gateway, public_url=url), read_document(), (), TRUSTED)
    transport = ASGITransport(app, client=(client, 1))
    async with AsyncClient(transport=transport, base_url="http://voxbus.example") as asking:
        return await asking.get(path, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Proto": "http"},
        {"Forwarded": "for=192.0.2.1;proto=http"},
        {"Forwarded": "proto=https, for=192.0.2.1;Proto=HTTP"},
        {"Forwarded": "proto=http", "X-Forwarded-Proto": "http"},
    ],
)
async def test_http_behind_a_proxy_is_redirected_to_the_same_path_and_query(
    gateway: GatewayContext, headers: dict[str, str]
) -> None:
    answer = await ask(gateway, "/nothing/%C3%BC//x?a=%26", {**headers, "Host": "evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (308, f"{PUBLIC}/nothing/%C3%BC//x?a=%26")
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Proto": "https"},
        {"Forwarded": 'for=192.0.2.1;proto="https";by=203.0.113.43'},
        {"Forwarded": "proto=http, proto=https"},
        {"Forwarded": "proto=http", "X-Forwarded-Proto": "https"},  # which of the two is the proxy's, nobody knows
    ],
)
async def test_https_behind_a_proxy_is_served_and_remembered(gateway: GatewayContext, headers: dict[str, str]) -> None:
    answer = await ask(gateway, "/nothing", headers)
    assert answer.status_code == 404
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "voxbus.example:8443"},
        {"Host": "[voxbus"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Host": "voxbus.example, evil.example"},
        {"Forwarded": "host=evil.example"},
        {"Forwarded": 'host=voxbus.example, host="evil.example:443"'},
        {"Host": "10.1.2.3", "X-Forwarded-Host": "voxbus.example", "Forwarded": "host=evil.example"},
    ],
)
async def test_another_name_behind_a_proxy_is_refused(gateway: GatewayContext, headers: dict[str, str]) -> None:
    answer = await ask(gateway, "/nothing", {"X-Forwarded-Proto": "https", **headers})
    assert (answer.status_code, answer.json()["type"]) == (421, "/problems/misdirected")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "VOXBUS.example:443"},
        {"Host": "10.1.2.3", "X-Forwarded-Host": "evil.example, voxbus.example"},
        {"Host": "10.1.2.3", "Forwarded": 'host=evil.example, for=192.0.2.1;host="voxbus\\.example:443"'},
    ],
)
async def test_its_own_name_is_accepted_however_it_is_written(gateway: GatewayContext, headers: dict[str, str]) -> None:
    assert (await ask(gateway, "/nothing", {"X-Forwarded-Proto": "https", **headers})).status_code == 404


async def test_the_proxys_own_question_whether_this_replica_works_is_answered(gateway: GatewayContext) -> None:
    assert (await ask(gateway, "/livez", {"Host": "10.1.2.3"})).status_code == 200


async def test_what_a_stranger_says_about_himself_is_not_believed(gateway: GatewayContext) -> None:
    for headers in (
        {"X-Forwarded-Proto": "http"},
        {"X-Forwarded-Proto": "https"},
        {"Host": "evil.example"},
        {"Forwarded": "proto=http"},
    ):
        answer = await ask(gateway, "/nothing", headers, STRANGER)
        assert answer.status_code == 404
        assert "strict-transport-security" not in answer.headers


async def test_an_address_with_http_redirects_nothing(gateway: GatewayContext) -> None:
    answer = await ask(gateway, "/nothing", {"X-Forwarded-Proto": "http"}, url="http://voxbus.example")
    assert answer.status_code == 404
    assert "strict-transport-security" not in answer.headers


def test_the_address_is_that_of_the_settings_or_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert public_url(Settings(port=8123), GatewaySettings()) == "http://localhost:8123"
    monkeypatch.setenv("VOXBUS_TRUSTED_PROXIES", "10.0.0.0/8")
    with pytest.raises(SettingsError, match=r"^VOXBUS_PUBLIC_URL is required when VOXBUS_TRUSTED_PROXIES is set\.$"):
        public_url(Settings(), load(GatewaySettings))
    monkeypatch.setenv("VOXBUS_PUBLIC_URL", "https://Voxbus.example/")
    assert public_url(Settings(), load(GatewaySettings)) == PUBLIC
    for wrong in ("voxbus.example", "https://voxbus.example/app", "https://u:p@voxbus.example", "ftp://voxbus.example"):
        monkeypatch.setenv("VOXBUS_PUBLIC_URL", wrong)
        with pytest.raises(SettingsError, match=r"^VOXBUS_PUBLIC_URL is wrong: must be https://host or "):
            load(GatewaySettings)
