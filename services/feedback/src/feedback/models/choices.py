"""Chooses models by what is asked, where rows of the registry say so: the first row that fits gives the order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from feedback.models.model import Dollars, Line, Name

Difficulty = Literal["beginner", "intermediate", "advanced"]
Flag = Annotated[bool, Field(strict=True)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """Holds what a choice depends on. `words`: whether the learner's own go along; `numbers`, `code`: in the task."""

    type: str
    level: int
    numbers: bool = False
    code: bool = False
    words: bool = False
    language: str = "en"
    difficulty: str = "beginner"


class Choice(BaseModel):
    """Names models in order for a role, where all that it says of the situation holds; what is left out holds always.

    `usd`: the most that one call may be estimated at.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Line
    types: tuple[Line, ...] | None = None
    levels: tuple[Annotated[int, Field(strict=True, ge=1, le=3)], ...] | None = None
    numbers: Flag | None = None
    code: Flag | None = None
    words: Flag | None = None
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...] | None = None
    difficulties: tuple[Difficulty, ...] | None = None
    models: Annotated[tuple[Name, ...], Field(min_length=1)]
    usd: Dollars | None = None

    def fits(self, situation: Situation) -> bool:
        """Tells whether the row is for a situation."""
        language = situation.language.partition("-")[0].lower()
        lists: list[tuple[tuple[object, ...] | None, object]] = [
            (self.types, situation.type),
            (self.levels, situation.level),
            (self.languages, language),
            (self.difficulties, situation.difficulty),
        ]
        flags = [
            (self.numbers, situation.numbers),
            (self.code, situation.code),
            (self.words, situation.words),
        ]
        return all(named is None or each in named for named, each in lists) and all(
            named in (None, each) for named, each in flags
        )
