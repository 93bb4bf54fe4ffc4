"""Tests that JSON which readers understand in different ways is refused, in words without the input."""

from __future__ import annotations

import json

import pytest
from starlette.datastructures import Headers

from chassis.web.body import check_body
from chassis.web.problems import ProblemError
from chassis.web.strict_json import DEEPEST, NotJson, parse

GOOD = {"text": "Grüße – 你好 🧸", "list": [1, 2.5, -3e2, True, None], "a\\u0000": "\\ud800"}


@pytest.mark.parametrize("body", [json.dumps(GOOD).encode(), json.dumps(GOOD, ensure_ascii=False, indent=2).encode()])
def test_ordinary_json_is_read(body: bytes) -> None:
    assert parse(body) == GOOD


REFUSED = [
    (json.dumps(GOOD, ensure_ascii=False).encode("utf-16"), "UTF-8"),
    (json.dumps(GOOD, ensure_ascii=False).encode("latin-1", "replace"), "UTF-8"),
    (json.dumps(GOOD).encode("utf-16-le"), "not valid JSON"),
    (json.dumps(GOOD).encode("utf-32-be"), "not valid JSON"),
    (b"\xef\xbb\xbf{}", "byte order mark"),
    (b'{"password": "\xed\xa0\x80"}', "UTF-8"),
    (b'{"password": "one", "password": "two"}', "twice"),
    (b'[{"a": {"b": 1, "\\u0062": 2}}]', "twice"),
    (b'{"a": NaN}', "NaN"),
    (b'{"a": -Infinity}', "Infinity"),
    (b'{"a": 1e999}', "too large"),
    (b'{"a": 1' + b"0" * 5000 + b"}", "not valid JSON"),
    (b'{"a": "\\ud800"}', "cannot be stored"),
    (b'{"a": ["\\udfff"]}', "cannot be stored"),
    (b'{"a": "\\u0000"}', "cannot be stored"),
    (b'{"\\u0000": 1}', "cannot be stored"),
    (b'{"a": "\x00"}', "not valid JSON"),
    (b'{"a": "\n"}', "not valid JSON"),
    (b"{'a': 1}", "not valid JSON"),
    (b'{"a": 1,}', "not valid JSON"),
    (b'{"a": 1} {"a": 2}', "not valid JSON"),
    (b"[" * 50_000, "nested too deeply"),
    (b"[" * 500 + b"]" * 500, "nested too deeply"),
    (b'{"a":' * 40 + b"1" + b"}" * 40, "nested too deeply"),
    (b"", "not valid JSON"),
]


@pytest.mark.parametrize(("body", "words"), REFUSED)
def test_what_others_would_read_differently_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(NotJson, match=words):
        parse(body)
    with pytest.raises(ProblemError) as refused:
        check_body(body, Headers({"content-type": "application/json"}), patch=False)
    assert refused.value.problem.status == 422


def test_the_deepest_document_is_read() -> None:
    assert parse(b"[" * DEEPEST + b"]" * DEEPEST)
    with pytest.raises(NotJson, match="nested"):
        parse(b"[" * (DEEPEST + 2) + b"]" * (DEEPEST + 2))
