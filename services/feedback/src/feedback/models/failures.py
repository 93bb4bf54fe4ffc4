"""Tells which errors of a provider count against it, and how many keep calls away from it."""

from __future__ import annotations

from chassis.breaker import Rule
from feedback.models.errors import NO_CHILD, Kind, ProviderError

#: five failures within half a minute, whatever went well between them, give a provider half a minute's rest
RULE = Rule(failures=5, within=30.0, rest=30.0)
#: errors that say that a provider is in trouble; all others are answers
_FAILURES: frozenset[Kind] = frozenset({"unreachable", "overloaded", "failed", "timeout", "cut"})


def is_failure(error: ProviderError) -> bool:
    """Tells whether an error says that the provider is in trouble; a refusal, with 4xx, says that it is there."""
    if error.code == NO_CHILD:
        return False
    return error.kind in _FAILURES and not (error.status is not None and 400 <= error.status < 500)
