"""Lists the problems that an operation may answer: those that follow from its declaration, and those it names."""

from __future__ import annotations

from chassis.web.access import ROLES
from chassis.web.operation import Operation
from chassis.web.problems import (
    BAD_REQUEST,
    BUSY,
    CONSENT_REQUIRED,
    FORBIDDEN,
    IDEMPOTENCY_CONFLICT,
    IF_MATCH_REQUIRED,
    INTERNAL,
    INVALID,
    NOT_FOUND,
    OUTCOME_UNKNOWN,
    SIGN_IN_AGAIN,
    TOO_LARGE,
    UNAUTHORIZED,
    UNAVAILABLE,
    UNSUPPORTED_MEDIA_TYPE,
    VERSION_CONFLICT,
    ProblemType,
)


def problems_of(operation: Operation) -> frozenset[ProblemType]:
    """Returns the problem types of an operation; the gateway adds those of its limits."""
    sends = operation.method in ("POST", "PUT", "PATCH")
    conditions = {
        INVALID: True,
        INTERNAL: True,
        UNAVAILABLE: True,
        UNAUTHORIZED: operation.access != ("public",),
        FORBIDDEN: not ROLES.isdisjoint(operation.access),
        CONSENT_REQUIRED: operation.consent is not None,
        SIGN_IN_AGAIN: operation.fresh,
        NOT_FOUND: bool(operation.parameters) or operation.replay is not None,  # the resource may be gone at a replay
        BAD_REQUEST: sends,
        TOO_LARGE: sends,
        UNSUPPORTED_MEDIA_TYPE: sends,
        IDEMPOTENCY_CONFLICT: operation.method != "GET" and operation.direct is None,
        BUSY: operation.method != "GET",
        OUTCOME_UNKNOWN: operation.writes,
        VERSION_CONFLICT: operation.if_match is not None,
        IF_MATCH_REQUIRED: operation.if_match == "required",
    }
    own = {problem for problem, answers in conditions.items() if answers}
    return frozenset(own | set(operation.problems) | set(operation.conflicts.values()))
