"""Checks the lessons in a folder: `python -m content.lessons.check FOLDER`. Its status is 1 where something is wrong.

It prints a line `file:line: rule: sentence` for each finding, warnings too.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from content.lessons.across import check_across
from content.lessons.findings import Finding
from content.lessons.folder import check_pictures, files_in, lessons_below


def check_folder(folder: Path) -> tuple[int, list[tuple[str, Finding]], list[tuple[str, Finding]]]:
    """Returns how many lessons a folder has, and its problems and warnings by file."""
    found = list(lessons_below(files_in(folder)))
    across = check_across([each.parsed for each in found], ())
    problems = [
        (each.path, finding)
        for number, each in enumerate(found)
        for finding in (*each.parsed.problems, *across.get(number, ()), *check_pictures(each))
    ]
    return len(found), problems, [(each.path, finding) for each in found for finding in each.parsed.warnings()]


def main(arguments: Sequence[str]) -> int:
    """Prints the findings of a folder; returns the status of the process."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        _say("usage: python -m content.lessons.check FOLDER")
        return 2
    count, problems, warnings = check_folder(Path(arguments[0]))
    for path, finding in problems:
        _say(f"{path}:{finding.line}: {finding.rule}: {finding.message}")
    for path, finding in warnings:
        _say(f"{path}:{finding.line}: warning: {finding.rule}: {finding.message}")
    _say(f"{count} lessons, {len(problems)} problems, {len(warnings)} warnings")
    return 1 if problems else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
