"""Classifies an error of the database: an outage, a passing error, a refused value or a refused statement."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from chassis.errors import VoxbusError

#: serialization failure and deadlock: the transaction may be repeated, which spends no try
_CONFLICT = frozenset({"40001", "40P01"})
#: unique and check violation. For the chassis's own rows they may pass: a row that goes to the default partition while
#: its own partition is attached violates a check, and finds its partition the second time
_VIOLATION = frozenset({"23505", "23514"})
#: a statement exceeded its time limit
_TOOK_TOO_LONG = "57014"


class RolledBack(VoxbusError):
    """Says that nothing was committed: the code in the transaction has ignored an error of one of its statements.

    Postgres answers such a COMMIT with ROLLBACK, and without an error.
    """


class DatabaseAway(VoxbusError):
    """Reports that no connection to the database could be had, or that it did not answer."""


def may_redo(error: BaseException) -> bool:
    """Tells whether a transaction of the chassis may be repeated a limited number of times."""
    return isinstance(error, DBAPIError) and sqlstate(error) in _CONFLICT | _VIOLATION


def is_data_error(error: BaseException) -> bool:
    """Tells whether a statement was refused for a value that its column cannot hold or the driver cannot encode."""
    if not isinstance(error, DBAPIError):
        return False
    return (sqlstate(error) or "")[:2] in {"22", "54"} or isinstance(error.orig, ValueError)


def is_statement_refused(error: BaseException) -> bool:
    """Tells whether a statement is refused for any rows, as for a missing column or right: all messages meet that.

    In a transaction that an error has ended (25P02) the statement itself is fine: the code has ignored the error.
    """
    if not isinstance(error, DBAPIError) or is_outage(error) or is_data_error(error):
        return False
    return (sqlstate(error) or "")[:2] not in {"23", "25", "40"}


def is_passing(error: BaseException) -> bool:
    """Tells whether a later try may succeed: after a deadlock, a serialization failure or a lock timeout."""
    return isinstance(error, DBAPIError) and sqlstate(error) in {*_CONFLICT, "55P03"}


def sqlstate(error: DBAPIError) -> str | None:
    """Returns the five characters of the server's error, if the server raised it."""
    return getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)


def constraint_of(error: DBAPIError) -> str | None:
    """Returns the name of the constraint that a statement violated (unique, check, foreign key), else None."""
    if (sqlstate(error) or "")[:2] != "23":
        return None
    drivers = (error.orig, getattr(error.orig, "__cause__", None))  # wrapped by SQLAlchemy's error, or the error itself
    return next((str(name) for each in drivers if (name := getattr(each, "constraint_name", None))), None)


def is_outage(error: BaseException) -> bool:
    """Tells whether the database did not answer (lost, shutting down, no slot): then a commit's outcome is unknown.

    A statement that the driver refuses to send, such as one with too many parameters, has no SQLSTATE either: that is
    the caller's defect.
    """
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (sqlstate(error) or "")[:2] in {"08", "57", "53"}
    return isinstance(error, DatabaseAway)


def is_databases_fault(error: BaseException) -> bool:
    """Tells whether the database is the cause of an error that a handler raised: then it is not a failed try.

    A handler's own network call or slow statement may look like an outage. A violation by the handler's own rows, such
    as a fixed key that exists, comes again with each try, and each try may cost money.
    """
    if isinstance(error, DBAPIError) and sqlstate(error) == _TOOK_TOO_LONG:
        return False
    return is_outage(error) or (isinstance(error, DBAPIError) and sqlstate(error) in _CONFLICT)
