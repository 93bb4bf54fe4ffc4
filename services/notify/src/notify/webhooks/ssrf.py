"""Decides which addresses a webhook may call: public ones, and networks that the operator names.

A name is resolved for each call, all its addresses are checked, and the call goes to a checked address, so that a name
that is changed in between has no effect.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from chassis.errors import VoxbusError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


#: IPv4 networks that are not the public Internet: the IANA IPv4 Special-Purpose Address Registry, complete (those that
#: are globally reachable are anycast services of protocols), multicast (RFC 5771), and 192.88.99.0/24 (RFC 7526)
_NOT_PUBLIC_V4 = _networks(
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
    *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
)
#: the only unicast addresses that IANA assigns (RFC 4291); loopback, NAT64, site- and link-local ones are outside of it
_UNICAST_V6 = ip_network("2000::/3")
#: networks within it that are not public: the IANA IPv6 Special-Purpose Address Registry, complete. 2001::/23 has
#: Teredo, benchmarking, ORCHID and AS112; 2002::/16 (6to4) carries any IPv4 address
_NOT_PUBLIC_V6 = _networks("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")


class Refused(VoxbusError):
    """Says that a webhook may not call an address."""


class Unresolved(VoxbusError):
    """Says that a name has no address now, or that its name server does not answer."""


class NotAsked(Unresolved):
    """Says that nobody was asked for a name, because all who ask are busy: the name may be a good one."""


async def checked(
    scheme: str,
    host: str,
    port: int,
    allowed: Sequence[Network],
    lookup: Lookup,
    *,
    ports: Collection[int] = (),
) -> list[Address]:
    """Returns the addresses to call, in the order of the resolver. Raises `Refused` unless every one is permitted.

    Without TLS, and on another port than `ports` where any are named, only the networks in `allowed` are permitted.
    """
    found = list(dict.fromkeys(ip_address(text) for text in await lookup(host, port)))
    if not found:
        raise Unresolved("the name has no address")
    for address in found:
        named = any(plain(address) in network for network in allowed)
        if not named and not is_public(address):
            raise Refused("its address is not a public one")
        if not named and scheme != "https":
            raise Refused("it must begin with https://")
        if not named and ports and port not in ports:
            raise Refused(f"its port must be {' or '.join(map(str, sorted(ports)))}")
    return found


def plain(address: Address) -> Address:
    """Turns an IPv4 address written as IPv6 (`::ffff:127.0.0.1`) into IPv4; returns any other as it is."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_public(address: Address) -> bool:
    """Tells whether an address means the same machine everywhere on the Internet."""
    address = plain(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    return address in _UNICAST_V6 and not any(address in network for network in _NOT_PUBLIC_V6)
