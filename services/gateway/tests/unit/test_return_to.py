"""Tests where a sign-in at another issuer may lead back to."""

from __future__ import annotations

import pytest

from gateway.edge.auth.return_to import LONGEST, may_return_to, with_outcome

ORIGINS = frozenset({"https://app.example", "http://localhost:3000"})


@pytest.mark.parametrize(
    "return_to",
    [
        "/",
        "/try",
        "/try?a=1&b=%2F%2Fevil.example",
        "/a/../b",
        "/@evil.example",
        "https://app.example",
        "https://app.example/",
        "https://app.example?a=1",
        "HTTPS://App.Example/path?back=https://evil.example/@",
        "http://localhost:3000/done",
    ],
)
def test_a_path_or_an_address_of_a_permitted_origin_is_accepted(return_to: str) -> None:
    assert may_return_to(return_to, ORIGINS)


@pytest.mark.parametrize(
    "return_to",
    [
        "",
        "try",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\\b",
        "/\t/evil.example",
        "\t//evil.example",
        " /try",
        "/try ",
        "/try\r\nSet-Cookie: a=b",
        "/try\n",
        "/try\0",
        "/tr\u00fd",
        "/\uff0fevil.example",
        "/try#code=stolen",
        "https://evil.example",
        "https://app.example.evil.example/",
        "https://app.example@evil.example/",
        "https://user@app.example/",
        "https://user:password@app.example/",
        "https://app.example:444/",
        "https://app.example:443/",
        "https://app.example.",
        "https://app.example\\@evil.example",
        "https://app.example\t.evil.example",
        "https:app.example",
        "https:/app.example",
        "https:///app.example",
        "http://app.example/",
        "ftp://app.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "app.example",
        "https://app.example#a",
        "/" + "a" * LONGEST,
    ],
)
def test_anything_else_is_refused(return_to: str) -> None:
    assert not may_return_to(return_to, ORIGINS)


def test_without_origins_only_paths_are_accepted() -> None:
    assert not may_return_to("https://app.example/", frozenset())


def test_the_outcome_stands_in_the_query_and_the_code_in_the_fragment() -> None:
    assert with_outcome("/try", "denied") == "/try?x=denied"
    assert with_outcome("/try?a=1&x=connected&", "failed") == "/try?a=1&x=failed"
    assert with_outcome("https://app.example", "connected", "c-d_e") == "https://app.example?x=connected#code=c-d_e"
    assert with_outcome("/a?xx=1&x", "connected") == "/a?xx=1&x=connected"
