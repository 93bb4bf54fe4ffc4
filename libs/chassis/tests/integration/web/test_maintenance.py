"""Records whose time is over go away by the hour; the table is what the migration makes of it."""

from __future__ import annotations

from datetime import UTC, datetime

from chassis.delivery.retention_statements import delete
from chassis.fresh_databases import fresh_database
from chassis.privacy.retention import retention
from chassis.storage.drift import drift
from chassis.web.testing import Caller
from libs.chassis.tests.integration.toys import TOYS
from libs.chassis.tests.integration.web.room import Room


async def test_expired_records_are_trimmed(room: Room, author: Caller) -> None:
    for name in ("Bear", "Cat"):
        await author("POST", "/toys", {"name": name}, headers={"Idempotency-Key": name})
    await author("POST", "/toys", {"name": "Dog"})
    await room.rows("UPDATE idempotency SET expires_at = now() WHERE expires_at < now() + interval '1 hour'")
    [records] = [each for each in retention().holders("content") if each.table == "idempotency"]
    await room.database.fetch(delete(records), datetime.now(UTC))
    assert await room.count("idempotency") == 2
    again = await author("POST", "/toys", {"name": "Bear"}, headers={"Idempotency-Key": "Bear"})
    assert again.headers["idempotency-replayed"] == "true"


async def test_the_table_is_what_the_code_says(postgres_url: str) -> None:
    async with fresh_database(postgres_url, [TOYS]) as url:
        assert await drift(url, TOYS) == []
