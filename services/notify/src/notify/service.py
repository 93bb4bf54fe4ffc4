"""The notify service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.delivery.erasure import rows_about
from chassis.handler import Deps
from chassis.service import Kit, Parts, Service
from notify.handlers import mark_read, notify_ready
from notify.tables import METADATA


@asynccontextmanager
async def open_notify(_kit: Kit) -> AsyncIterator[Parts]:
    """Nothing to construct: its one channel is its own table."""
    yield Parts(deps=Deps())


SERVICE = Service(
    name="notify",
    metadata=METADATA,
    migrations=Path(__file__).parents[2] / "migrations",
    open=open_notify,
    handlers=(notify_ready, mark_read),
    on_path=True,
    erase=rows_about(METADATA),
)
