"""Knows what differs behind a pooler, such as PgBouncer or Supabase's (docs/adr/0055).

An address says `?pooler=session` or `?pooler=transaction`. A pooler refuses most start-up parameters, so what a
connection is to be is set by a statement: once for a session, and with each BEGIN for a transaction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

Mode = Literal["session", "transaction"]
MODES: tuple[Mode, ...] = ("session", "transaction")

_PARAMETER = re.compile(r"(?<=[?&])pooler=([^&#]*)(&|$)")
#: start-up parameters that each pooler takes and keeps for its client
_KEPT = ("application_name", "timezone")

#: $1 the process that the connection was told of: a pooler tells of one of its own making
IS_POOLED = "SELECT pg_backend_pid() <> $1::int AS pooled"


@dataclass(frozen=True, slots=True)
class Address:
    """Holds a DSN without the scheme and our own parameter, and the pooler that stands there."""

    place: str
    pooler: Mode | None

    @classmethod
    def of(cls, url: str) -> Address:
        """Reads a DSN, of which no other part is parsed: `postgresql:///name?host=/folder` has an empty host.

        Raises `ValueError`.
        """
        place = url.partition("://")[2]
        found = _PARAMETER.search(place)
        if found is None:
            return cls(place, None)
        if found[1] not in MODES:
            raise ValueError("the parameter pooler must be session or transaction")
        return cls(_PARAMETER.sub("", place).rstrip("?&"), cast(Mode, found[1]))

    @property
    def dsn(self) -> str:
        """Returns the DSN as the driver wants it."""
        return f"postgresql://{self.place}"

    @property
    def sqlalchemy(self) -> str:
        """Returns the DSN as SQLAlchemy wants it."""
        return f"postgresql+asyncpg://{self.place}"

    def connect_args(self, settings: Mapping[str, str]) -> dict[str, Any]:
        """Returns how the driver connects with these settings of the server, as far as they can be given there."""
        if self.pooler is None:
            return {"server_settings": dict(settings)}
        kept = {name: value for name, value in settings.items() if name in _KEPT}
        return {"server_settings": kept, **(UNNAMED if self.pooler == "transaction" else {})}

    def begun(self, begin: str, settings: Mapping[str, str]) -> str:
        """Returns a BEGIN with what stands behind it; in a pooler's transaction it makes the settings as well."""
        if self.pooler != "transaction":
            return begin
        first, _, rest = begin.partition(";")
        return f"{first}; {set_settings(settings, local=True)};{rest}"


#: no statement has a name, which the next transaction's server would not know, or would have for another statement
UNNAMED: Mapping[str, Any] = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": lambda: "",
}


def to_be_named(variable: str) -> str:
    """Returns the sentence for an address that does not say that a pooler stands there."""
    return (
        f"A pooler stands before the database: add ?pooler=session or ?pooler=transaction to {variable}, as it works."
    )


def set_settings(settings: Mapping[str, str], *, local: bool) -> str:
    """Returns the statement that makes settings of the server, for the session or until the transaction ends."""
    values = [f"set_config('{name}', '{value}', {str(local).lower()})" for name, value in settings.items()]
    return f"SELECT {', '.join(values)}"
