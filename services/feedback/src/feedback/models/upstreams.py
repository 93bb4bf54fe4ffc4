"""Holds for each provider what a process knows of it: its client, our key, its breaker and its slots."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, Literal

from chassis.breaker import Admitted, Breaker, Rule
from chassis.observe import metrics
from chassis.observe.logs import logger
from chassis.privacy.outside import MayBegin
from feedback.models.errors import BREAKER, ProviderError
from feedback.models.failures import RULE, is_failure
from feedback.models.request import ChatProvider, ModelRequest, Piece, Text
from feedback.models.secret import Secret
from feedback.models.slots import CALLERS, WAIT_S, Slots

#: seconds for which a provider is not asked that has refused our key
REFUSED_FOR_S = 600.0
KeyState = Literal["configured", "missing", "refused"]
_STATES = {"closed": 0.0, "half_open": 0.5, "open": 1.0}

_log = logger(__name__)


class Upstream:
    """Asks one provider, and learns from how it goes.

    `wants_key`: False for a server of one's own that may have none. `person_as`: the field that takes the pseudonym of
    a person. `flags`: what each call with our key says besides.
    """

    def __init__(
        self,
        provider: ChatProvider,
        key: Secret | None,
        *,
        wants_key: bool = True,
        person_as: str | None = None,
        flags: Mapping[str, Any] | None = None,
        rule: Rule | None = None,
        concurrency: int = 8,
        wait: float = WAIT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.provider = provider
        self.key = key
        self.breaker = Breaker(rule or RULE, clock)
        self.slots = Slots(concurrency, wait)
        self.callers_slots = Slots(CALLERS, wait)
        self._wants_key = wants_key
        self._person_as = person_as
        self._flags = dict(flags or {})
        self._clock = clock
        self._refused_until = 0.0

    @property
    def name(self) -> str:
        """Names the provider."""
        return self.provider.name

    @property
    def is_outside(self) -> bool:
        """Tells whether words that are sent there leave the installation."""
        return self.provider.recipient != "voxbus"

    @property
    def key_state(self) -> KeyState:
        """Tells whether there is a key of ours, and whether the provider has lately refused it."""
        if self.key is None and self._wants_key:
            return "missing"
        return "refused" if self._clock() < self._refused_until else "configured"

    def extra(self, person: str | None) -> Mapping[str, Any]:
        """Returns the fields that a call with our key has for the provider alone; `person` is a pseudonym."""
        named = {} if person is None or self._person_as is None else {self._person_as: person}
        return {**self._flags, **named}

    async def stream(
        self, request: ModelRequest, may_begin: MayBegin, key: Secret | None = None
    ) -> AsyncGenerator[Piece, None]:
        """Makes one call with our key, or with that of a caller, and yields its pieces; see `ChatProvider.stream`.

        It holds a slot of its kind of key meanwhile, and raises `NoSlot` where none becomes free. A breaker that admits
        nothing is told as the kind `unreachable`: nothing was called.
        """
        slots = self.slots if key is None else self.callers_slots
        async with slots.held(), aclosing(self._made(request, may_begin, key)) as pieces:
            async for piece in pieces:
                yield piece

    async def _made(
        self, request: ModelRequest, may_begin: MayBegin, key: Secret | None
    ) -> AsyncGenerator[Piece, None]:
        call = self.breaker.admit()
        if call is None:
            raise ProviderError("unreachable", code=BREAKER)
        began, has_text = self._clock(), False
        is_known = False
        try:
            async with aclosing(self.provider.stream(request, key or self.key, may_begin)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Text) and not has_text:
                        has_text = True
                        metrics.AI_FIRST_TOKEN_SECONDS.labels(self.name).observe(self._clock() - began)
                    yield piece
            is_known = True
            self.breaker.answered(call)
        except ProviderError as error:
            is_known = True
            self._learn(error, call, is_ours=key is None)
            raise
        finally:
            if not is_known and has_text:
                self.breaker.answered(call)
            elif not is_known:
                self.breaker.left(call)
            metrics.AI_CALL_SECONDS.labels(self.name).observe(self._clock() - began)
            self.show()

    def show(self) -> None:
        """Shows in the metrics whether calls are kept away."""
        metrics.AI_BREAKER_STATE.labels(self.name).set(_STATES[self.breaker.state])
        metrics.AI_KEY_REFUSED.labels(self.name).set(self.key_state == "refused")

    def _learn(self, error: ProviderError, call: Admitted, *, is_ours: bool) -> None:
        if is_failure(error):
            self.breaker.failed(call)
        else:  # a refusal says nothing of how others fare, and anybody's wrong key would bring one
            self.breaker.left(call)
        if error.kind == "key_refused" and is_ours and self.key is not None:
            self._refused_until = self._clock() + REFUSED_FOR_S
            _log.error("a provider refuses our key", provider=self.name, status=error.status)


#: by the name of the provider
Upstreams = Mapping[str, Upstream]
