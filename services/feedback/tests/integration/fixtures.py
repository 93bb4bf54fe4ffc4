"""Holds a running feedback service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from chassis.storage.database import Database, open_database
from chassis.testing import Harness
from chassis.web.testing import Caller


@dataclass(frozen=True)
class Feedback:
    """Holds the running service, an anonymous caller of its routes, and its database."""

    harness: Harness
    anonymous: Caller
    database: Database

    @classmethod
    @asynccontextmanager
    async def of(cls, harness: Harness, anonymous: Caller) -> AsyncIterator[Feedback]:
        """Opens the service's database beside it."""
        database = open_database(harness.database_url, "feedback")
        try:
            yield cls(harness, anonymous, database)
        finally:
            await database.close()

    async def rows(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        return await self.database.fetch(statement, *parameters)
