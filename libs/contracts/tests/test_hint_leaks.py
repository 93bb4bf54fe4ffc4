"""Measures the leak check on a corpus of hints made for it: none that leaks may pass, few good ones may be refused."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.leaks.check import leak
from contracts.leaks.secrets import Rule, Secrets

CORPUS = [
    exercise
    for name in ("hint_corpus.toml", "hint_corpus_forms.toml")
    for exercise in tomllib.loads((Path(__file__).parent / name).read_text())["exercise"]
]
#: part of the good hints that may be refused
FALSE_ALARMS = 0.05


def hints(kind: str) -> Iterator[tuple[Secrets, str]]:
    for exercise in CORPUS:
        secrets = Secrets.model_validate(exercise["secrets"])
        yield from ((secrets, text) for text in exercise[kind])


def test_no_hint_passes_that_gives_the_answer_away() -> None:
    assert [text for secrets, text in hints("leaks") if leak(secrets, text) is None] == []


def test_few_good_hints_are_refused() -> None:
    good = list(hints("good"))
    refused = [(leak(secrets, text), text) for secrets, text in good if leak(secrets, text)]
    assert len(refused) <= FALSE_ALARMS * len(good), refused


def test_the_corpus_has_all_types_and_rules_and_many_of_each_kind() -> None:
    types = "multiple_choice multiple_select true_false ordering matching fill_blank free_text numeric flash_card"
    assert {each["type"] for each in CORPUS} == set(types.split())
    leaking, good = list(hints("leaks")), list(hints("good"))
    assert min(len(leaking), len(good)) >= 350
    assert set(Counter(leak(*each) for each in leaking)) - {None} == set(get_args(Rule))


def test_a_long_calculation_is_looked_at_in_part() -> None:
    secrets = Secrets(number=8)  # all parts of this one would take a minute
    assert leak(secrets, "100 + " * 120 + "5 + 3") is None
    assert leak(secrets, "5 + 3" + " + 100" * 120) == "number"


def test_a_long_text_is_judged_without_much_work() -> None:
    every = [Secrets.model_validate(each["secrets"]) for each in CORPUS[:: len(CORPUS) // 8]]
    for text in ("a" * 4000, "1+" * 2000, "not " * 1000, "it is " * 700, "[a" * 2000, "%41" * 1300, "the first " * 400):
        assert all(leak(secrets, text) in {None, *get_args(Rule)} for secrets in every)


@settings(max_examples=30)
@given(st.text(max_size=300), st.sampled_from([Secrets.model_validate(each["secrets"]) for each in CORPUS]))
def test_any_text_is_judged(text: str, secrets: Secrets) -> None:
    assert leak(secrets, text) in {None, *get_args(Rule)}
