"""Entity tags and the conditions on them."""

from __future__ import annotations

import pytest

from chassis.web.etag import IfMatch, is_unchanged, strong, weak
from chassis.web.problems import ProblemError


def test_a_weak_tag_follows_the_content() -> None:
    assert weak(b"a") == weak(b"a") != weak(b"b")
    assert weak(b"a").startswith('W/"')


@pytest.mark.parametrize(
    ("header", "unchanged"),
    [
        (None, False),
        ('"3"', True),
        ('W/"3"', True),
        ('"2", "3"', True),
        ("*", True),
        (" * ", True),
        ('"2"', False),
        ("3", False),
        ("", False),
        ('"33"', False),
        ('"3"x', False),
        ('"2"garbage"3"', False),
        ('*, "3"', False),
    ],
)
def test_if_none_match_compares_weakly(header: str | None, unchanged: bool) -> None:
    assert is_unchanged(header, strong(3)) is unchanged


def disposition_of(header: str | None, *, required: bool = False) -> int:
    try:
        IfMatch(header, required=required).check(3)
    except ProblemError as error:
        return error.problem.status
    return 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ('"3"', 200),
        ('"1", "3"', 200),
        ('W/"1",\t"a,b" , ,"3",', 200),
        ("*", 200),
        ('"2"', 412),
        ('W/"3"', 412),
        ("3", 412),
        ("", 412),
        ('"3"x', 412),
        ('x"3"', 412),
        ('"3" "4"', 412),
        ('"1"garbage"3"', 412),
        ('"1", garbage, "3"', 412),
        ('*, "3"', 412),
    ],
)
def test_if_match_compares_strongly(header: str, status: int) -> None:
    assert disposition_of(header) == disposition_of(header, required=True) == status


def test_without_it_one_may_change_ones_own_alone() -> None:
    assert disposition_of(None) == 200
    assert disposition_of(None, required=True) == 428


def test_a_412_names_the_current_version() -> None:
    with pytest.raises(ProblemError) as raised:
        IfMatch('"2"', required=False).check(3)
    assert raised.value.headers == {"ETag": '"3"'}


def test_whether_it_was_compared_can_be_seen() -> None:
    seen = IfMatch('"3"', required=False)
    assert (seen.matters, seen.checked) == (True, False)
    seen.check(3)
    assert seen.checked
    assert not IfMatch(None, required=False).matters
