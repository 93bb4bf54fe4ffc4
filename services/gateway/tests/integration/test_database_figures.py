"""The figures of the database's server come from a real one; what it does not show is said to be missing."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from uuid import UUID

import pytest

from chassis.observe import metrics
from chassis.storage.database import Database
from gateway.operate import figure_statements
from gateway.operate.database_figures import DatabaseFigures


def value(name: str, **labels: str) -> float | None:
    return metrics.REGISTRY.get_sample_value(name, labels)


NOBODYS_TURN = "UPDATE retention_turns SET until = now() WHERE name = 'figures'"


@pytest.fixture(autouse=True)
async def turn(gateway_database: Database) -> None:
    """Lets the first gateway that looks have the turn."""
    await gateway_database.fetch(NOBODYS_TURN)


async def test_one_gateway_reads_and_another_shows_nothing_until_the_turn_ends(gateway_database: Database) -> None:
    def shown() -> bool:
        figures = (value("voxbus_database_size_bytes"), value("voxbus_database_connections", state="max"))
        table = value("voxbus_database_table_bytes", schema="gateway", table="log")
        there = [each is not None and not math.isnan(each) for each in (*figures, table)]
        assert len(set(there)) == 1
        return there[0]

    one, other = DatabaseFigures(gateway_database), DatabaseFigures(gateway_database)
    for _ in range(2):
        await one.once()
        assert shown()
    await other.once()
    assert not shown()
    assert value("voxbus_backup_timestamp_seconds") == 0
    await gateway_database.fetch(NOBODYS_TURN)  # the first one is gone, and its turn over
    await other.once()
    assert shown()
    await one.once()
    assert not shown()


async def test_the_servers_figures_are_read(gateway_database: Database) -> None:
    async with gateway_database.transaction() as tx:
        await tx.fetch("SELECT pg_current_xact_id()")
        await DatabaseFigures(gateway_database).once()
    assert value("voxbus_database_unreadable", what="server") == 0
    assert value("voxbus_database_unreadable", what="sessions") == 0
    assert value("voxbus_database_connections", state="max") > 20  # type: ignore[operator]
    assert value("voxbus_database_connections", state="idle_in_transaction") >= 1  # type: ignore[operator]
    assert value("voxbus_database_longest_transaction_seconds") > 0  # type: ignore[operator]
    assert value("voxbus_database_size_bytes") > 1e6  # type: ignore[operator]
    assert value("voxbus_database_table_bytes", schema="gateway", table="log") > 0  # type: ignore[operator]
    assert value("voxbus_database_partition_bytes", table="gateway.log", age="current") > 0  # type: ignore[operator]
    assert value("voxbus_database_locks_waiting") is not None
    assert value("voxbus_database_looked_timestamp_seconds") == pytest.approx(datetime.now(UTC).timestamp(), abs=60)


async def test_what_the_server_refuses_has_no_value(
    gateway_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figure_statements, "SERVER", "SELECT pg_read_file('PG_VERSION')")
    figures = DatabaseFigures(gateway_database)
    await figures.once()
    assert value("voxbus_database_unreadable", what="server") == 1
    assert math.isnan(value("voxbus_database_size_bytes") or 0)
    monkeypatch.undo()
    await figures.once()
    assert value("voxbus_database_unreadable", what="server") == 0
    assert value("voxbus_database_size_bytes") > 1e6  # type: ignore[operator]


async def test_the_last_backup_is_known_though_replays_cannot_be_read(
    gateway_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figure_statements, "REPLAYS", "SELECT pg_read_file('PG_VERSION')")
    metrics.BACKUP_TIMESTAMP.set(7)
    await DatabaseFigures(gateway_database).once()
    assert value("voxbus_database_unreadable", what="replays") == 1
    assert value("voxbus_database_unreadable", what="acts") == 0
    assert value("voxbus_backup_timestamp_seconds") == 0


async def test_backups_and_replays_are_read_from_what_operators_did(gateway_database: Database) -> None:
    figures = DatabaseFigures(gateway_database)
    before = value("voxbus_replayed_total", mode="repair", outcome="done") or 0
    for _ in range(4):
        await figures.once()
    await gateway_database.fetch(
        "INSERT INTO replays (id, handler, mode, status, filters, ended)"
        " VALUES ($1, 'toys.play', 'repair', 'done', '{}', '{\"done\": 3}')",
        UUID("018f6a1e-0000-7000-8000-0000000000aa"),
    )
    for _ in range(8):
        await figures.once()
    assert value("voxbus_replayed_total", mode="repair", outcome="done") == before + 3
    await gateway_database.fetch(NOBODYS_TURN)
    await DatabaseFigures(gateway_database).once()  # a gateway that starts has seen none of them
    await gateway_database.fetch(NOBODYS_TURN)
    await figures.once()
    await gateway_database.fetch("DELETE FROM replays WHERE handler = 'toys.play'")
    for _ in range(8):
        await figures.once()
    assert value("voxbus_replayed_total", mode="repair", outcome="done") == before + 3
    assert value("voxbus_backup_timestamp_seconds") == 0
