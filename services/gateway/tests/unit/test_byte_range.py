"""Tests which part of a file a client is given."""

from __future__ import annotations

import pytest

from gateway.edge.byte_range import NotSatisfiable, wanted_part

SIZE, TAG = 1000, '"5f"'


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-999", (0, 1000)),
        ("bytes=10-19", (10, 20)),
        ("bytes=990-", (990, 1000)),
        ("bytes=-10", (990, 1000)),
        ("bytes=-5000", (0, 1000)),
        ("bytes=999-5000", (999, 1000)),
        ("BYTES = 1 - 2", (1, 3)),
        (None, None),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=5-4", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=٣-٤", None),
        ("bytes=" + "9" * 40 + "-", None),
    ],
)
def test_the_part_that_is_asked_for(wanted: str | None, part: tuple[int, int] | None) -> None:
    found = wanted_part(SIZE, TAG, wanted, None)
    assert (found and (found.start, found.end)) == part


@pytest.mark.parametrize("wanted", ["bytes=1000-", "bytes=1000-2000", "bytes=-0"])
def test_what_is_behind_the_end(wanted: str) -> None:
    with pytest.raises(NotSatisfiable):
        wanted_part(SIZE, TAG, wanted, None)


@pytest.mark.parametrize(
    ("if_range", "is_part"), [(TAG, True), ('"60"', False), ("Sun, 29 Nov 2026 00:00:00 GMT", False)]
)
def test_the_rest_of_another_file_is_not_given(if_range: str, is_part: bool) -> None:
    assert (wanted_part(SIZE, TAG, "bytes=5-", if_range) is not None) is is_part
