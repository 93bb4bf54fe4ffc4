"""Guards what a conversation sends, before it is forwarded: where a provider's key stands, how it came, and the limits.

Nothing of the body is kept or logged, and no answer repeats anything of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from starlette.datastructures import Headers
from starlette.types import Scope

from chassis.settings import Network
from chassis.web.problems import invalid
from gateway.edge.context import GatewayContext
from gateway.edge.forward.forwarder import Forwarded
from gateway.edge.limits.policies import Name
from gateway.edge.limits.rates import ADDRESS
from gateway.edge.places import Places
from gateway.edge.problems import RATE_LIMITED
from gateway.edge.provider_key import check_place, check_way

#: the limit by which an operation is known as a conversation, and that of requests with a caller's key
CONVERSATION: Name = "conversation"
WITH_KEY: Name = "conversation_key"
_KEY_FIELD = "apiKey"


class ConversationGuard:
    """Looks at the requests of direct operations."""

    def __init__(self, ctx: GatewayContext, trusted: Sequence[Network], at_once: tuple[int, int]) -> None:
        """Takes the networks of `trusted` proxies, and how many run at once: without a key of the caller, and with."""
        self._ctx = ctx
        self._trusted = trusted
        self._at_once = at_once
        self._places = Places(RATE_LIMITED, "Too many conversations at a time.", retry_after=1)

    async def check(self, scope: Scope, request: Forwarded) -> AbstractContextManager[None]:
        """Returns the place of a conversation; of another operation nothing is checked. Raises why it is refused."""
        if CONVERSATION not in request.route.limits:
            return nullcontext()
        check_place(request.query, Headers(raw=[*request.headers]))
        if request.query:
            raise invalid((None, "unknown field"))
        address: str = scope[ADDRESS]
        if request.key is not None or _has_key(request.body):
            check_way(scope, address, self._trusted)
            await self._ctx.rates.take(scope, WITH_KEY, address)
            return self._places.take(f"key {address}", self._at_once[1])
        whose = f"address {address}" if request.principal.id is None else f"person {request.principal.id}"
        await self._ctx.rates.take(scope, CONVERSATION, whose)
        return self._places.take(whose, self._at_once[0])


def _has_key(body: bytes) -> bool:
    """Tells whether a body brings a key; one that cannot be read brings none, and its owner refuses it."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return _KEY_FIELD.encode() in body
    return isinstance(sent, dict) and sent.get(_KEY_FIELD) is not None
