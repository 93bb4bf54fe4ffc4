"""Judges the child safety check by sentences of our own, and tells by rule what it refuses.

`python -m services.feedback.tests.unit.safety_table` prints the table of docs/models.md.
"""

from __future__ import annotations

import sys
from collections import Counter

from feedback.models.safety import SAY
from services.feedback.tests.unit.test_safety import SENTENCES, broken


def table() -> str:
    """Returns the table as Markdown: one line a rule, and one of all."""
    good, missed = ([broken(text) for text in SENTENCES[kind]] for kind in ("good", "missed"))
    bad = {rule: [broken(text) for text in texts] for rule, texts in SENTENCES["bad"].items()}
    alarms = Counter(rule for found in good for rule in found)
    lines = [
        f"| `{rule}` | {len(bad[rule])} | {sum(rule in found for found in bad[rule])} | {alarms[rule]} |\n"
        for rule in SAY
    ]
    every = [found for each in bad.values() for found in each]
    return (
        f"| rule | bad sentences | refused by it | of {len(good)} good sentences refused by it |\n|---|---|---|---|\n"
        + "".join(lines)
        + f"| all | {len(every)} | {sum(map(bool, every))} by any | {sum(map(bool, good))} by any |\n"
        + f"| known to be missed | {len(missed)} | {sum(map(bool, missed))} | |\n"
    )


if __name__ == "__main__":
    sys.stdout.write(table())
