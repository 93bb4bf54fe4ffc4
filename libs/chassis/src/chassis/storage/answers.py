"""Tells whether a database server answers, in words that name where it should be and never a password."""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy.exc import DBAPIError

from chassis.errors import SettingsError
from chassis.storage.database import open_pool
from chassis.storage.errors import DatabaseAway, is_outage, sqlstate
from chassis.storage.statement import Repeatable

_ASK = Repeatable("SELECT 1")
_POSTGRES_PORT = 5432
#: seconds to wait for an answer
_WITHIN_S = 10.0
#: why a server that answers refuses, by what Postgres calls it
_REFUSALS = {
    "28P01": "refuses the password",
    "28000": "refuses the login",
    "3D000": "has no such database",
    "53300": "has no connection left",
    "57P03": "is starting up or shutting down",
}


async def await_answer(url: str) -> None:
    """Asks a database once. Raises `SettingsError` that names host and port, and why it refuses if it answers."""
    database = open_pool(url, {}, size=1, answer_within=_WITHIN_S)
    try:
        await database.fetch(_ASK)
    except (DBAPIError, DatabaseAway, OSError, TimeoutError) as error:
        raise SettingsError(f"The database at {place_of(url)} {_why(error)}.") from error
    finally:
        await database.close()


def place_of(url: str) -> str:
    """Returns host and port of an address, or the folder of its socket."""
    parts = urlsplit(url)
    if parts.hostname is None:
        return parts.query.partition("host=")[2].partition("&")[0] or "an unknown place"
    return f"{parts.hostname}:{parts.port or _POSTGRES_PORT}"


def _why(error: BaseException) -> str:
    if isinstance(error, DBAPIError) and not is_outage(error):
        return _REFUSALS.get(sqlstate(error) or "", f"refuses it ({sqlstate(error)})")
    if isinstance(error, DBAPIError) and (known := _REFUSALS.get(sqlstate(error) or "")):
        return known
    return "does not answer"
