"""Checks a twister's fields to the letter, and what makes two texts the same."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from content.twisters.seed import load
from content.twisters.twister import TwisterFields, words_of

VALID = {"text": "Red lorry, yellow lorry", "difficulty": 3, "sounds": ["R", "L"]}


def wrong(**fields: Any) -> str:
    """Returns the name of the field that is refused, empty when all is well."""
    try:
        TwisterFields.model_validate(VALID | fields)
    except ValidationError as error:
        return str(error.errors()[0]["loc"][0])
    return ""


@pytest.mark.parametrize(
    "text", ["Ｒed", "R", "Red lorry", "x" * 300, "Toy boat. Toy boat!", "99 red balloons", "naïve café", "Red 👩‍🚀"]
)
def test_a_text_is_a_line_with_a_word_in_it(text: str) -> None:
    assert TwisterFields.model_validate(VALID | {"text": text}).text == text


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Red\u00a0lorry", "Red lorry"),
        ("Red\u2028lorry", "Red lorry"),
        ("\tRed lorry\n", "Red lorry"),
        ("a\u200db \u200cc", "ab c"),
        ("R\u200bed lo\u00adrry", "Red lorry"),
        ("Red\u202e \u2066lorry", "Red lorry"),
        ("\ufeffRed \U000e0041", "Red"),
        ("cafe\u0301" * 60, "caf\u00e9" * 60),
        ("x" * 300 + "\u00ad" * 99, "x" * 300),
    ],
)
def test_a_text_is_kept_in_one_form_and_counted_in_it(sent: str, kept: str) -> None:
    assert TwisterFields.model_validate(VALID | {"text": sent}).text == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "?!",
        "…",
        "_",
        "x" * 301,
        "Red\nlorry",
        "Red\tlorry",
        "Red\x85lorry",
        "R\0",
        "\u00ad\u3164",
        "\ud83d Red",
        7,
    ],
)
def test_anything_else_is_no_text(text: object) -> None:
    assert wrong(text=text) == "text"


@pytest.mark.parametrize("difficulty", [0, 6, -1, 1.5, "3", True, None])
def test_difficulty_is_1_to_5(difficulty: object) -> None:
    assert wrong(difficulty=difficulty) == "difficulty"


@pytest.mark.parametrize("sounds", [["R"], ["TH", "DH", "AA", "ER", "ZH", "NG", "HH", "OY"]])
def test_sounds_are_consonants_and_vowels(sounds: list[str]) -> None:
    assert wrong(sounds=sounds) == ""


@pytest.mark.parametrize(
    "sounds", [[], ["R", "R"], ["r"], ["AA1"], ["X"], [""], ["B", "D", "F", "G", "K", "L", "M", "N", "P"], "R", None]
)
def test_what_is_no_list_of_distinct_sounds_is_refused(sounds: object) -> None:
    assert wrong(sounds=sounds) == "sounds"


def test_the_language_is_english() -> None:
    assert TwisterFields.model_validate(VALID).language == "en"
    assert [wrong(language=language) for language in ("en", "de", "EN", "")] == ["", "language", "language", "language"]


@pytest.mark.parametrize(
    "text",
    [
        "toy boat",
        "Toy boat!",
        " TOY  BOAT ",
        "toy-boat",
        "“Toy, boat.”",
        "toy_boat",
        "Toy… boat",
        "Ｔoy ｂｏａｔ",
        "𝐓𝐨𝐲 boat",
        "t\u200boy b\u200do\u00adat",
        "toy\u00a0boat",
        "\u202etoy boat",
    ],
)
def test_case_width_punctuation_and_what_cannot_be_seen_make_no_difference(text: str) -> None:
    assert words_of(text) == "toy boat"


def test_an_apostrophe_parts_no_word() -> None:
    assert words_of("Don't you, don’t") == words_of("dont you dont") == "dont you dont"


def test_words_and_letters_make_one() -> None:
    texts = ["a nice cold hour", "an ice cold hour", "toyboat", "toy boat", "résumé", "resume"]
    assert len({words_of(text) for text in texts}) == len(texts)


def test_accents_may_be_written_in_two_ways() -> None:
    assert words_of("Cafe\u0301") == words_of("café") == "café"


def test_the_packaged_twisters_keep_the_rules() -> None:
    packaged = load()
    for twister in packaged:
        fields = {"text": twister.text, "difficulty": twister.difficulty, "sounds": list(twister.sounds)}
        assert wrong(**fields, language=twister.language) == "", twister
    assert len({words_of(twister.text) for twister in packaged}) == len(packaged)
