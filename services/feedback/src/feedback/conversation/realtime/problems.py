"""Declares the problems by which a spoken conversation is refused before it begins."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.web.problems import ProblemError, ProblemType
from feedback.models.errors import Kind, ProviderError

KEY_REFUSED = ProblemType(
    name="provider-key-refused",
    status=401,
    title="The provider refuses the key",
    detail="Check the key that you have sent, and what it may be used for.",
)
QUOTA = ProblemType(
    name="provider-quota",
    status=402,
    title="The provider's account has no credit left",
    detail="Look at the billing page of the provider.",
)
BUDGET_SPENT = ProblemType(
    name="budget-spent", status=402, title="Today's budget is spent", detail="It is renewed at midnight, UTC."
)
NO_MODEL = ProblemType(
    name="model-not-available",
    status=404,
    title="The model is not available",
    detail="Choose another of GET /ai/models.",
)
RATE_LIMITED = ProblemType(
    name="provider-rate-limited",
    status=429,
    title="The provider wants you to wait",
    detail="It has had too many requests with this key.",
    retry_after=10,
)
FAILED = ProblemType(
    name="provider-failed", status=502, title="The provider has failed", detail="Try again, or choose another model."
)
NO_KEY = ProblemType(
    name="no-provider-key",
    status=503,
    title="This installation has no key for that",
    detail="Send a provider's key of your own.",
)
TIMEOUT = ProblemType(
    name="provider-timeout",
    status=504,
    title="The provider takes too long",
    detail="Try again, or choose another model.",
)
ALL = (KEY_REFUSED, QUOTA, BUDGET_SPENT, NO_MODEL, RATE_LIMITED, FAILED, NO_KEY, TIMEOUT)

_OF_KIND: Mapping[Kind, ProblemType] = {
    "key_refused": KEY_REFUSED,
    "quota": QUOTA,
    "no_model": NO_MODEL,
    "rate_limited": RATE_LIMITED,
    "timeout": TIMEOUT,
}


def problem_of(error: ProviderError) -> ProblemError:
    """Returns the problem of a session that the provider did not open; with our own key its refusal is no caller's."""
    found = _OF_KIND.get(error.kind, FAILED)
    wait = error.retry_after
    if found is RATE_LIMITED and wait is not None:
        return ProblemError(found, headers={"Retry-After": str(min(120, max(1, round(wait))))})
    return ProblemError(found)
