"""Finds the address that a request comes from, behind the proxies that the operator trusts and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

from gateway.edge.forwarded import told

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: bits of an IPv6 address that name a customer's network: within it anybody has 2⁶⁴ addresses
_IPV6_BITS = 64
_UNKNOWN = "unknown"
_WITH_PORT = re.compile(r"\[(.+)\](?::[\w.-]+)?|([^:]+)(?::[\w.-]+)?")


def address_of(scope: Scope, trusted: Sequence[Network]) -> str:
    """Returns the address of a client, by which it is limited: an IPv4 address or an IPv6 /64."""
    client = scope.get("client")
    connected = _parsed(client[0]) if client else None
    if connected is None:
        return _UNKNOWN  # of a socket that has no addresses
    return _limited(_believed(connected, Headers(scope=scope), trusted))


def _believed(connected: Address, headers: Headers, trusted: Sequence[Network]) -> Address:
    """Returns the last address that a trusted proxy has told, from the right.

    A proxy writes one of the two headers and may leave the other as the client sent it, so when they differ neither is
    believed.
    """
    if not _within(connected, trusted):
        return connected
    told = {
        _walk(connected, chain, trusted)
        for chain in (_forwarded(headers), _x_forwarded_for(headers))
        if chain is not None
    }
    return told.pop() if len(told) == 1 else connected


def _walk(connected: Address, chain: Iterator[str], trusted: Sequence[Network]) -> Address:
    believed = connected
    while _within(believed, trusted):
        told = _parsed(next(chain, ""))
        if told is None:
            break
        believed = told
    return believed


def _forwarded(headers: Headers) -> Iterator[str] | None:
    """Returns what each proxy says whom it forwards for, the nearest first; None without the header."""
    nodes = told(headers, "for")
    return None if nodes is None else map(_without_port, nodes)


def _x_forwarded_for(headers: Headers) -> Iterator[str] | None:
    lines = headers.getlist("x-forwarded-for")
    return (_without_port(each) for each in reversed(",".join(lines).split(","))) if lines else None


def _without_port(node: str) -> str:
    node = node.strip()
    found = _WITH_PORT.fullmatch(node)
    return (found[1] or found[2]) if found else node


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Address | None:
    """Returns an address, and of an IPv4 one that is written as IPv6 the IPv4 one; None for anything else."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _within(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address.version == each.version and address in each for each in trusted)


@lru_cache(maxsize=4096)
def _limited(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address), _IPV6_BITS), strict=False))
