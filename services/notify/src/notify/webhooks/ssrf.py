"""Decides which addresses a webhook may call: public ones, and networks that the operator names.

A name is resolved for each call, all its addresses are checked, and the call goes to a checked address, so that a name
that is changed in between has no effect.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from chassis.errors import VoxbusError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]

#: IPv6 that carries an IPv4 address to some translator: NAT64 (RFC 6052, 8215), 6to4, Teredo
_CARRIERS = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))


class Refused(VoxbusError):
    """Says that a webhook may not call an address."""


class Unresolved(VoxbusError):
    """Says that a name has no address now, or that its name server does not answer."""


class NotAsked(Unresolved):
    """Says that nobody was asked for a name, because all who ask are busy: the name may be a good one."""


async def checked(scheme: str, host: str, port: int, allowed: Sequence[Network], lookup: Lookup) -> list[Address]:
    """Returns the addresses to call, in the order of the resolver. Raises `Refused` unless every one is permitted.

    Without TLS only the networks in `allowed` are permitted.
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
    return found


def plain(address: Address) -> Address:
    """Turns an IPv4 address written as IPv6 (`::ffff:127.0.0.1`) into IPv4; returns any other as it is."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_public(address: Address) -> bool:
    """Tells whether an address means the same machine everywhere on the Internet."""
    address = plain(address)
    if address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    return address.is_global and not any(address in network for network in _CARRIERS)
