"""Refuses to migrate or serve a database that a restore has left half full."""

from __future__ import annotations

from chassis.storage.schemas import open_as_owner
from gateway.jobs.half_restored import refuse_half_restored


async def refuse_what_is_not_whole(url: str) -> None:
    """Raises `HalfRestored`. `url` is the owner's address."""
    owner = open_as_owner(url)
    try:
        await refuse_half_restored(owner)
    finally:
        await owner.close()
