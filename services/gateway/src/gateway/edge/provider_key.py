"""Finds the key of a provider that a client has sent, and refuses one where it would be written down, or overheard.

The key is for the owner of the operation alone: nothing here keeps it, and no answer or log line repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.types import Scope

from chassis.settings import Network
from chassis.web.problems import ProblemError, invalid
from gateway.edge.problems import HTTPS_REQUIRED, KEY_IN_WRONG_PLACE
from gateway.edge.public_address import came_by_https

#: how a provider's key begins, which no token of ours does
PREFIXES = ("sk-", "ek_")
#: the subprotocol by which browsers speak Realtime, and the one in which they send the key
REALTIME, _KEY_PROTOCOL = "realtime", "openai-insecure-api-key."
#: operations to which the Authorization header may bring a key in place of a token
BY_KEY = frozenset({"/api/conversation/realtime/client_secrets"})
_KEY = re.compile(r"[\x21-\x7e]{8,256}")
#: what keys look like, and names under which they are sent, in letters alone
_LOOKS_LIKE_KEY = re.compile(r"(?<![A-Za-z0-9])(sk-|ek_|AIza)")
_NAMES = frozenset(
    {"apikey", "xapikey", "key", "token", "accesstoken", "authorization", "bearer", "secret", "password"}
)
_HEADER = "x-api-key"
#: parameters of a stream that its owner gets
_PASSED = ("model", "session_id")
#: the network in which IPv6 has its loopback address
_IPV6_HERE = "::/64"


def key_of(bearer: str | None, subprotocols: Iterable[str] = ()) -> str | None:
    """Returns the key, of the header or else of a subprotocol. Raises 422 for one that cannot be a key."""
    named = [name.removeprefix(_KEY_PROTOCOL) for name in subprotocols if name.startswith(_KEY_PROTOCOL)]
    key = bearer if bearer is not None and bearer.startswith(PREFIXES) else next(iter(named), None)
    if key is not None and not _KEY.fullmatch(key):
        raise invalid(("apiKey", "must be 8 to 256 visible ASCII characters"))
    return key


def check_place(query: bytes, headers: Headers) -> list[tuple[str, str]]:
    """Returns the parameters of a query. Raises 400 for a key or a token among them, or in a header of its own.

    Addresses are written down by servers, proxies and browsers.
    """
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    for name, value in given:
        plain = re.sub(r"[^a-z]", "", name.lower())
        if plain in _NAMES or _LOOKS_LIKE_KEY.search(name) or _LOOKS_LIKE_KEY.search(value):
            raise ProblemError(KEY_IN_WRONG_PLACE)
    if _HEADER in headers:
        raise ProblemError(KEY_IN_WRONG_PLACE)
    return given


def query_of(raw: bytes, headers: Headers) -> bytes:
    """Returns what of a stream's query goes to its owner. Raises 400 for a key or a token in a wrong place."""
    given = dict(reversed(check_place(raw, headers)))
    return urlencode([(name, given[name]) for name in _PASSED if name in given]).encode()


def check_way(scope: Scope, address: str, trusted: Sequence[Network]) -> None:
    """Raises 403 for a key that somebody on the way could read. `address` is the client's, or its network.

    `trusted` are the networks of proxies whose word counts.
    """
    try:
        is_here = address == _IPV6_HERE or ip_address(address.partition("/")[0]).is_loopback
    except ValueError:
        is_here = False
    if not (is_here or scope["scheme"] in ("https", "wss") or came_by_https(scope, trusted)):
        raise ProblemError(HTTPS_REQUIRED)


def has_own_bearer(headers: Headers) -> bool:
    """Tells whether the Authorization header is ours to verify, and no key of a provider."""
    value = headers.get("authorization")
    return value is not None and not value.partition(" ")[2].strip().startswith(PREFIXES)
