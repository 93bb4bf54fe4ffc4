"""Fields of many bodies, and the columns of each managed resource."""

from __future__ import annotations

from typing import Annotated

import pytest
import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError

from chassis.storage.tables import NEXT_VERSION, managed_columns
from chassis.web.fields import OneLine, each_once

LINE: TypeAdapter[str] = TypeAdapter(Annotated[str, OneLine])
SOUNDS: TypeAdapter[list[str]] = TypeAdapter(Annotated[list[str], each_once("sound")])


@pytest.mark.parametrize("text", ["Red lorry, yellow lorry", "Grüße – 你好", "a\u200db", ""])
def test_a_text_of_one_line_passes_as_it_is(text: str) -> None:
    assert LINE.validate_python(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\nb", "must be one line"),
        ("a\u2028b", "must be one line"),
        ("a\x00", "must be one line"),
        ("a\u202eb", "invisible"),
        ("a\u200bb", "invisible"),
    ],
)
def test_line_breaks_and_what_cannot_be_seen_are_refused(text: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        LINE.validate_python(text)


def test_a_list_names_each_item_once() -> None:
    assert SOUNDS.validate_python(["R", "L"]) == ["R", "L"]
    with pytest.raises(ValidationError, match="must name each sound once"):
        SOUNDS.validate_python(["R", "L", "R"])


def test_a_statement_says_itself_that_it_raises_the_version() -> None:
    table = sa.Table("things", sa.MetaData(), *managed_columns(), sa.Column("name", sa.Text))
    assert str(table.update().values({"name": "a"} | NEXT_VERSION)) == (
        "UPDATE things SET version=version + 1, updated_at=now(), name=:name"
    )
    assert str(table.update().values(name="a")) == "UPDATE things SET name=:name"
