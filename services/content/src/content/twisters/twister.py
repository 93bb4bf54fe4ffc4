"""Defines a twister as authors write it and everybody sees it, and what makes two texts the same."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from chassis.web.fields import OneLine, each_once
from chassis.web.validation import Input

#: ARPAbet without stress, as the CMU pronouncing dictionary has it
Obstruent = Literal["B", "CH", "D", "DH", "F", "G", "HH", "JH", "K", "P", "S", "SH", "T", "TH", "V", "Z", "ZH"]
Sonorant = Literal["L", "M", "N", "NG", "R", "W", "Y"]
Vowel = Literal["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"]
Sound = Literal[Obstruent, Sonorant, Vowel]
Language = Literal["en"]

_EXAMPLE: JsonDict = {"text": "Red lorry, yellow lorry", "language": "en", "difficulty": 3, "sounds": ["R", "L"]}
#: characters that do not separate words: “don't” is one word, the same as “dont”
_APOSTROPHES = dict.fromkeys(map(ord, "'‘’ʼ"))
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> str:
    """Returns the words of a text with one space between them, without case, punctuation and invisible characters.

    Texts are compared and found by these words.
    """
    seen = "".join(character for character in text if unicodedata.category(character) != "Cf")
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    return " ".join(_WORD.findall(plain.translate(_APOSTROPHES)))


def _sayable(text: str) -> str:
    if not words_of(text):
        raise ValueError("must hold a word that can be said")
    return text


class TwisterFields(Input):
    """Holds what authors write. `difficulty` 1 (easy) to 5; `sounds` are what it practises, ARPAbet without stress."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    text: Annotated[
        str, Field(min_length=1, max_length=300, description="One line."), OneLine, AfterValidator(_sayable)
    ]
    language: Language = "en"
    difficulty: Annotated[int, Field(strict=True, ge=1, le=5)]
    sounds: Annotated[
        list[Sound], Field(min_length=1, max_length=8, json_schema_extra={"uniqueItems": True}), each_once("sound")
    ]


class TwisterOut(BaseModel):
    """Describes a twister. `difficulty` 1 (easy) to 5; `sounds` are ARPAbet without stress."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "018f6a1e-0000-7000-8000-000000000004",
                    **_EXAMPLE,
                    "version": 1,
                    "created_at": "2026-11-20T10:00:00Z",
                    "updated_at": "2026-11-20T10:00:00Z",
                }
            ]
        },
    )

    id: UUID
    text: str
    language: str
    difficulty: int
    sounds: list[str]
    version: int
    created_at: datetime
    updated_at: datetime
