"""Tests how the registry is read, laid over and refused, and which model answers for a name on a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.models.providers import PROVIDERS
from feedback.models.registry import Registry
from feedback.models.registry_file import SHIPPED, RegistryError, Source, read_registry

TODAY = date(2026, 11, 29)
ROW = """
[[model]]
id = "new-1"
provider = "openai"
context_tokens = 1000
max_output_tokens = 100
prices = [{ from = 2026-11-28, input = 1, output = 2 }]
checked_on = 2026-11-28
source = "the vendor's page"
verified = true
"""


def shipped(over: str = "") -> Registry:
    sources = [Source("registry.toml", SHIPPED.read_text(encoding="utf-8"))]
    return read_registry([*sources, Source("VOXBUS_MODELS_FILE", over)] if over else sources, PROVIDERS)


def used(registry: Registry, name: str, today: date = TODAY, days: int = 60) -> str | None:
    model = registry.find(name)
    assert model is not None, name
    found = registry.resolve(model, today, days).used
    return None if found is None else found.id


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("GPT-4o", "gpt-6-luna"),
        ("gpt 4o", "gpt-6-luna"),
        ("gpt-4o-2024-08-06", "gpt-6-luna"),
        ("Claude 3.7 Sonnet", "claude-sonnet-5-5"),
        ("claude-3-7-sonnet-latest", "claude-sonnet-5-5"),
        ("Gemini 2.5 Pro", "gemini-3.8-flash"),
        (" GEMINI-2-5-PRO ", "gemini-3.8-flash"),
        ("gpt-5", "gpt-6.1-sol"),
        ("gpt-6.1-sol", "gpt-6.1-sol"),
        ("GPT-6 Luna", "gpt-6-luna"),
    ],
)
def test_the_names_of_the_seeds_are_answered_today_and_in_a_year(name: str, answers: str) -> None:
    assert used(shipped(), name) == answers
    assert used(shipped(), name, date(2027, 11, 29)) == answers


def test_a_model_answers_for_itself_until_sixty_days_before_its_end() -> None:
    registry = shipped()
    assert used(registry, "gpt-4o", date(2026, 11, 14)) == "gpt-4o"
    assert used(registry, "gpt-4o", date(2026, 11, 15)) == "gpt-6-luna"
    assert used(registry, "gpt-4o", date(2027, 1, 13), days=0) == "gpt-4o"
    assert used(registry, "gpt-4o", date(2027, 1, 14), days=0) == "gpt-6-luna"


def test_the_answer_says_that_another_model_answers() -> None:
    registry = shipped()
    model = registry.find("GPT-4o")
    assert model is not None
    [notice] = registry.resolve(model, TODAY, 60).notices
    assert notice.pop("message")
    assert notice == {
        "code": "model-replaced",
        "requested": "gpt-4o",
        "used": "gpt-6-luna",
        "retires_at": "2027-01-14",
    }
    assert registry.resolve(registry.models["gpt-6-luna"], TODAY, 60).notices == ()


def test_without_a_successor_a_model_answers_to_its_last_day_and_says_so() -> None:
    registry = shipped(ROW + "retires_at = 2026-12-24\n")
    model = registry.models["new-1"]
    found = registry.resolve(model, TODAY, 60)
    assert found.used is model
    assert [notice["code"] for notice in found.notices] == ["model-retiring"]
    assert registry.resolve(model, date(2026, 12, 24), 60).used is None


def test_a_model_answers_to_its_last_day_where_its_successor_has_ended_before() -> None:
    ended = ROW.replace('"new-1"', '"new-2"') + "retires_at = 2026-11-01\n"
    registry = shipped(ROW + 'retires_at = 2026-12-24\nsuccessor = "new-2"\n' + ended)
    assert (used(registry, "new-1"), used(registry, "new-2")) == ("new-1", None)
    assert used(registry, "new-1", date(2026, 12, 24)) is None


def test_chains_of_successors_are_followed() -> None:
    registry = shipped('[[model]]\nid = "gpt-6-luna"\nretires_at = 2026-12-01\nsuccessor = "gpt-6.1-terra"\n')
    assert used(registry, "GPT-4o") == "gpt-6.1-terra"


def test_a_file_changes_the_fields_that_it_names_and_adds_models() -> None:
    registry = shipped(ROW + '[[model]]\nid = "gpt-6-luna"\naliases = ["Luna"]\n')
    assert used(registry, "luna") == "gpt-6-luna"
    assert registry.models["gpt-6-luna"].context_tokens == 1_050_000
    assert used(registry, "NEW 1") == "new-1"


def test_prices_are_exact_and_change_on_their_day() -> None:
    registry = shipped()
    luna, argon = registry.models["gpt-6-luna"], registry.models["gemini-4-argon"]
    price = luna.price_on(TODAY)
    assert price is not None
    assert price.of(1_000, 300) == Decimal("0.00025")
    assert luna.price_on(date(2026, 11, 27)) is None
    costs = [argon.price_on(day) for day in (TODAY, date(2026, 12, 1))]
    assert [cost and cost.input for cost in costs] == [2, 4]


def test_a_large_request_has_the_price_of_its_size() -> None:
    haiku = shipped().models["claude-haiku-5-5"]
    prices = [haiku.price_on(TODAY, tokens) for tokens in (0, 99_999, 100_000)]
    assert [price and price.input for price in prices] == [Decimal("0.10"), Decimal("0.10"), Decimal("0.50")]


def test_each_shipped_row_can_be_used_or_names_what_is_used_in_its_place() -> None:
    registry = shipped()
    for model in registry.models.values():
        found = registry.resolve(model, TODAY, 60).used
        assert found is not None and (found.prices or found.kind == "moderation"), model.id
        assert registry.profile_of(found)


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ("[[model]\n", "line 1: this is no TOML."),
        ("x = 1\n[[model]]\n", "line 1: it is no model, profile or choice."),
        ("model = 7\n", "line 1: a model is a table [[model]]."),
        ("\n[[model]]\nprovider = 'openai'\n", "line 2: a model needs an id."),
        ("[[model]]\nid = 'a'\n", "line 1: model a needs provider."),
        (ROW + "nickname = 'x'\n", "line 11: model new-1 nickname is no field."),
        (ROW.replace("1000", "'many'"), "line 5: model new-1 context_tokens is wrong: Input should be a valid "),
        (ROW.replace("1000", "-1"), "line 5: model new-1 context_tokens is wrong: Input should be greater"),
        (ROW.replace("input = 1", "input = nan"), "line 7: model new-1 prices is wrong: "),
        (ROW.replace("input = 1,", ""), "line 7: model new-1 prices is wrong: Field required (0.input)."),
        (ROW.replace('"openai"', '"acme"'), "line 4: model new-1 provider names no provider; there are: anthropic"),
        (ROW + "profile = 'odd'\n", "line 11: model new-1 profile names no profile; there are: "),
        (ROW + "successor = 'nobody'\n", "line 11: model new-1 successor names no model."),
        (ROW + "successor = 'gpt-realtime'\n", "line 11: model new-1 successor names a model of another kind."),
        (ROW + "successor = 'new-1'\n", "line 11: model new-1 successor leads in a circle: new-1 → new-1."),
        (ROW + "aliases = ['GPT 4o']\n", "line 11: model new-1 aliases holds a name of gpt-4o."),
        (ROW + ROW, "line 13: model new-1 id stands here twice."),
        (ROW + "retires_at = 'soon'\n", "line 11: model new-1 retires_at is wrong: "),
        ("[[model]]\nid = 'gpt-6.2-sol'\nsuccessor = 'gpt-5'\n", "line 3: model gpt-6.2-sol successor leads in a circ"),
        ("[profile.plain]\nsampling = 'often'\n", "line 2: profile plain sampling is wrong: "),
        (ROW.replace("prices", "#"), "line 2: model new-1 needs prices, as it is not to retire."),
    ],
)
def test_what_is_wrong_is_named_with_its_line(over: str, sentence: str) -> None:
    with pytest.raises(RegistryError) as refused:
        shipped(over)
    assert sentence in str(refused.value)
    assert str(refused.value).startswith("VOXBUS_MODELS_FILE line ")


@given(st.text())
def test_no_text_does_anything_but_make_a_registry_or_a_sentence(text: str) -> None:
    try:
        read_registry([Source("file", text)], PROVIDERS)
    except RegistryError as error:
        assert str(error).startswith("file line ")
