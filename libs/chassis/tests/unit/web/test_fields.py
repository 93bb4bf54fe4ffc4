"""Fields of many bodies, and the columns of each managed resource."""

from __future__ import annotations

from typing import Annotated

import pytest
import sqlalchemy as sa
from pydantic import Field, TypeAdapter, ValidationError

from chassis.storage.tables import NEXT_VERSION, managed_columns
from chassis.web.fields import Lines, Name, OneLine, each_once

LINE: TypeAdapter[str] = TypeAdapter(Annotated[str, OneLine])
SOUNDS: TypeAdapter[list[str]] = TypeAdapter(Annotated[list[str], each_once("sound")])


SHORT_LINE: TypeAdapter[str] = TypeAdapter(Annotated[str, Field(min_length=1, max_length=4), OneLine])


@pytest.mark.parametrize("text", ["Red lorry, yellow lorry", "Grüße – 你好", "\U0001f468\u200d\U0001f467", ""])
def test_a_text_of_one_line_passes_as_it_is(text: str) -> None:
    assert LINE.validate_python(text) == text


@pytest.mark.parametrize("text", ["a\nb", "a\x00"])
def test_line_breaks_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="must be one line"):
        LINE.validate_python(text)


def test_the_length_of_a_text_is_that_of_its_form() -> None:
    assert SHORT_LINE.validate_python(" cafe\u0301\u00ad\u200b ") == "caf\u00e9"
    with pytest.raises(ValidationError, match="at least 1"):
        SHORT_LINE.validate_python("\u00ad\u00a0")
    with pytest.raises(ValidationError, match="at most 4"):
        SHORT_LINE.validate_python("\u0958\u0958\u0958")  # has six characters in NFC
    with pytest.raises(ValidationError, match="valid string"):
        SHORT_LINE.validate_python(7)
    assert SHORT_LINE.json_schema() == {"type": "string", "minLength": 1, "maxLength": 4}


def test_a_text_of_lines_keeps_them_and_is_measured_in_its_form() -> None:
    lines: TypeAdapter[str] = TypeAdapter(Annotated[str, Field(max_length=5), Lines])
    assert lines.validate_python(" a\u00ad\r\nb\u2028c\u200b ") == "a\nb\nc"
    with pytest.raises(ValidationError, match="control characters"):
        lines.validate_python("a\x07")


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


NAME: TypeAdapter[str] = TypeAdapter(Name)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Robin", "Robin"),
        ("  Zoë  van 't Hoff ", "Zoë  van 't Hoff"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("Nguye\u0302\u0303n", "Nguy\u1ec5n"),
        ("\u0645\u0647\u200c\u062f\u06cc", "\u0645\u0647\u200c\u062f\u06cc"),  # a joiner that Persian needs
        ("\u0e19\u0e49\u0e33", "\u0e19\u0e49\u0e33"),
        ("Sam \u2764\ufe0f", "Sam \u2764\ufe0f"),
        ("7", "7"),
        ("Zoe\u0308" * 12, "Zo\u00eb" * 12),
        ("e\u0301" * 50, "\u00e9" * 50),  # is twice as long as it was sent
        ("Anna\u00a0Maria", "Anna Maria"),
        ("Anna\u2028Maria", "Anna Maria"),
        ("Anna\u00adMaria", "AnnaMaria"),
        ("\ufeffRobin", "Robin"),
        ("R\u200dobin", "Robin"),
        ("Ro\u200bbin", "Robin"),
        ("\u2068Robin\u2069", "Robin"),
        ("\u202aRobin\u202c", "Robin"),
        ("Sam \U0001f469\U0001f3fd\u200d\U0001f680", "Sam \U0001f469\U0001f3fd\u200d\U0001f680"),
        ("Sam \U0001fae8", "Sam \U0001fae8"),
        ("\u05e0\u05d5\u05e2\u05d4\u200f", "\u05e0\u05d5\u05e2\u05d4\u200f"),
        (
            "Isla \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
            "Isla \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        ),
    ],
)
def test_names_of_many_languages_pass_in_one_form(sent: str, kept: str) -> None:
    assert NAME.validate_python(sent) == kept


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("\u3164", "invisible"),
        ("\u2800\u2800", "invisible"),
        ("Robin\u115f", "invisible"),
        ("\u034f", "invisible"),
        ("\ue000", "invisible"),
        ("\u0378", "invisible"),
        ("\u202eniboR", "invisible"),
        ("Ro\u202dbin", "invisible"),
        ("Robin\U000e0041", "invisible"),
        ("\u200d", "can be seen"),
        ("\ufe0f", "can be seen"),
        ("\u0301", "can be seen"),
        ("   ", "can be seen"),
        ("\u2003", "can be seen"),
        ("a" + "\u0301" * 49, "marks"),
        ("Z\u0351\u036b\u0343\u0342\u034b", "marks"),
        ("a\nb", "one line"),
        ("a\tb", "one line"),
        ("a\0b", "one line"),
        ("", "at least 1"),
        ("x" * 51, "at most 50"),
        ("\u0958" * 30, "at most 50"),  # has two characters in NFC
    ],
)
def test_a_name_that_shows_nothing_or_leaves_its_line_is_refused(name: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        NAME.validate_python(name)
