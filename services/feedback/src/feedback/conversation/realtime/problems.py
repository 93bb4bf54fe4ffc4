"""Declares the problems by which a spoken conversation is refused, besides those of any conversation."""

from __future__ import annotations

from chassis.web.problems import NOT_FOUND, ProblemType
from feedback.conversation.problems import SESSION_ENDED, TOO_MANY
from feedback.conversation.turn_problems import (
    KEY_REFUSED,
    MODEL_NOT_AVAILABLE,
    PROVIDER_FAILED,
    PROVIDER_RATE_LIMITED,
    PROVIDER_TIMEOUT,
    QUOTA,
)

BUDGET_SPENT = ProblemType(
    name="budget-spent", status=402, title="Today's budget is spent", detail="It is renewed at midnight, UTC."
)
NO_KEY = ProblemType(
    name="no-provider-key",
    status=503,
    title="This installation has no key for that",
    detail="Send a provider's key of your own.",
)
TOO_MANY_SECRETS = ProblemType(
    name="too-many-secrets", status=429, title="Too many keys today", detail="A person gets five a day, UTC."
)
ALL = (
    KEY_REFUSED,
    QUOTA,
    BUDGET_SPENT,
    MODEL_NOT_AVAILABLE,
    PROVIDER_RATE_LIMITED,
    PROVIDER_FAILED,
    NO_KEY,
    PROVIDER_TIMEOUT,
)
#: of the WebSocket alone, which may name a session to keep what is said in
OF_STREAM = (*ALL, SESSION_ENDED, TOO_MANY, NOT_FOUND)
