"""Tests what channels decide without a network: signatures, lengths, the schemes of apprise."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import apprise
import pytest
from py_vapid import Vapid02

from notify.notifications.channels.apprise import VENDORS, Apprise
from notify.notifications.channels.channel import NoTarget, NotSetUp, Told
from notify.notifications.channels.expo import Expo
from notify.notifications.channels.web_push import MOST_OCTETS, Vapid, new_vapid_key, payload
from notify.settings import NotifySettings
from services.notify.tests.unit.test_email_channel import tools

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def told(body: str, link: str | None = "/lessons") -> Told:
    one = UUID(int=1)
    return Told(one, one, one, one, "custom", "Hello", body, link, AT, False, AT + timedelta(hours=1))


def claims(header: str) -> dict[str, object]:
    part = header.partition("t=")[2].split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_a_signature_names_the_origin_and_is_made_anew_before_it_ends() -> None:
    now = [1_800_000_000.0]
    vapid = Vapid(new_vapid_key(), "mailto:a@example.org", lambda: now[0])
    first, other = vapid.header("https://a.example/1/x"), vapid.header("https://b.example:8443/1/x")
    assert (claims(first)["aud"], claims(other)["aud"]) == ("https://a.example", "https://b.example:8443")
    assert claims(first)["exp"] == now[0] + 12 * 3600
    assert vapid.header("https://a.example/2") == first
    now[0] += 6 * 3600
    again = vapid.header("https://a.example/1/x")
    assert claims(again)["exp"] == now[0] + 12 * 3600
    assert again.endswith(f"k={vapid.public}") and Vapid02.verify(again)


@pytest.mark.parametrize("body", ["", "a" * 500, "é" * 5000, "\U0001f600" * 3000, '"' * 4000])
@pytest.mark.parametrize("octets", [MOST_OCTETS, 2000, 500])
def test_a_payload_fits_and_is_json(body: str, octets: int) -> None:
    written = payload(told(body), octets)
    assert len(written) <= octets
    assert json.loads(written)["title"] == "Hello"


def test_a_payload_without_room_for_its_link_leaves_it_out() -> None:
    assert json.loads(payload(told("a", "/" + "x" * 5000), MOST_OCTETS))["link"] is None


def of_apprise(*schemes: str) -> Apprise:
    return Apprise(tools(apprise_schemes=frozenset(schemes)))


def test_apprise_is_off_unless_schemes_are_listed() -> None:
    with pytest.raises(NotSetUp):
        of_apprise()


@pytest.mark.parametrize(
    "url",
    [
        "slack://a/b/c",
        "file:///etc/passwd",
        "syslog://",
        "dbus://",
        "json://10.0.0.1/",
        "https://discord.com/api/webhooks/1/2",
        "discord://1/2?verify=no",
        "discord://1/2, file:///x",
        "discord:1/2",
        "discord://1/2\nfile:///x",
        7,
    ],
)
def test_other_urls_than_the_listed_are_refused(url: object) -> None:
    with pytest.raises(NoTarget):
        of_apprise("discord", "tgram").target(url)


async def test_a_url_that_the_library_cannot_read_is_refused() -> None:
    channel = of_apprise("discord")
    await channel.check(channel.target("discord://" + "1" * 18 + "/" + "a" * 60), UUID(int=1))
    with pytest.raises(NoTarget):
        await channel.check(channel.target("discord://"), UUID(int=1))


def test_none_of_the_vendors_can_be_sent_to_another_host() -> None:
    known = {
        scheme: service["details"]["templates"]
        for service in apprise.Apprise().details()["schemas"]
        for scheme in (*(service["protocols"] or ()), *(service["secure_protocols"] or ()))
    }
    assert known.keys() >= VENDORS
    assert [scheme for scheme in VENDORS if any("host" in each for each in known[scheme])] == []


def test_only_vendors_may_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_APPRISE_SCHEMES", "discord, TGRAM")
    assert NotifySettings().apprise_schemes == {"discord", "tgram"}
    monkeypatch.setenv("VOXBUS_APPRISE_SCHEMES", "discord,syslog")
    with pytest.raises(ValueError, match="must be some of"):
        NotifySettings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("VAPID_PRIVATE_KEY", "short"), ("VAPID_SUBJECT", "someone"), ("EXPO_URL", "exp.host"), ("PUBLIC_URL", "a/b")],
)
def test_a_wrong_setting_ends_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"VOXBUS_{name}", value)
    with pytest.raises(ValueError, match="must"):
        NotifySettings()


@pytest.mark.parametrize("data", [None, [], "", 3, {"a": None, "b": []}])
async def test_receipts_of_expo_may_have_any_shape(monkeypatch: pytest.MonkeyPatch, data: Any) -> None:
    channel = Expo(tools(expo_url="http://127.0.0.1:9"))

    async def answered(*_: object) -> tuple[int, Any, None]:
        return 200, {"data": data}, None

    monkeypatch.setattr(channel, "_post", answered)
    found = await channel.receipts(["a"])
    await channel.aclose()
    known = {"a": "failed"} if isinstance(data, dict) else {}
    assert {ticket: each.ending for ticket, each in found.items()} == known
