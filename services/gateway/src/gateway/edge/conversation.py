"""Guards what a conversation sends, before it is forwarded: where a provider's key stands, how it came, and the limits.

Nothing of the body is kept or logged, and no answer repeats anything of it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from ipaddress import ip_address
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Scope

from chassis.settings import Network
from chassis.web.problems import ProblemError, invalid
from gateway.edge.context import GatewayContext
from gateway.edge.forward.forwarder import Forwarded
from gateway.edge.limits.policies import Name
from gateway.edge.limits.rates import ADDRESS
from gateway.edge.problems import HTTPS_REQUIRED, KEY_IN_WRONG_PLACE, RATE_LIMITED
from gateway.edge.public_address import came_by_https

#: the limit by which an operation is known as a conversation, and that of requests with a caller's key
CONVERSATION: Name = "conversation"
WITH_KEY: Name = "conversation_key"
_KEY_FIELD = "apiKey"
_KEY_NAMES = frozenset({"apikey", "xapikey", "key", "authorization", "bearer", "secret", "token", "accesstoken"})
_LOOKS_LIKE_KEY = re.compile(r"(?<![A-Za-z0-9])(sk-|ek_|AIza)")
#: the network in which IPv6 has its loopback address
_IPV6_HERE = "::/64"


class Places:
    """Counts the conversations that run at a time in this process, by whom they are of."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def take(self, whose: str, most: int) -> AbstractContextManager[None]:
        """Takes a place, which the context gives back. Raises 429 when all are taken."""
        if self._taken[whose] >= most:
            raise ProblemError(RATE_LIMITED, "Too many conversations at a time.", headers={"Retry-After": "1"})
        self._taken[whose] += 1
        return self._held(whose)

    @contextmanager
    def _held(self, whose: str) -> Iterator[None]:
        try:
            yield
        finally:
            self._taken[whose] -= 1
            if not self._taken[whose]:
                del self._taken[whose]


class ConversationGuard:
    """Looks at the requests of direct operations."""

    def __init__(self, ctx: GatewayContext, trusted: Sequence[Network], at_once: tuple[int, int]) -> None:
        """Takes the networks of `trusted` proxies, and how many run at once: without a key of the caller, and with."""
        self._ctx = ctx
        self._trusted = trusted
        self._at_once = at_once
        self._places = Places()

    async def check(self, scope: Scope, request: Forwarded) -> AbstractContextManager[None]:
        """Returns the place of a conversation; of another operation nothing is checked. Raises why it is refused."""
        if CONVERSATION not in request.route.limits:
            return nullcontext()
        _check_place(request)
        address: str = scope[ADDRESS]
        if _has_key(request.body):
            if not self._is_private(scope):
                raise ProblemError(HTTPS_REQUIRED)
            await self._ctx.rates.take(scope, WITH_KEY, address)
            return self._places.take(f"key {address}", self._at_once[1])
        whose = f"address {address}" if request.principal.id is None else f"person {request.principal.id}"
        await self._ctx.rates.take(scope, CONVERSATION, whose)
        return self._places.take(whose, self._at_once[0])

    def _is_private(self, scope: Scope) -> bool:
        """Tells whether nobody on the way could read what was sent."""
        address: str = scope[ADDRESS]
        try:
            is_here = address == _IPV6_HERE or ip_address(address).is_loopback
        except ValueError:
            is_here = False
        return is_here or scope["scheme"] == "https" or came_by_https(scope, self._trusted)


def _check_place(request: Forwarded) -> None:
    """Raises 400 for a key in the address or in a header of its own, and 422 for any other query."""
    given = parse_qsl(request.query.decode("latin-1"), keep_blank_values=True)
    wrong = any(
        re.sub(r"[^a-z]", "", name.lower()) in _KEY_NAMES or _LOOKS_LIKE_KEY.search(f"{name} {value}")
        for name, value in given
    )
    if wrong or "x-api-key" in Headers(raw=[*request.headers]):
        raise ProblemError(KEY_IN_WRONG_PLACE)
    if request.query:
        raise invalid((None, "unknown field"))


def _has_key(body: bytes) -> bool:
    """Tells whether a body brings a key; one that cannot be read brings none, and its owner refuses it."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return _KEY_FIELD.encode() in body
    return isinstance(sent, dict) and sent.get(_KEY_FIELD) is not None
