"""Decides whether a person's data may be used for a purpose: the gateway asks before it accepts a recording."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

#: the purpose of the use
Purpose = Literal["assess_voice"]
#: the recipient: this installation, or an outside provider
Recipient = Literal["voxbus", "openai", "anthropic", "gemini"]
AgeBand = Literal["unknown", "under_consent_age", "of_age"]

#: below this age, in years, COPPA requires a guardian's verifiable consent (16 CFR 312.2)
AGE_OF_CONSENT = 13
#: age in years at which a birth date is taken for a mistake
_OLDEST = 120


@dataclass(frozen=True, slots=True)
class Person:
    """Holds the facts about a person that decide on consent. `consents` is empty until consent exists."""

    age_band: AgeBand
    consents: frozenset[tuple[Purpose, Recipient]] = frozenset()


def age_band(birth_date: date | None, today: date) -> AgeBand:
    """Returns the age band for a birth date; a person without a birth date does not count as an adult."""
    if birth_date is None:
        return "unknown"
    return "under_consent_age" if _age(birth_date, today) < AGE_OF_CONSENT else "of_age"


def is_possible(birth_date: date, today: date) -> bool:
    """Tells whether somebody born on that day can be asking: not in the future, and less than 120 years ago."""
    return 0 <= _age(birth_date, today) < _OLDEST


def _age(birth_date: date, today: date) -> int:
    """Returns whole years, below 0 for a day in the future."""
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return today.year - birth_date.year - (0 if had_birthday else 1)


def allows(person: Person, purpose: Purpose, recipient: Recipient) -> bool:
    """Tells whether a recipient may use a person's data for a purpose.

    A consent covers exactly one purpose and one recipient. People of 13 and over need none for Voxbus itself; without a
    consent nobody's data go to an outside provider.
    """
    if (purpose, recipient) in person.consents:
        return True
    return recipient == "voxbus" and person.age_band == "of_age"
