"""Tests who is told metrics and reasons: the networks of the settings, and nobody whom a proxy passes on."""

from __future__ import annotations

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from chassis.errors import SettingsError
from chassis.internal_app import internal_app
from chassis.observe.health import Watchdog, observers_of
from chassis.settings import Settings, load
from chassis.time_zones import VERSION


async def ask(
    path: str, client: str | None = "127.0.0.1", settings: Settings | None = None, header: str | None = None
) -> Response:
    """Asks a process whose bus is down."""
    watchdog = Watchdog(draining=True)
    app = internal_app({}, watchdog, observers_of(settings or Settings()))
    transport = ASGITransport(app, client=None if client is None else (client, 1))  # type: ignore[arg-type]
    async with AsyncClient(transport=transport, base_url="http://toys") as asking:
        return await asking.get(path, headers={} if header is None else {header: "for=127.0.0.1"})


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
async def test_the_machine_itself_is_told(client: str) -> None:
    assert "voxbus_" in (await ask("/metrics", client)).text
    answer = await ask("/readyz", client)
    told = {"status": "unready", "tzdata": VERSION, "reasons": {"process": "draining"}}
    assert (answer.status_code, answer.json()) == (503, told)


@pytest.mark.parametrize("client", ["10.0.0.7", "::2", "::ffff:10.0.0.7", "nowhere", None])
async def test_anyone_else_learns_that_it_is_not_ready_and_not_why(client: str | None) -> None:
    assert (await ask("/metrics", client)).status_code == 404
    answer = await ask("/readyz", client)
    assert (answer.status_code, answer.json()) == (503, {"status": "unready", "tzdata": VERSION})
    assert (await ask("/livez", client)).status_code == 200


@pytest.mark.parametrize("header", ["forwarded", "X-Forwarded-For", "x-real-ip", "via"])
async def test_a_proxy_on_the_machine_is_not_taken_for_its_client(header: str) -> None:
    assert (await ask("/metrics", header=header)).status_code == 404
    assert "reasons" not in (await ask("/readyz", header=header)).json()


async def test_other_networks_are_named_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_METRICS_NETS", "10.0.0.0/8, fd00::/8")
    settings = load(Settings)
    for client, status in (("10.0.0.7", 200), ("fd00::7", 200), ("127.0.0.1", 404)):
        assert (await ask("/metrics", client, settings)).status_code == status
    monkeypatch.setenv("VOXBUS_METRICS_NETS", "10.0.0.7/8")
    with pytest.raises(
        SettingsError, match=r"^VOXBUS_METRICS_NETS is wrong: must be networks such as 10\.1\.0\.0/16, "
    ):
        load(Settings)


async def test_with_a_port_of_their_own_metrics_are_nowhere_else() -> None:
    moved = Settings(metrics_port=9100)
    assert (await ask("/metrics", settings=moved)).status_code == 404
    assert "reasons" not in (await ask("/readyz", settings=moved)).json()


async def test_anyone_learns_how_parts_are_that_make_nothing_unready() -> None:
    watchdog = Watchdog()
    watchdog.parts["models"] = lambda: "degraded"
    app = internal_app({}, watchdog, ())
    async with AsyncClient(transport=ASGITransport(app, client=("10.0.0.7", 1)), base_url="http://toys") as asking:
        answer = await asking.get("/readyz")
    told = {"status": "ok", "tzdata": VERSION, "parts": {"models": "degraded"}}
    assert (answer.status_code, answer.json()) == (200, told)
