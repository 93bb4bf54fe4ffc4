"""Tells from birth date, country and time zone when a person's own word counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from chassis.errors import SettingsError
from chassis.privacy.law import ADULT, AGES, CEILING, FLOOR, AgeBand
from chassis.settings import PREFIX

SETTING = f"{PREFIX}AGES"
#: age in years at which a birth date is taken for a mistake
OLDEST = 120


@dataclass(frozen=True, slots=True)
class Born:
    """Holds what is known about a person's age. `country` is an ISO 3166-1 code, `time_zone` an IANA name."""

    birth_date: date | None
    country: str | None = None
    time_zone: str = "UTC"


class Ages:
    """Knows the ages of consent by country, and what follows from them."""

    def __init__(self, changed: Mapping[str, int] | None = None) -> None:
        """Takes the ages that the operator has `changed`."""
        self._ages = {**AGES, **(changed or {})}

    def of_consent(self, country: str | None) -> int:
        """Returns the age in years from which a person of a country decides alone."""
        return self._ages.get(country or "", FLOOR)

    def of_age_at(self, born: Born) -> datetime | None:
        """Returns the midnight, in the person's time zone, from which they decide alone; None without a birth date."""
        return None if born.birth_date is None else _birthday(born.birth_date, self.of_consent(born.country), born)

    def band(self, born: Born, now: datetime) -> AgeBand:
        """Returns the age band at a moment. To every rule `unknown` and `under_consent_age` are one case."""
        moment = self.of_age_at(born)
        if moment is None:
            return "unknown"
        return "of_age" if moment <= now else "under_consent_age"


def is_adult(born: Born, now: datetime) -> bool:
    """Tells whether a person may be a guardian; not without a birth date."""
    return born.birth_date is not None and _birthday(born.birth_date, ADULT, born) <= now


def read_ages(setting: str | None) -> Ages:
    """Reads `VOXBUS_AGES`, JSON such as `{"DE": 15}`. Raises `SettingsError`, also for an age below the floor."""
    if setting is None:
        return Ages()
    try:
        changed = json.loads(setting)
    except ValueError:
        changed = None
    if not isinstance(changed, dict):
        raise SettingsError(f'{SETTING} is wrong: must be JSON such as {{"DE": 15}}.')
    for country, age in changed.items():
        if not (len(country) == 2 and country.isascii() and country.isupper() and country.isalpha()):
            raise SettingsError(f"{SETTING} is wrong: {country[:20]!r} is no country such as DE (ISO 3166-1).")
        if type(age) is not int or not FLOOR <= age <= CEILING:
            raise SettingsError(
                f"{SETTING} is wrong: the age of {country} must be a whole number, {FLOOR} to {CEILING}."
            )
    return Ages(changed)


def _birthday(birth_date: date, age: int, born: Born) -> datetime:
    """Returns when somebody becomes an age; who was born on 29 February does on 1 March in other years."""
    year = birth_date.year + age
    try:
        day = birth_date.replace(year=year)
    except ValueError:
        day = date(year, 3, 1)
    return datetime.combine(day, time(), ZoneInfo(born.time_zone)).astimezone(UTC)


def is_possible(birth_date: date, today: date) -> bool:
    """Tells whether somebody born on that day can be asking: not in the future, and less than 120 years ago."""
    return birth_date <= today and (birth_date.year + OLDEST, birth_date.month, birth_date.day) > (
        today.year,
        today.month,
        today.day,
    )
