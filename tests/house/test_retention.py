"""Nothing is kept by forgetting: retention.toml names every table, and everybody prints its rows."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from chassis.privacy.retention import ANY, OF_ID, Holder, retention
from voxbus.services import SERVICES

DOCS = Path(__file__).parents[2] / "docs"
TABLES = {f"{service.name}.{table.name}": table for service in SERVICES for table in service.metadata.sorted_tables}
#: what the table of classes must have, each with a period: `api/privacy.md` of the order
CLASSES = """
recording transcript assessment feedback conversation_session twister_progress learning_event hint notification decision
webhook_delivery job_log idempotency ticket oauth_state mailed_link session security_event mail_on_disk guardian_address
consent export account probe erasure_ledger ai_ledger
""".split()


def held() -> list[tuple[str, Holder]]:
    return [(service.name, each) for service in SERVICES for each in retention().holders(service.name)]


def test_every_table_of_every_service_is_named() -> None:
    unnamed = [name for name in TABLES if not retention().names(*name.split("."))]
    assert unnamed == [], "say in retention.toml what these hold, and how long it is kept"


def test_no_table_is_named_that_is_not_there() -> None:
    named = {f"{each.service}.{each.table}" for service, each in held() if each.table is not None}
    everywhere = {
        each.table for kind in retention().classes.values() for each in kind.held if each.service == ANY and each.table
    }
    gone = {name for name in named - TABLES.keys() if name.partition(".")[2] not in everywhere}
    gone |= {name for name in everywhere if not any(each.endswith(f".{name}") for each in TABLES)}
    gone |= {name for name in retention().nothing if name not in TABLES and not name.startswith((f"{ANY}.", "media:"))}
    assert gone == set()


@pytest.mark.parametrize("name", TABLES)
def test_the_columns_of_a_holder_are_there(name: str) -> None:
    service, _, table = name.partition(".")
    columns = {column.name: column for column in TABLES[name].c}
    for each in retention().holders(service):
        if each.table != table:
            continue
        clock = (each.clock or "").removeprefix(OF_ID)
        assert {each.since, each.column} - {None} <= columns.keys()
        if each.by_activity:
            assert "person_id" in columns
        elif clock:
            wanted = sa.Uuid if (each.clock or "").startswith(OF_ID) else sa.DateTime
            assert isinstance(columns[clock].type, wanted), (name, clock)
            # a row without a clock would stay for ever
            assert not columns[clock].nullable or f"{clock} IS NOT NULL" in (each.only or ""), name
        assert each.by is not None or each.clock is not None or each.weeks, f"nobody deletes from {name}"


def test_the_classes_are_those_of_the_order() -> None:
    assert list(retention().classes) == CLASSES


def test_the_page_has_the_same_rows() -> None:
    rows = [
        f"| `{row['class']}` | {row['what']} | {row['why']} | {row['basis']} | {row['keep']} | {row['from']} |"
        f" {row['service']} |"
        for row in retention().rows()
    ]
    lines = (DOCS / "privacy.md").read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if line.startswith("| `") and line.count(" | ") == 6]
    assert found == rows
