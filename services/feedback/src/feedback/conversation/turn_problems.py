"""Declares the problems of a conversation. None repeats what a provider or a person wrote."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.web.problems import BUSY, CONSENT_REQUIRED, ProblemError, ProblemType
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
MODEL_NOT_AVAILABLE = ProblemType(
    name="model-not-available",
    status=404,
    title="The model is not available",
    detail="Choose another of GET /ai/models.",
)
PROVIDER_RATE_LIMITED = ProblemType(
    name="provider-rate-limited",
    status=429,
    title="The provider wants you to wait",
    detail="It has had too many requests with this key.",
    retry_after=10,
)
PROVIDER_FAILED = ProblemType(
    name="provider-failed", status=502, title="The provider has failed", detail="Try again, or choose another model."
)
STREAM_CUT = ProblemType(
    name="provider-stream-cut",
    status=502,
    title="The provider broke off",
    detail="What came until then is not the whole answer.",
)
PROVIDER_TIMEOUT = ProblemType(
    name="provider-timeout",
    status=504,
    title="The provider takes too long",
    detail="Try again, or choose another model.",
)
ALL = (
    KEY_REFUSED,
    QUOTA,
    MODEL_NOT_AVAILABLE,
    PROVIDER_RATE_LIMITED,
    PROVIDER_FAILED,
    STREAM_CUT,
    PROVIDER_TIMEOUT,
    CONSENT_REQUIRED,
    BUSY,
)

_BY_KIND: Mapping[Kind, ProblemType] = {
    "key_refused": KEY_REFUSED,
    "quota": QUOTA,
    "no_model": MODEL_NOT_AVAILABLE,
    "rate_limited": PROVIDER_RATE_LIMITED,
    "timeout": PROVIDER_TIMEOUT,
}
#: seconds within which a client is asked to wait
_LEAST_S, _MOST_S = 1, 120


def problem_of(error: ProviderError, model: str, *, begun: bool) -> ProblemError:
    """Returns the problem of a call to a model. `begun`: a part of the answer has been sent already."""
    if begun and error.kind != "timeout":
        return ProblemError(STREAM_CUT)
    problem = _BY_KIND.get(error.kind, PROVIDER_FAILED)
    if problem is MODEL_NOT_AVAILABLE:
        return ProblemError(problem, f"{model} is not available with this key.")
    if problem is PROVIDER_RATE_LIMITED and error.retry_after is not None:
        wait = min(_MOST_S, max(_LEAST_S, round(error.retry_after)))
        return ProblemError(problem, headers={"Retry-After": str(wait)})
    return ProblemError(problem)
