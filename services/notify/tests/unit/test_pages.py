"""Tests where notifications lead: to pages of the gateway, or of a frontend of one's own."""

from __future__ import annotations

import pytest

from chassis.errors import SettingsError
from chassis.settings import load
from notify.notifications.pages import Pages
from notify.settings import NotifySettings


@pytest.mark.parametrize(
    ("given", "first", "reviews"),
    [
        (None, "/try/lessons", "/try/lessons#/reviews"),
        ("https://learn.example.org", "https://learn.example.org", "https://learn.example.org/reviews"),
        ("https://learn.example.org/", "https://learn.example.org", "https://learn.example.org/reviews"),
        ("http://[::1]:5173/app/#/{view}", "http://[::1]:5173/app", "http://[::1]:5173/app/#/reviews"),
        ("/learn", "/learn", "/learn/reviews"),
        ("/", "/", "/reviews"),
        (
            "https://a.example/?page={view}&from=mail",
            "https://a.example/?page=&from=mail",
            "https://a.example/?page=reviews&from=mail",
        ),
    ],
)
def test_views_are_where_the_setting_says(
    given: str | None, first: str, reviews: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXBUS_APP_URL", given or "")
    pages = Pages(load(NotifySettings).app_url)
    assert (pages.at(""), pages.at("reviews"), pages.at(None)) == (first, reviews, None)


@pytest.mark.parametrize(
    "wrong",
    [
        "learn",
        "//evil.example/x",
        "javascript:alert(1)",
        "https://",
        "https://a b/",
        "https://u@a/",
        "/{views}",
        "/{view}/{view}",
    ],
)
def test_another_form_ends_the_start(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_APP_URL", wrong)
    with pytest.raises(SettingsError, match="VOXBUS_APP_URL is wrong"):
        load(NotifySettings)


def test_ports_are_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(NotifySettings).webhook_ports == frozenset()
    monkeypatch.setenv("VOXBUS_WEBHOOK_PORTS", "443, 8443")
    assert load(NotifySettings).webhook_ports == {443, 8443}
    for wrong in ("https", "0", "65536", "443;80", "٤٤٣"):
        monkeypatch.setenv("VOXBUS_WEBHOOK_PORTS", wrong)
        with pytest.raises(SettingsError, match="VOXBUS_WEBHOOK_PORTS is wrong"):
            load(NotifySettings)
