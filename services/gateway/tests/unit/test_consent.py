"""Tests consent: the youngest and the unknown are refused, and no data go outside by default."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.edge.consent import AgeBand, Person, age_band, allows, is_possible


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (None, "unknown"),
        (date(2013, 11, 21), "under_consent_age"),  # thirteen tomorrow
        (date(2013, 11, 20), "of_age"),
        (date(1980, 1, 1), "of_age"),
    ],
)
def test_the_age_band_turns_on_the_birthday(born: date | None, band: AgeBand) -> None:
    assert age_band(born, date(2026, 11, 20)) == band


def test_who_is_born_on_a_leap_day_is_not_older_before_march() -> None:
    assert age_band(date(2012, 2, 29), date(2025, 2, 28)) == "under_consent_age"
    assert age_band(date(2012, 2, 29), date(2025, 3, 1)) == "of_age"


def test_children_need_a_guardian_and_grown_ups_do_not() -> None:
    assert allows(Person("of_age"), "assess_voice", "voxbus")
    assert not allows(Person("under_consent_age"), "assess_voice", "voxbus")
    assert not allows(Person("unknown"), "assess_voice", "voxbus")


def test_a_consent_covers_its_recipient_and_no_other() -> None:
    child = Person("under_consent_age", frozenset({("assess_voice", "voxbus")}))
    assert allows(child, "assess_voice", "voxbus")
    assert not allows(child, "assess_voice", "openai")


def test_nothing_goes_outside_without_a_consent_of_its_own() -> None:
    assert not allows(Person("of_age"), "assess_voice", "openai")


@pytest.mark.parametrize(
    ("born", "possible"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(1906, 11, 21), True),
        (date(1906, 11, 20), False),  # 120 years ago
        (date(1, 1, 1), False),
        (date(9999, 12, 31), False),
    ],
)
def test_a_birth_date_is_that_of_somebody_who_can_be_alive(born: date, possible: bool) -> None:
    assert is_possible(born, date(2026, 11, 20)) is possible
