"""Checks texts for children, by rules alone, before a child sees them, whatever wrote them.

Each rule has a name, by which refusals are counted, and a sentence that asks a model to mend the text. No sentence
repeats a word of the text. The rules know English: a text in another language is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from feedback.assessment import Assessment
from feedback.models.readability import grade, words
from feedback.models.safety_patterns import ADDRESS, ASKS, LINK, NUMBER
from feedback.models.safety_text import Text, WordList
from feedback.models.safety_truth import names_others, praises_wrong

MOST_WORDS = 60
HIGHEST_GRADE = 6.0
_MOST_CHARACTERS = 600
_NEVER, _BLAME, _DIAGNOSIS = WordList("never"), WordList("blame"), WordList("diagnosis")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Names a rule that a text breaks; `say` asks to mend it."""

    rule: str
    say: str


def check_child_text(text: str, assessment: Assessment | None = None, about: Iterable[str] = ()) -> list[Refusal]:
    """Lists the rules that a text for a child breaks; none: it may be shown.

    With an assessment the text is feedback on it, which has to be true as well. `about` are other texts whose words
    the child has before it.
    """
    read = [assessment.text, *(word.word for word in assessment.words)] if assessment else []
    prepared = Text(text, read, about)
    broken = [name for name, (rule, _) in _RULES.items() if rule(prepared)]
    if assessment is not None:
        broken += [name for name, (holds, _) in _TRUE.items() if holds(prepared, assessment)]
    return [Refusal(name, SAY[name]) for name in broken]


def _too_long(text: Text) -> bool:
    return len(words(text.text)) > MOST_WORDS or len(text.text) > _MOST_CHARACTERS


def _blames(text: Text) -> bool:
    return _BLAME.finds(text.bare) or ("fault" in text.bare and "not your fault" not in text.bare)


_RULES: Mapping[str, tuple[Callable[[Text], bool], str]] = MappingProxyType(
    {
        "length": (_too_long, f"Use at most {MOST_WORDS - 10} words."),
        "reading_level": (lambda text: grade(text.bare) > HIGHEST_GRADE, "Use shorter sentences and shorter words."),
        "language": (lambda text: not text.is_plain_english, "Write in English, in words that a child of 8 knows."),
        "link": (lambda text: LINK.search(text.plain) is not None, "Leave out links and names of sites."),
        "address": (lambda text: ADDRESS.search(text.plain) is not None, "Leave out addresses."),
        "number_to_call": (
            lambda text: NUMBER.search(text.plain) is not None,
            "Leave out numbers and calls.",
        ),
        "asks_personal": (
            lambda text: ASKS.search(text.plain) is not None,
            "Ask for nothing about the child: no name, age, place, family or picture.",
        ),
        "blame": (_blames, "Blame nobody, compare with nobody, and call nothing wrong."),
        "diagnosis": (lambda text: _DIAGNOSIS.finds(text.bare), "Name no condition, no cause and no treatment."),
        "word_list": (lambda text: _NEVER.finds(text.written_out), "Leave out words that are not for children."),
    }
)
_TRUE: Mapping[str, tuple[Callable[[Text, Assessment], bool], str]] = MappingProxyType(
    {
        "not_of_this_reading": (names_others, "Name only words of the text, between “ and ”, and only its sounds."),
        "untrue_praise": (praises_wrong, "Praise only words that were right; if none was, thank for trying."),
    }
)
#: what to ask of whoever wrote the text, by rule
SAY: Mapping[str, str] = MappingProxyType({name: say for name, (_, say) in (*_RULES.items(), *_TRUE.items())})
