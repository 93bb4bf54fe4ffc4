"""Defines the words by which a route says who may call it. Any one of a route's words is enough.

The gateway checks the words before it forwards a request and the owner again, so of two versions the stricter holds.
"""

from __future__ import annotations

from typing import Literal, get_args
from uuid import UUID

from chassis.web.principal import Principal
from chassis.web.problems import FORBIDDEN, SIGN_IN_AGAIN, ProblemError, not_found, unauthorized

Role = Literal["learner", "author", "moderator", "admin"]
#: `own`: the resource is the caller's, which the route's statement compares; `guardian`: of the person in the path
Word = Literal["public", "signed-in", "own", "guardian"] | Role
#: the roles that write a public resource
EDITORS: tuple[Word, ...] = ("author", "admin")
ROLES: frozenset[str] = frozenset(get_args(Role))
#: seconds for which a sign-in is recent enough for an operation with `x-fresh`
FRESH_S = 300


def check_access(words: tuple[Word, ...], principal: Principal, person: UUID | None = None) -> None:
    """Accepts a principal whom one of the words allows; raises 401, 403 or 404 for any other.

    `person` is the person in the path, on routes that have one: then `own` and `guardian` refer to that person, and a
    stranger gets the same 404 as for a person who does not exist.
    """
    if "public" in words:
        return
    if principal.id is None:
        raise unauthorized()
    if "signed-in" in words or not principal.roles.isdisjoint(ROLES & set(words)):
        return
    if "own" in words and person in (None, principal.id):
        return
    if "guardian" in words and person is not None and principal.acting_for == person:
        return
    if person is not None and not {"own", "guardian"}.isdisjoint(words):
        raise not_found()
    raise ProblemError(FORBIDDEN)


def check_fresh(principal: Principal, now: float) -> None:
    """Raises 403 for a caller who has not signed in of late; `now` in epoch seconds.

    A caller of whom nobody knows when that was, as a gateway of an earlier version does not say it, has not either.
    """
    if principal.signed_in is None or now - principal.signed_in > FRESH_S:
        raise ProblemError(SIGN_IN_AGAIN)
