"""Tests that a fingerprint is of what was asked as it was sent, but for the order of names and for spaces."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from chassis.web.idempotency import KEY_SCHEMA, asked, check_key, fingerprint_of
from chassis.web.problems import ProblemError

TARGET, KEY = "/toys?dry=1", b"a key of thirty-two bytes or more"
BODY = b'{"name": "Bear", "parts": [{"of": "wood", "n": 2}], "age": 3}'


@pytest.mark.parametrize(
    "same",
    [
        b'{"age":3,"name":"Bear","parts":[{"n":2,"of":"wood"}]}',
        b'{ "parts" : [ { "n" : 2, "of" : "wood" } ],\r\n\t"name": "\\u0042ear", "age": 3 }',
    ],
)
def test_order_and_spaces_are_no_content(same: bytes) -> None:
    assert asked(TARGET, same) == asked(TARGET, BODY)
    assert fingerprint_of(KEY, TARGET, same) == fingerprint_of(KEY, TARGET, BODY)


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/toys?dry=2", BODY),
        ("/toys", BODY),
        ("/toys/1?dry=1", BODY),
        (TARGET, BODY.replace(b"3", b"4")),
        (TARGET, BODY.replace(b"}]", b'}, {"n": 2}]')),
        (TARGET, BODY.replace(b'"age": 3', b'"age": 3, "note": null')),  # the default of one that was left out
        (TARGET, BODY.replace(b'"age": 3', b'"age": "3"')),
        (TARGET, b""),
        (TARGET, BODY[:-1]),
    ],
)
def test_all_else_is(target: str, body: bytes) -> None:
    assert asked(target, body) != asked(TARGET, BODY)
    assert fingerprint_of(KEY, target, body) != fingerprint_of(KEY, TARGET, BODY)


def test_a_fingerprint_says_nothing_without_the_key() -> None:
    assert fingerprint_of(KEY, TARGET, BODY) != fingerprint_of(KEY[::-1], TARGET, BODY)


@pytest.mark.parametrize(
    ("key", "is_fine"),
    [
        ("a", True),
        ("a b", True),
        ("!~" * 127 + "a", True),
        ("a" * 256, False),
        ("", False),
        (" ", False),
        ("a\tb", False),
        ("ä", False),
        ("a\x7f", False),
    ],
)
def test_the_document_says_of_a_key_what_is_demanded_of_it(key: str, is_fine: bool) -> None:
    assert Draft202012Validator(KEY_SCHEMA).is_valid(key) == is_fine
    if is_fine:
        check_key(key)
    else:
        with pytest.raises(ProblemError):
            check_key(key)
