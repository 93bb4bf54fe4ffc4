"""Connections are bounded by address and by the files that a process may open, and counted until they end."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from chassis.http.places import Places, Verdict, network_of
from chassis.observe import metrics

OPEN, ADDRESS, FULL, CUT = Verdict.OPEN, Verdict.ADDRESS, Verdict.FULL, Verdict.CUT


def entered(places: Places, host: str, many: int, first: int = 0, file: int = 50) -> list[Verdict]:
    return [places.enter((host, number), host, file) for number in range(first, first + many)]


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_an_address_is_one_of_version_4_or_a_network_of_version_6(host: str, network: str) -> None:
    assert network_of(host) == network


def test_an_address_has_so_many_connections_and_the_next_are_told_until_they_are_too_many() -> None:
    places = Places(10_000, per_address=10)
    assert entered(places, "192.0.2.1", 13) == [*[OPEN] * 10, ADDRESS, CUT, CUT]
    assert entered(places, "192.0.2.2", 1) == [OPEN]


def test_a_network_of_version_6_counts_as_one_address() -> None:
    places = Places(10_000, per_address=10)
    assert [*entered(places, "2001:db8::1", 6), *entered(places, "2001:db8::2", 5)] == [*[OPEN] * 10, ADDRESS]


def test_a_place_is_free_when_its_connection_has_ended() -> None:
    places = Places(10_000, per_address=2)
    open_now = metrics.CONNECTIONS._value.get()
    entered(places, "192.0.2.1", 2)
    places.leave(("192.0.2.1", 0))
    places.leave(("192.0.2.1", 0))
    assert entered(places, "192.0.2.1", 1, first=2) == [OPEN]
    for number in range(3):
        places.leave(("192.0.2.1", number))
    assert metrics.CONNECTIONS._value.get() == open_now


def test_a_proxy_and_an_internal_port_have_no_bound_by_address() -> None:
    behind = Places(10_000, per_address=2, proxies=[ip_network("10.0.0.0/8")])
    for proxy in ("10.1.2.3", "::ffff:10.1.2.4"):
        assert set(entered(behind, proxy, 20)) == {OPEN}
    assert set(entered(behind, "192.0.2.1", 20)) == {OPEN, CUT}
    assert set(entered(Places(10_000, per_address=None), "10.1.2.3", 20)) == {OPEN}


def test_one_address_never_has_all_places() -> None:
    places = Places(1024)
    assert entered(places, "192.0.2.1", 577)[575:] == [OPEN, ADDRESS]  # three quarters of 1024 - 256


def test_files_are_kept_for_other_uses() -> None:
    places = Places(1024)
    assert [places.enter(file, "192.0.2.1", file) for file in (767, 768, 895, 896)] == [OPEN, FULL, FULL, CUT]
    assert set(entered(Places(40), "192.0.2.1", 1, file=30)) == {FULL}


def test_refusals_are_counted_and_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = [1000.0]
    places = Places(10_000, per_address=10, clock=lambda: now[0])
    refused = metrics.CONNECTIONS_REFUSED.labels("cut")
    before = refused._value.get()
    entered(places, "192.0.2.1", 30)
    assert refused._value.get() - before == 19
    assert len(caplog.records) == 2  # one for each kind
    now[0] += 61
    entered(places, "192.0.2.1", 30, first=30)
    assert len(caplog.records) == 3
