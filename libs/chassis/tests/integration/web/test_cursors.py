"""A cursor that was forged, with a sort key that its column does not hold, is refused and breaks nothing."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.message.envelope import new_id
from chassis.web.cursor import write_cursor
from chassis.web.testing import Caller
from libs.chassis.tests.integration.toys.routes import ToyQuery

ID = str(new_id())


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("-age", 2**31),
        ("-age", 10**30),
        ("-age", None),
        ("name", "\0"),
        ("worn_at", "0001-01-01T00:00:00+14:00"),
        ("-worn_at", "9999-12-31T23:59:59-14:00"),
        ("id", 10**30),
    ],
)
async def test_a_forged_cursor_is_refused(author: Caller, sort: Any, key: object) -> None:
    cursor = write_cursor(key, ID, ToyQuery(sort=sort).bound())
    answer = await author("GET", f"/toys?sort={sort}&cursor={cursor}")
    assert (answer.status, answer.problem) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]


@pytest.mark.parametrize(
    ("sort", "key"), [("-age", 2**31 - 1), ("worn_at", None), ("-worn_at", "2026-11-28T10:00:00Z")]
)
async def test_what_its_column_holds_is_a_place(author: Caller, sort: Any, key: object) -> None:
    cursor = write_cursor(key, ID, ToyQuery(sort=sort).bound())
    assert (await author("GET", f"/toys?sort={sort}&cursor={cursor}")).status == 200
