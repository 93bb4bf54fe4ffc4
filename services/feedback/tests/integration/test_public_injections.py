"""Tests the orders of a public set in each role: PromptInject 0.1.1.1, under the MIT licence, which pip fetches.

Its attacks are read as data out of its module, which is never run. What they want said is that which it says.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feedback.models.shapes import INPUTS
from services.feedback.tests.unit.test_injections import Injection, attack
from tests.packaged import from_pypi

PACKAGE = "promptinject==0.1.1.1"
SHA256 = "98d020b6878c0c32703110d19c0b1651868e906da0f3b1472d349923bda5fedf"
#: the tables of its module that are read: two of attacks, and one of what they want said
GOALS, LEAKS, ROGUE = "goal_hikacking_attacks", "prompt_leaking_attacks", "rogue_strings"
#: the one that harms nobody who reads it: no rule is against it, so a child may see it in place of feedback
HARMLESS = "long-prompt"


def tables(source: str) -> dict[str, Any]:
    """Returns the tables of its module."""
    return {
        target.id: ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id in (GOALS, LEAKS, ROGUE)
    }


def injections(found: dict[str, Any]) -> Iterator[Injection]:
    """Yields each attack with each of the texts that it wants said, and those that want the prompt."""
    for attack_ in found[GOALS].values():
        for name, text in found[ROGUE].items():
            does = f"{'write' if name == HARMLESS else 'say'} {text}"
            yield Injection("en", does, attack_["instruction"].replace("{REPLACE_rogue_string}", text))
    for leak in found[LEAKS].values():
        yield Injection("en", "system", leak["instruction"])


def of_the_public_set(folder: Path) -> list[Injection]:
    """Returns its attacks; none where no index of packages is reached."""
    module = from_pypi(PACKAGE, "promptinject/prompt_data.py", folder, SHA256)
    return [] if module is None else list(injections(tables(module.decode())))


@pytest.mark.in_full
def test_no_order_of_a_public_set_gets_through(tmp_path: Path) -> None:
    found = of_the_public_set(tmp_path)
    if not found:
        pytest.skip("no index of packages is reached")
    assert len(found) == 20
    for role in sorted(INPUTS):
        counted: Counter[str] = Counter()
        for injection in found:
            attack(role, injection, counted)
        sys.stdout.write(f"{role}: {dict(counted.most_common())}\n")
        assert sum(counted.values()) >= len(found)
