"""Decides whether a call that has failed is made once more, and after how long."""

from __future__ import annotations

from collections.abc import Callable

from feedback.models.errors import ProviderError

#: calls of one model for one question, failed ones counted
CALLS_MAX = 2
#: seconds before a call is repeated
SHORTEST_S, LONGEST_S = 0.2, 2.0
#: the longest that a provider may ask to wait
PATIENCE_S = 5.0


def wait_before(error: ProviderError, random: Callable[[], float]) -> float | None:
    """Returns the seconds after which the same call may be made again; None: it may not.

    `random` returns 0 to 1.
    """
    wait = SHORTEST_S + random() * (LONGEST_S - SHORTEST_S)
    if error.may_be_repeated:
        asked = error.retry_after or 0.0
    elif error.kind == "rate_limited" and error.retry_after is not None:
        asked = error.retry_after
    else:
        return None
    return max(wait, asked) if asked <= PATIENCE_S else None
