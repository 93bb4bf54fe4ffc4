"""Makes a problem of an unforeseen error. The log gets the error's kind and place."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from chassis.errors import DependencyDown, Erased
from chassis.observe.logs import logger
from chassis.storage.errors import is_outage, sqlstate
from chassis.web.context import DeadlinePassed
from chassis.web.problems import INTERNAL, INVALID, UNAVAILABLE, ProblemError, unauthorized

#: undefined table, insufficient privilege: a table or view that is not migrated yet
_NOT_MIGRATED = frozenset({"42P01", "42501"})
#: a lock was not free in time
LOCK_TIMEOUT = "55P03"
_LATER = (DependencyDown, DeadlinePassed)
#: a character that Postgres cannot hold, in a text or in JSON
_NO_CHARACTER = frozenset({"22021", "22P05"})

_log = logger(__name__)


def is_unavailable(error: BaseException) -> bool:
    """Tells whether a dependency of a request did not answer in time, so that a later try may succeed."""
    state = sqlstate(error) if isinstance(error, DBAPIError) else None
    return is_outage(error) or isinstance(error, _LATER) or state in _NOT_MIGRATED or state == LOCK_TIMEOUT


def problem_of(error: Exception, operation: str) -> ProblemError:
    """Returns the problem of an error of an operation, and logs it unless a client has caused it."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, Erased):
        return unauthorized("This account does not exist any more.")
    state = sqlstate(error) if isinstance(error, DBAPIError) else None
    if state in _NO_CHARACTER:
        return ProblemError(INVALID, "A text holds a character that cannot be stored.")
    known = {"operation": operation, "error": type(error).__qualname__, "sqlstate": state}
    if is_unavailable(error):
        _log.warning("request refused", **known)
        return ProblemError(UNAVAILABLE)
    _log.error("request failed", **known, exc_info=error)
    return ProblemError(INTERNAL)
