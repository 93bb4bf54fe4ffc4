"""Tests where a provider's key is found, where it is refused, and what of a query goes on."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from chassis.web.problems import INVALID, ProblemError
from gateway.edge.problems import KEY_IN_WRONG_PLACE
from gateway.edge.provider_key import has_own_bearer, key_of, query_of

KEY = "sk-canary-4711"
BROWSER = ["realtime", f"openai-insecure-api-key.{KEY}"]


@pytest.mark.parametrize(
    ("bearer", "protocols", "key"),
    [
        (None, [], None),
        (KEY, [], KEY),
        ("ek_12345678", [], "ek_12345678"),
        ("eyJhbGciOiJIUzI1NiJ9.a.b", [], None),
        ("eyJhbGciOiJIUzI1NiJ9.a.b", BROWSER, KEY),
        (None, BROWSER, KEY),
        (None, ["realtime", "openai-beta.realtime-v1"], None),
        ("sk-of-the-header", BROWSER, "sk-of-the-header"),
    ],
)
def test_a_key_is_found_in_the_header_or_a_subprotocol(
    bearer: str | None, protocols: list[str], key: str | None
) -> None:
    assert key_of(bearer, protocols) == key


@pytest.mark.parametrize("key", ["sk-", "sk-1234", "sk-" + "x" * 254, "sk-with space", "sk-ümlaut1", "sk-line\nbreak"])
def test_what_cannot_be_a_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ProblemError) as caught:
        key_of(key, [])
    assert caught.value.problem == INVALID
    assert key not in str(caught.value.document())


@pytest.mark.parametrize(
    ("query", "left"),
    [
        (b"", b""),
        (b"model=gpt-realtime-2.1", b"model=gpt-realtime-2.1"),
        (b"model=GPT%20realtime&other=1", b"model=GPT+realtime"),
        (b"model=a&model=b", b"model=a"),
        (b"model=risk-free", b"model=risk-free"),
        (b"%FF=%FF", b""),
    ],
)
def test_of_a_query_only_the_model_goes_on(query: bytes, left: bytes) -> None:
    assert query_of(query, Headers()) == left


@pytest.mark.parametrize(
    "query",
    [
        b"apiKey=x",
        b"api_key=",
        b"API-KEY=1",
        b"key=1",
        b"x-api-key=1",
        b"x_api_key=1",
        b"x=AIzaSy",
        b"access_token=e",
        b"Authorization=x",
        b"model=sk-12345678",
        b"model=%73k-12345678",
        b"x=Bearer%20ek_123",
        b"sk-12345678",
        b"a=1&ek_1=2",
    ],
)
def test_a_key_or_token_in_the_address_is_refused(query: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        query_of(query, Headers())
    assert caught.value.problem == KEY_IN_WRONG_PLACE


def test_a_key_in_a_header_of_its_own_is_refused() -> None:
    with pytest.raises(ProblemError) as caught:
        query_of(b"model=gpt-realtime-2.1", Headers({"X-Api-Key": "1"}))
    assert caught.value.problem == KEY_IN_WRONG_PLACE


@pytest.mark.parametrize(
    ("value", "own"),
    [(None, False), (f"Bearer {KEY}", False), ("Bearer ek_1", False), ("Bearer eyJ", True), ("Basic eDp5", True)],
)
def test_only_a_token_of_ours_is_verified(value: str | None, own: bool) -> None:
    assert has_own_bearer(Headers({} if value is None else {"authorization": value})) is own
