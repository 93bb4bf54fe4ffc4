"""Tests whose address a request counts for: the connection's, or what trusted proxies tell."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from chassis.settings import Settings
from gateway.edge.limits.address import address_of

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def found(client: str | None, *headers: tuple[str, str], trusted: bool = True) -> str:
    scope = {
        "type": "http",
        "client": None if client is None else (client, 1),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }
    return address_of(scope, PROXIES if trusted else ())


def xff(value: str) -> tuple[str, str]:
    return ("x-forwarded-for", value)


def forwarded(value: str) -> tuple[str, str]:
    return ("forwarded", value)


def test_without_trusted_proxies_nobody_may_say_where_he_is() -> None:
    for header in (xff("1.2.3.4"), forwarded("for=1.2.3.4")):
        assert found("10.0.0.1", header, trusted=False) == "10.0.0.1"
        assert found("127.0.0.1", header, trusted=False) == "127.0.0.1"
        assert found("9.9.9.9", header) == "9.9.9.9"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4", "1.2.3.4"),  # what the client made up stands further left
        ("6.6.6.6, 1.2.3.4, 10.9.9.9", "1.2.3.4"),
        ("1.2.3.4:5678", "1.2.3.4"),
        ("[2001:db8:1:2:3::4]:443", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("1.2.3.4, ", "10.0.0.1"),
        ("1.2.3.4, unknown", "10.0.0.1"),
        ("1.2.3.4, unknown, 10.0.0.9", "10.0.0.9"),
        ("10.0.0.7", "10.0.0.7"),
        ("", "10.0.0.1"),
    ],
)
def test_what_a_trusted_proxy_adds_is_believed_from_the_right(value: str, address: str) -> None:
    assert found("10.0.0.1", xff(value)) == address


def test_lines_of_a_header_are_one_list() -> None:
    assert found("10.0.0.1", xff("6.6.6.6"), xff("1.2.3.4")) == "1.2.3.4"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("for=1.2.3.4", "1.2.3.4"),
        ('For="1.2.3.4:80";proto=https;by=10.0.0.1', "1.2.3.4"),
        ('proto=https ; for="[2001:db8:1:2::9]:4711"', "2001:db8:1:2::/64"),
        ("for=6.6.6.6, for=1.2.3.4, for=10.0.0.3", "1.2.3.4"),
        ('for=1.2.3.4;host="a, for=6.6.6.6"', "1.2.3.4"),
        ('for="_hidden"', "10.0.0.1"),
        ("for=unknown", "10.0.0.1"),
        ("host=x", "10.0.0.1"),
        ('for="1.2.3.4', "10.0.0.1"),
        ('for="6.6.6.6, for=1.2.3.4', "1.2.3.4"),
        ("for = 1.2.3.4 ;proto=https", "1.2.3.4"),
        ("by=a b;for=1.2.3.4,", "1.2.3.4"),
        ('for="1.2.\\3.4"', "1.2.3.4"),
        # as long as these are, whoever goes back for each quote does not end
        ('"' + '\\"' * 50_000 + ",for=1.2.3.4", "1.2.3.4"),
        ('for="' + ';for=\\"' * 20_000 + ",for=1.2.3.4", "1.2.3.4"),
        ("for=6.6.6.6" + ',for="' * 10_001 + ",for=1.2.3.4", "1.2.3.4"),
    ],
    ids=lambda value: value[:30],
)
def test_forwarded_is_understood(value: str, address: str) -> None:
    assert found("10.0.0.1", forwarded(value)) == address


def test_of_two_headers_that_differ_neither_is_believed() -> None:
    assert found("10.0.0.1", xff("1.2.3.4"), forwarded("for=1.2.3.4")) == "1.2.3.4"
    assert found("10.0.0.1", xff("1.2.3.4"), forwarded("for=6.6.6.6")) == "10.0.0.1"


@pytest.mark.parametrize(
    ("client", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_an_ipv6_address_counts_for_its_network(client: str | None, address: str) -> None:
    assert found(client) == address


def test_the_setting_names_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.7, fd00::/8")
    assert [str(each) for each in Settings().trusted_proxies] == ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8"]
    for wrong in ("10.0.0.1/8", "proxy.example"):
        monkeypatch.setenv("VOXBUS_TRUSTED_PROXIES", wrong)
        with pytest.raises(ValueError, match="must be networks"):
            Settings()
