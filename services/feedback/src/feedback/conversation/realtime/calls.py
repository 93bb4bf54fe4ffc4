"""Opens connections behind the provider's breaker, and counts how they came out, as calls of models."""

from __future__ import annotations

from chassis.observe import metrics
from chassis.privacy.outside import MayBegin
from feedback.conversation.realtime.provider import Connection, RealtimeProvider
from feedback.conversation.realtime.terms import ROLE, Agreed
from feedback.models.errors import BREAKER, ProviderError
from feedback.models.failures import is_failure
from feedback.models.upstreams import Upstream


class Calls:
    """Opens connections. The breaker is that of the provider's other models, since the address is the same."""

    def __init__(self, provider: RealtimeProvider, upstream: Upstream | None = None) -> None:
        """Takes the `upstream`, which knows the breaker; None: nothing is kept away."""
        self._provider = provider
        self._upstream = upstream

    async def connect(self, agreed: Agreed, may_begin: MayBegin) -> Connection:
        """See `RealtimeProvider.connect`. A breaker that admits nothing is told as the kind `unreachable`."""
        breaker = None if self._upstream is None else self._upstream.breaker
        call = None if breaker is None else breaker.admit()
        if breaker is not None and call is None:
            raise ProviderError("unreachable", code=BREAKER)
        outcome = ""
        try:
            connection = await self._provider.connect(agreed.model.id, agreed.key, may_begin)
            outcome = "answered"
        except ProviderError as error:
            outcome = error.kind
            if breaker is not None and call is not None and is_failure(error):
                breaker.failed(call)
            elif breaker is not None and call is not None:
                breaker.answered(call)
            raise
        finally:
            if breaker is not None and call is not None and outcome == "answered":
                breaker.answered(call)
            elif breaker is not None and call is not None and not outcome:
                breaker.left(call)
            if outcome:
                paid_by = "voxbus" if agreed.is_ours else "caller"
                metrics.AI_CALLS.labels(ROLE, self._provider.name, agreed.model.id, outcome, paid_by).inc()
            if self._upstream is not None:
                self._upstream.show()
        return connection
