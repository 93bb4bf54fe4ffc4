"""Tests where a webhook may not go."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

import pytest

from notify.webhooks.ssrf import Lookup, Refused, Unresolved, checked, is_public

PRIVATE = """
127.0.0.1 127.8.8.8 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 192.0.2.1 198.18.0.1 224.0.0.1
198.51.100.1 203.0.113.1 240.0.0.1 255.255.255.255 192.0.0.1 192.0.0.9 192.0.0.192 192.0.0.255 192.31.196.1
192.52.193.1 192.88.99.1 192.175.48.1 ::1 :: fe80::1 febf::1 fec0::1 feff::1 fc00::1 fd00:ec2::254 ff02::1
::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:192.88.99.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 100:0:0:1::1 2001:1::1
2001:2::1 2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1 2002:7f00:1::1 2002:808:808::1 2001:0:7f00:1::1
2001:db8::1 2620:4f:8000::1 3fff::1 4000::1 5f00::1 ::127.0.0.1 ::ffff:0:127.0.0.1
""".split()
LOOPBACK = (ip_network("127.0.0.0/8"),)


def leading_to(*addresses: str) -> Lookup:
    async def lookup(host: str, port: int) -> Sequence[str]:
        return addresses

    return lookup


@pytest.mark.parametrize("address", PRIVATE)
async def test_no_webhook_goes_to_what_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    for scheme in ("http", "https"):
        with pytest.raises(Refused):
            await checked(scheme, "example.org", 443, (), leading_to(address))
        with pytest.raises(Refused):  # one of several is enough
            await checked(scheme, "example.org", 443, (), leading_to("8.8.8.8", address))


@pytest.mark.parametrize("address", ["8.8.8.8", "192.0.1.1", "2606:4700::1111", "2001:4860::8888", "::ffff:8.8.8.8"])
async def test_a_public_address_is_called_with_tls_alone(address: str) -> None:
    assert await checked("https", "example.org", 443, (), leading_to(address)) == [ip_address(address)]
    with pytest.raises(Refused):
        await checked("http", "example.org", 80, (), leading_to(address))


async def test_the_operator_may_name_ports() -> None:
    for port, ports in ((443, {443}), (8443, {443, 8443}), (8443, ())):
        found = await checked("https", "example.org", port, LOOPBACK, leading_to("8.8.8.8"), ports=ports)
        assert found == [ip_address("8.8.8.8")]
    with pytest.raises(Refused, match="its port must be 443 or 8444"):
        await checked("https", "example.org", 8443, LOOPBACK, leading_to("8.8.8.8"), ports={8444, 443})
    # in a network that the operator names any
    assert await checked("http", "here", 81, LOOPBACK, leading_to("127.0.0.1"), ports={443}) == [LOOPBACK[0][1]]


async def test_the_operator_may_name_networks() -> None:
    for address in ("127.0.0.1", "::ffff:127.0.0.1"):
        assert await checked("http", "here", 80, LOOPBACK, leading_to(address)) == [ip_address(address)]
    with pytest.raises(Refused):
        await checked("http", "here", 80, LOOPBACK, leading_to("127.0.0.1", "10.0.0.1"))
    with pytest.raises(Unresolved):
        await checked("https", "nowhere", 443, LOOPBACK, leading_to())
