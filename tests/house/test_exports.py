"""Whoever adds a table about persons says what of it goes into a copy of everything, or why it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from chassis.privacy.export import Export, Shown
from chassis.privacy.retention import retention
from chassis.service import Service
from contracts.catalogue import EXPORT
from gateway.exports.archive import NAME
from voxbus.services import SERVICES

#: what must never be in a copy, by parts of the names of columns; a model's input_tokens are no secret
SECRET = re.compile(r"hash|secret|(?<!put_)token|address_key|email_of|guardian_id|by_id|decided_by|actor_id|owner_id")


def declared() -> Iterator[tuple[Service, Export]]:
    for service in SERVICES:
        assert service.export is not None, service.name
        yield service, service.export


SHOWN = [
    pytest.param(shown, id=f"{service.name}.{shown.table.name}")
    for service, export in declared()
    for shown in export.tables
]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_table_about_persons_is_shown_or_left_out_for_a_reason(service: Service) -> None:
    assert service.export is not None
    named = [each.table.name for each in service.export.tables] + [each.table for each in service.export.left_out]
    about_persons = {table.name for table in service.metadata.sorted_tables if "person_id" in table.c}
    assert sorted(named) == sorted(about_persons)
    assert all(len(each.why.split()) > 3 for each in service.export.left_out)
    assert [name for name in named if retention().class_of(service.name, name) is None] == []


@pytest.mark.parametrize("shown", SHOWN)
def test_every_column_is_explained_or_left_out_for_a_reason(shown: Shown) -> None:
    assert not shown.columns.keys() & shown.without.keys()
    assert shown.columns.keys() | shown.without.keys() == {column.name for column in shown.table.c} - {"person_id"}
    assert all(shown.columns.values()) and all(shown.without.values()) and shown.about
    assert [name for name in shown.columns if SECRET.search(name) and name not in ("sha256", "first_token_ms")] == []


def test_every_file_has_a_name_of_its_own_which_an_archive_may_hold() -> None:
    names = [each.name for _, export in declared() for each in export.files]
    names += [f"{service.name}/{each.table.name}.jsonl" for service, export in declared() for each in export.tables]
    assert len(set(names)) == len(names)
    assert all(NAME.fullmatch(name) for name in names)
    assert {each.kind for _, export in declared() for each in export.files} <= retention().classes.keys()


def test_every_service_has_its_step() -> None:
    assert {step.handler for step in EXPORT.steps} >= {f"{each.name}.export_{each.name}" for each in SERVICES}
