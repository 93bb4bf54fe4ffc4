"""Tests the comparison of two files: a small change to the line, a large one whole, and both can be applied."""

from __future__ import annotations

import re

import pytest

from content.lessons.revision_diff import MOST_COMPARED, unified

NAMES = ("revision 1", "revision 2")
MANY = [f"line {number}\n" for number in range(3 * MOST_COMPARED)]


def every_other(lines: list[str]) -> list[str]:
    return [line if at % 2 else f"other {line}" for at, line in enumerate(lines)]


def applied(before: list[str], diff: str) -> list[str]:
    """Returns the lines after a unified diff, and checks that those which it names are there before."""
    made, at = [], 0
    for line in diff.splitlines(keepends=True)[2:]:
        if hunk := re.match(r"@@ -(\d+)", line):
            made += before[at : int(hunk[1]) - 1]
            at = int(hunk[1]) - 1
            continue
        if line[0] != "+":
            assert before[at] == line[1:]
            at += 1
        made += [line[1:]] if line[0] != "-" else []
    return made + before[at:]


def test_a_changed_line_is_shown_with_what_is_around_it() -> None:
    after = [*MANY[:500], "new\n", *MANY[501:]]
    shown = unified(MANY, after, NAMES).splitlines()
    assert shown[:3] == ["--- revision 1", "+++ revision 2", "@@ -498,7 +498,7 @@"]
    assert shown[3:8] == [" line 497", " line 498", " line 499", "-line 500", "+new"]
    assert shown[8:] == [" line 501", " line 502", " line 503"]


def test_equal_files_differ_in_nothing() -> None:
    assert unified(MANY, list(MANY), NAMES) == ""


@pytest.mark.parametrize(
    "after",
    [every_other(MANY), [*MANY[:10], *every_other(MANY[10:-10]), *MANY[-10:]], MANY[:1], [*MANY, *every_other(MANY)]],
    ids=["all of it", "but for its ends", "much is gone", "much is added"],
)
def test_a_large_change_can_be_applied(after: list[str]) -> None:
    assert applied(MANY, unified(MANY, after, NAMES)) == after
