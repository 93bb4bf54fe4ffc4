"""Knows by their words whether a text is English, and whether it asks for help against self-harm or abuse."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
#: characters of a text that are looked at for its language
_READ = 2_000


@dataclass(frozen=True)
class Language:
    """Holds what is said in a language: that only English is understood, and the answer to words that need help."""

    says: str
    needs_help: tuple[re.Pattern[str], ...]
    help: str


@dataclass(frozen=True)
class _Languages:
    english: Language
    english_words: frozenset[str]
    by_words: tuple[tuple[Language, frozenset[str]], ...]
    by_script: tuple[tuple[Language, re.Pattern[str], re.Pattern[str]], ...]

    def all(self) -> list[Language]:
        return [self.english, *(each for each, _ in self.by_words), *(each for each, _, _ in self.by_script)]


@cache
def _languages() -> _Languages:
    read: dict[str, Any] = tomllib.loads(resources.files(__package__).joinpath("language.toml").read_text("utf-8"))
    english = read["english"]
    shared = frozenset(f"{english['shared']} {english['words']}".split())

    def language(row: dict[str, Any]) -> Language:
        patterns = row.get("needs_help", ())
        patterns = [patterns] if isinstance(patterns, str) else patterns
        compiled = tuple(re.compile(each, re.I) for each in patterns)
        return Language(row["says"], compiled, row.get("help", english["help"]))

    return _Languages(
        english=language(english),
        english_words=frozenset(english["words"].split()),
        by_words=tuple((language(row), frozenset(row["words"].split()) - shared) for row in read["languages"].values()),
        by_script=tuple(
            (language(row), re.compile(row["letters"]), re.compile(row.get("has", ""), re.I))
            for row in read["scripts"].values()
        ),
    )


def other_language(text: str) -> Language | None:
    """Returns the language of a text that is not English; None for English, and for what has too few words to tell."""
    languages = _languages()
    text = text[:_READ]
    letters = sum(map(str.isalpha, text))
    for language, script, has in languages.by_script:
        if 3 * len(script.findall(text)) > letters and has.search(text):
            return language
    words = [word.lower() for word in _WORD.findall(text)]
    in_english = sum(word in languages.english_words for word in words)
    count, language = max(
        ((sum(word in frequent for word in words), each) for each, frequent in languages.by_words),
        key=lambda found: found[0],
    )
    if count > in_english:
        return language
    strange = sum(not word.isascii() for word in words)
    foreign = not in_english and len(words) >= 4 and strange >= 2
    return Language(languages.english.says, (), languages.english.help) if foreign else None


def help_for(text: str) -> str | None:
    """Returns the fixed, kind answer to words of self-harm or abuse, in their language; None where there are none."""
    text = text.replace("’", "'")
    for language in _languages().all():
        if any(pattern.search(text) for pattern in language.needs_help):
            return language.help
    return None
