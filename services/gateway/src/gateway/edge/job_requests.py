"""Reads the headers of a POST that makes a job: `Prefer: wait=N` (RFC 7240) and `Idempotency-Key`."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated

from fastapi import Header
from pydantic import WithJsonSchema

from chassis.web.idempotency import KEY_SCHEMA, check_key
from chassis.web.problems import BUSY, IDEMPOTENCY_CONFLICT, OUTCOME_UNKNOWN, ProblemError
from gateway.jobs.accept import Busy, Idempotency

#: seconds
LONGEST_WAIT = 30

#: `join` describes it for every operation with a job
Prefer = Annotated[str | None, Header(include_in_schema=False)]
IdempotencyKey = Annotated[
    Annotated[str, WithJsonSchema(KEY_SCHEMA)] | None,
    Header(
        alias="Idempotency-Key",
        description="1–255 visible characters. The same key and content give the same job for 24 hours.",
    ),
]


def seconds_to_wait(prefer: str | None) -> int | None:
    """Returns the N of `wait=N`, at most `LONGEST_WAIT`; None if it is missing or malformed, as RFC 7240 says."""
    for preference in re.split(r"[,;]", prefer or ""):
        found = re.fullmatch(r'\s*wait\s*=\s*"?([0-9]{1,6})"?\s*', preference, re.IGNORECASE)
        if found:
            return min(int(found[1]), LONGEST_WAIT)
    return None


def idempotency(route: str, key: str | None, *asked: bytes) -> Idempotency | None:
    """Returns the key with a hash of the whole request; None without a key. Raises 422 for an invalid key."""
    check_key(key)
    return None if key is None else Idempotency(route, key, hashlib.sha256(b"\0".join(asked)).hexdigest())


def conflict() -> ProblemError:
    """Returns the 422 for an Idempotency-Key that was used with other content."""
    return ProblemError(IDEMPOTENCY_CONFLICT)


def busy(error: Busy) -> ProblemError:
    """Returns a 503 if no job was accepted and none will be for this request, or a 504 if that is unknown.

    After a 504, repeating the request with the same Idempotency-Key returns the job or makes it.
    """
    if error.unknown:
        return ProblemError(OUTCOME_UNKNOWN)
    return ProblemError(BUSY, headers={"Retry-After": str(max(1, error.retry_after))})
