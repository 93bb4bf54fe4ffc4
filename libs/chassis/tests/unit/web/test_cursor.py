"""Cursors hold any sort key and serve one list with one set of filters and one sort; lists say so in their SQL."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import pytest
import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.dialects import postgresql

from chassis.message.envelope import new_id
from chassis.web.cursor import _digest, _spelled, read_cursor, write_cursor
from chassis.web.listing import Listed, ListQuery, listing
from chassis.web.problems import ProblemError

BOUND = {"of": "ToyQuery", "sort": "name", "colour": None}
ID = new_id()
toys = sa.Table(
    "toys",
    sa.MetaData(),
    sa.Column("id", postgresql.UUID(), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("worn_at", sa.DateTime(timezone=True)),
)
SORTS = {"id": toys.c.id, "name": toys.c.name, "worn_at": toys.c.worn_at}
FILTERS = {"name": lambda value: toys.c.name == value}


class ToyQuery(ListQuery):
    sort: Literal["id", "-id", "name", "-name", "worn_at", "-worn_at"] = "id"
    name: str | None = None


def sql(query: ListQuery) -> str:
    statement = listing(sa.select(toys.c.id), query, filters=FILTERS, sorts=SORTS)
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return " ".join(str(statement.compile(dialect=dialect)).split())


class DriversUUID(UUID):
    """Represents the UUID that asyncpg has of its own."""


def test_an_id_is_an_id_whatever_the_driver_calls_it() -> None:
    own = DriversUUID(str(ID))
    assert read_cursor(write_cursor(own, own, BOUND), UUID, UUID, BOUND) == (ID, ID)


@pytest.mark.parametrize(
    "key", ["Größe \0", 7, 1.5, True, None, ID, datetime(2026, 11, 20, 10, 0, 0, 123, tzinfo=UTC), Decimal("1.50")]
)
def test_any_sort_key_comes_back_as_it_was(key: Any) -> None:
    kind = str if key is None else type(key)
    assert read_cursor(write_cursor(key, ID, BOUND), kind, UUID, BOUND) == (key, ID)


@pytest.mark.parametrize("change", [{"of": "OtherQuery"}, {"sort": "-name"}, {"colour": "red"}])
def test_a_cursor_of_another_list_is_refused(change: dict[str, Any]) -> None:
    cursor = write_cursor("a", ID, BOUND)
    with pytest.raises(ProblemError) as raised:
        read_cursor(cursor, str, UUID, {**BOUND, **change})
    assert raised.value.errors[0][0] == "cursor"


def test_a_cursor_that_was_changed_anywhere_is_refused() -> None:
    cursor = write_cursor("a", ID, BOUND)
    for place in range(len(cursor)):
        changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        with pytest.raises(ProblemError):
            read_cursor(changed, str, UUID, BOUND)


@pytest.mark.parametrize("key", ["a", "ab", "abc"])
def test_a_cursor_has_one_spelling(key: str) -> None:
    """Tries all last characters, since that of base64 may have bits that mean nothing."""
    cursor = write_cursor(key, ID, BOUND)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for last in set(alphabet) - {cursor[-1]}:
        with pytest.raises(ProblemError):
            read_cursor(cursor[:-1] + last, str, UUID, BOUND)
    with pytest.raises(ProblemError):
        read_cursor(cursor + "=" * (-len(cursor) % 4 or 4), str, UUID, BOUND)


@pytest.mark.parametrize("cursor", ["", "x", "ü", "%00", "A" * 500, pytest.param(str(ID), id="an id"), "AAAA=AAA"])
def test_rubbish_is_refused(cursor: str) -> None:
    with pytest.raises(ProblemError):
        read_cursor(cursor, str, UUID, BOUND)


def forged(position: str) -> str:
    """Makes a forged cursor, which anybody can make because the checksum has no key."""
    return _spelled(_digest(position.encode(), BOUND) + position.encode())


@pytest.mark.parametrize(
    ("kind", "position"),
    [
        (int, "{}"),
        (int, "null"),
        (int, "[]"),
        (int, "[1]"),
        (int, '[1, "ID", 2]'),
        (int, '{"0": 1, "1": "ID"}'),
        (int, '["1", "ID"]'),
        (int, '[true, "ID"]'),
        (int, '[1.0, "ID"]'),
        (int, '[[1], "ID"]'),
        (int, "[1, null]"),
        (int, "[1, 1]"),
        (str, '[1, "ID"]'),
        (str, '["\\ud800", "ID"]'),
        (UUID, '["x", "ID"]'),
        (datetime, '[1, "ID"]'),
        (datetime, '["0000-01-01T00:00:00Z", "ID"]'),
    ],
)
def test_a_forged_cursor_is_refused_unless_it_is_a_key_and_an_id(kind: type, position: str) -> None:
    with pytest.raises(ProblemError):
        read_cursor(forged(position.replace("ID", str(ID))), kind, UUID, BOUND)


def test_an_empty_key_of_a_column_that_is_never_empty_is_refused() -> None:
    first = ToyQuery(sort="name")
    with pytest.raises(ProblemError):
        sql(ToyQuery(sort="name", cursor=write_cursor(None, ID, first.bound())))


def test_a_page_by_id_needs_one_comparison() -> None:
    assert sql(ToyQuery(limit=5)).endswith("FROM toys ORDER BY toys.id LIMIT %(param_1)s::INTEGER")
    after = ToyQuery(cursor=write_cursor(ID, ID, ToyQuery().bound()))
    assert "WHERE toys.id > %(id_1)s::UUID ORDER BY toys.id LIMIT" in sql(after)


def test_a_page_by_another_key_compares_pairs() -> None:
    first = ToyQuery(sort="-name", name="x")
    after = ToyQuery(sort="-name", name="x", cursor=write_cursor("b", ID, first.bound()))
    assert "WHERE toys.name = %(name_1)s::VARCHAR AND (toys.name, toys.id) < (" in sql(after)
    assert "ORDER BY toys.name DESC, toys.id DESC LIMIT" in sql(after)


@pytest.mark.parametrize(
    ("sort", "order"), [("worn_at", "toys.worn_at ASC"), ("-worn_at", "toys.worn_at DESC NULLS LAST")]
)
def test_empty_keys_come_last_and_are_found_again(sort: Any, order: str) -> None:
    first = ToyQuery(sort=sort)
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    assert order in sql(first)
    after = sql(ToyQuery(sort=sort, cursor=write_cursor(moment, ID, first.bound())))
    assert "OR toys.worn_at IS NULL" in after
    last = sql(ToyQuery(sort=sort, cursor=write_cursor(None, ID, first.bound())))
    assert "WHERE toys.worn_at IS NULL AND toys.id" in last


def test_a_sort_that_the_list_does_not_have_is_refused() -> None:
    with pytest.raises(ProblemError):
        sql(ListQuery(sort="-weight"))
    with pytest.raises(ValidationError):
        ToyQuery.model_validate({"sort": "weight"})


def test_a_page_is_named_after_what_it_lists() -> None:
    class ToyOut(ListQuery):
        pass

    assert Listed[ToyOut].__name__ == "ToyOutList"
