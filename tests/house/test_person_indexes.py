"""Rows about a person are found by an index: erasing deletes by `person_id`, again each hour, in every such table."""

from __future__ import annotations

import sqlalchemy as sa

from voxbus.services import SERVICES

#: tables without one, and why none is needed
WITHOUT = {
    "gateway.log": "its rows stay; what they say of a person cannot be read without the key",
    "gateway.tickets": "a ticket lives for minutes: there are never many",
    "gateway.oauth_states": "a sign-in at another issuer has ten minutes: there are never many",
    "gateway.exchange_codes": "a code lives for a minute: there are never many",
    "gateway.person_turns": "one row for each person and kind with a command that waits",
}


def leading_columns(table: sa.Table) -> set[str]:
    """Returns the first column of the primary key and of each index that has no condition."""
    keys = [list(table.primary_key.columns)]
    keys += [
        [column for column in index.expressions if isinstance(column, sa.Column)]
        for index in table.indexes
        if index.dialect_options["postgresql"]["where"] is None
    ]
    return {columns[0].name for columns in keys if columns}


def test_every_table_about_persons_has_an_index_that_begins_with_the_person() -> None:
    without = {
        f"{service.name}.{table.name}"
        for service in SERVICES
        for table in service.metadata.sorted_tables
        if "person_id" in table.c and "person_id" not in leading_columns(table)
    }
    assert without == set(WITHOUT)
