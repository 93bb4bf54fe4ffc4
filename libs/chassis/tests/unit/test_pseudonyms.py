"""Tests that providers cannot put together what they know of a person."""

from __future__ import annotations

from itertools import product
from uuid import UUID

from chassis.privacy.law import WANT_ZERO_RETENTION
from chassis.privacy.pseudonyms import pseudonym

PEOPLE = (UUID(int=1), UUID(int=2))
KEYS = ("k" * 40, "l" * 40)


def test_a_pseudonym_differs_by_person_provider_and_installation() -> None:
    made = [pseudonym(*each) for each in product(KEYS, PEOPLE, sorted(WANT_ZERO_RETENTION))]
    assert len({*made}) == len(made) == 12
    assert {len(each) for each in made} == {32}
    assert not any(each in str(person) for each in made for person in PEOPLE)


def test_a_pseudonym_is_the_same_each_time() -> None:
    assert pseudonym(KEYS[0], PEOPLE[0], "openai") == pseudonym(KEYS[0], PEOPLE[0], "openai")
    assert pseudonym("k" * 40, UUID(int=1), "openai") == "4c3af68b55ab947612ba63d18142f8bc"
