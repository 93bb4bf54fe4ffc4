"""Tests how the gateway is told where the owners of routes are."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from chassis.errors import SettingsError
from chassis.observe.health import Watchdog
from chassis.service import Platform
from gateway.edge.forward.owners import upstreams_of
from gateway.settings import owner_urls

SECRET = "s" * 40


def platform(*, single_process: bool = False, services: frozenset[str] = frozenset()) -> Platform:
    """Makes a platform with the parts that decide how an owner is reached, and nothing else."""
    values: dict[str, Any] = {each.name: None for each in dataclasses.fields(Platform)}
    values |= {"services": services, "single_process": single_process, "owners": {}, "watchdog": Watchdog()}
    return Platform(**values)


async def test_each_owner_has_a_key_and_a_way_of_its_own() -> None:
    here = platform(services=frozenset({"gateway", "content"}))
    found = upstreams_of({"notify", "content"}, {"notify": "http://127.0.0.1:9"}, here, SECRET)
    assert list(found) == ["content", "notify"]
    assert found["content"].key != found["notify"].key
    assert (await found["content"].state()).state == "down"  # not open yet
    for upstream in found.values():
        await upstream.aclose()


def test_an_owner_that_runs_nobody_knows_where_ends_the_start() -> None:
    with pytest.raises(SettingsError, match=r"^VOXBUS_NOTIFY_URL is required: notify does not run in this process\.$"):
        upstreams_of({"notify"}, {"notify": None}, platform(), SECRET)
    assert upstreams_of({"notify"}, {"notify": None}, platform(single_process=True), SECRET)


@pytest.mark.parametrize("url", ["http://10.0.0.7:8003", "https://notify.internal", "http://[::1]:8003/"])
def test_an_address_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("VOXBUS_NOTIFY_URL", url)
    assert owner_urls(["notify", "content"]) == {"notify": url, "content": None}


@pytest.mark.parametrize(
    "url", ["notify:8003", "ftp://x", "http://", "http://x/api", "http://x?y=z", "http://u:p@x", "http://x:y"]
)
def test_what_is_no_address_of_a_service_ends_the_start(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("VOXBUS_NOTIFY_URL", url)
    with pytest.raises(
        SettingsError, match=r"^VOXBUS_NOTIFY_URL is wrong: must be http://host:port or https://[a-z:]+\.$"
    ):
        owner_urls(["notify"])
