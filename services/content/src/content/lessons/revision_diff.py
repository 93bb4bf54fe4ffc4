"""Compares the files of two revisions as `diff -u` does, in bounded time."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from itertools import takewhile

#: changed lines, before and after, up to which the fewest changes are looked for: the time grows with their product
MOST_COMPARED = 2_000
_AROUND = 3  # lines shown before and after a change, as difflib has it


def unified(before: Sequence[str], after: Sequence[str], names: tuple[str, str]) -> str:
    """Returns a unified diff of lines with their ends; an empty text for equal ones.

    Where more than MOST_COMPARED lines lie between the first change and the last, all of them are shown as replaced.
    """
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    was, now = before[head : len(before) - tail], after[head : len(after) - tail]
    if max(len(was), len(now)) <= MOST_COMPARED:
        return "".join(difflib.unified_diff(before, after, *names))
    first = max(0, head - _AROUND)
    lead, rest = before[first:head], before[len(before) - tail :][:_AROUND]
    around = len(lead) + len(rest)
    ranges = f"-{first + 1},{around + len(was)} +{first + 1},{around + len(now)}"
    lines = [f" {line}" for line in lead]
    lines += [f"-{line}" for line in was]
    lines += [f"+{line}" for line in now]
    lines += [f" {line}" for line in rest]
    return f"--- {names[0]}\n+++ {names[1]}\n@@ {ranges} @@\n{''.join(lines)}"


def _alike(before: Sequence[str], after: Sequence[str]) -> int:
    """Returns how many lines are equal from the beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
