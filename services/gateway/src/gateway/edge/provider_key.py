"""Finds the key of a provider that a client has sent with a WebSocket, and refuses one in the URL.

The key is for the owner of the stream alone: nothing here keeps it, and no answer or log line repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers

from chassis.web.problems import ProblemError, invalid
from gateway.edge.problems import KEY_IN_WRONG_PLACE

#: how a provider's key begins, which no token of ours does
PREFIXES = ("sk-", "ek_")
#: the subprotocol by which browsers speak Realtime, and the one in which they send the key
REALTIME, _KEY_PROTOCOL = "realtime", "openai-insecure-api-key."
_KEY = re.compile(r"[\x21-\x7e]{8,256}")
_IN_QUERY = re.compile(r"(?<![A-Za-z0-9])(sk-|ek_)")
_NAMES = frozenset({"apikey", "key", "token", "accesstoken", "authorization", "bearer", "secret", "password"})
_MODEL = "model"


def key_of(bearer: str | None, subprotocols: Iterable[str]) -> str | None:
    """Returns the key, of the header or else of a subprotocol. Raises 422 for one that cannot be a key."""
    named = [name.removeprefix(_KEY_PROTOCOL) for name in subprotocols if name.startswith(_KEY_PROTOCOL)]
    key = bearer if bearer is not None and bearer.startswith(PREFIXES) else next(iter(named), None)
    if key is not None and not _KEY.fullmatch(key):
        raise invalid(("apiKey", "must be 8 to 256 visible ASCII characters"))
    return key


def query_of(raw: bytes) -> bytes:
    """Returns what of a query goes to the owner: the model. Raises 400 for a key or a token in it."""
    given = parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
    for name, value in given:
        plain = re.sub(r"[^a-z]", "", name.lower())
        if plain in _NAMES or _IN_QUERY.search(name) or _IN_QUERY.search(value):
            raise ProblemError(KEY_IN_WRONG_PLACE)
    return urlencode([(name, value) for name, value in given if name == _MODEL][:1]).encode()


def has_own_bearer(headers: Headers) -> bool:
    """Tells whether the Authorization header is ours to verify, and no key of a provider."""
    value = headers.get("authorization")
    return value is not None and not value.partition(" ")[2].strip().startswith(PREFIXES)
