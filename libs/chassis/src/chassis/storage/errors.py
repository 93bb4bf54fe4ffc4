"""Says what an error of the database means: an outage, something that passes, a value or a statement refused."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from chassis.errors import VoxbusError

#: serialization failure and deadlock: whatever was done may be done again, and spends no try
_CONFLICT = frozenset({"40001", "40P01"})
#: unique and check violation. Of the chassis's own rows they may pass: a check is violated by a row that was on its way
#: to the default partition while its own was attached, and the second time it finds its place
_VIOLATION = frozenset({"23505", "23514"})
#: a statement took longer than it may
_TOOK_TOO_LONG = "57014"


class RolledBack(VoxbusError):
    """Says that nothing was committed: whoever had the transaction has passed over an error of one of its statements.

    Postgres answers such a COMMIT with ROLLBACK, and without an error.
    """


class DatabaseAway(VoxbusError):
    """Reports that no connection to the database could be had, or that it fell silent."""


def may_redo(error: BaseException) -> bool:
    """Tells whether a transaction of the chassis may be done again, a limited number of times."""
    return isinstance(error, DBAPIError) and sqlstate(error) in _CONFLICT | _VIOLATION


def is_data_error(error: BaseException) -> bool:
    """Tells whether a statement was refused for a value that no column holds, or that the driver cannot encode."""
    if not isinstance(error, DBAPIError):
        return False
    return (sqlstate(error) or "")[:2] in {"22", "54"} or isinstance(error.orig, ValueError)


def is_statement_refused(error: BaseException) -> bool:
    """Tells whether a statement was refused whatever its rows say: a missing column or right. All messages meet it.

    In a transaction that an error has ended (25P02) nothing is wrong with the statement: the error was passed over.
    """
    if not isinstance(error, DBAPIError) or is_outage(error) or is_data_error(error):
        return False
    return (sqlstate(error) or "")[:2] not in {"23", "25", "40"}


def is_passing(error: BaseException) -> bool:
    """Tells whether a later try may well succeed: deadlock, serialization failure, a lock that was not had in time."""
    return isinstance(error, DBAPIError) and sqlstate(error) in {*_CONFLICT, "55P03"}


def sqlstate(error: DBAPIError) -> str | None:
    """Returns the five characters of the server's error, if the server raised it."""
    return getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)


def constraint_of(error: DBAPIError) -> str | None:
    """Returns the name of the constraint that a statement violated (unique, check, foreign key), else None."""
    if (sqlstate(error) or "")[:2] != "23":
        return None
    drivers = (error.orig, getattr(error.orig, "__cause__", None))  # behind SQLAlchemy's own, or at once
    return next((str(name) for each in drivers if (name := getattr(each, "constraint_name", None))), None)


def is_outage(error: BaseException) -> bool:
    """Tells whether the database did not answer (lost, shutting down, no slot): then a commit's outcome is unknown.

    What the driver refuses to send, such as too many parameters, has no SQLSTATE either: that is the caller's defect.
    """
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (sqlstate(error) or "")[:2] in {"08", "57", "53"}
    return isinstance(error, DatabaseAway)


def is_databases_fault(error: BaseException) -> bool:
    """Tells whether an error that came out of a handler is the database's doing: then it is no failed try.

    What a handler does by itself, a network call or a statement that takes too long, may look like an outage; a
    violation by its rows, a fixed key that exists for instance, comes again however often its work is paid for.
    """
    if isinstance(error, DBAPIError) and sqlstate(error) == _TOOK_TOO_LONG:
        return False
    return is_outage(error) or (isinstance(error, DBAPIError) and sqlstate(error) in _CONFLICT)
