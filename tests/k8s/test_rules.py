"""Every overlay keeps the rules for what no schema sees, and each rule finds what is broken against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.k8s.built import NAMESPACE, OVERLAYS, Built, Document, built
from tests.k8s.rules import RULES, Rule

BROKEN: list[dict[str, Any]] = yaml.load(
    Path(__file__).with_name("broken.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)
BY_NAME = {rule.__name__: rule for rule in RULES}


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_an_overlay_keeps_a_rule(rule: Rule, overlay: str) -> None:
    assert list(rule(built(overlay))) == []


def test_each_rule_is_shown_to_fail() -> None:
    assert BY_NAME.keys() - {row["rule"] for row in BROKEN} == set()


@pytest.mark.parametrize("row", BROKEN, ids=lambda row: f"{row['rule']}: {row['says']}")
def test_a_rule_finds_what_is_broken(row: dict[str, Any]) -> None:
    whole = built(row.get("overlay", "production"))
    problems = list(BY_NAME[row["rule"]](_broken(whole, row)))
    assert [problem for problem in problems if row["says"] in problem], problems


def _broken(whole: Built, row: dict[str, Any]) -> Built:
    copy, document = whole.with_own(_named(whole, *row["in"].split(" ")))
    if "at" not in row:
        copy.documents.remove(document)
        return copy
    *steps, last = [step.replace("~", ".") for step in row["at"].split(".")]
    place: Any = document
    for step in steps:
        place = place[_key(place, step)]
    if "put" not in row:
        del place[_key(place, last)]
    else:
        place[_key(place, last)] = row["put"]
    return copy


def _named(whole: Built, kind: str, name: str) -> Document:
    """Finds a document, of several that of the namespace of the services; a name with * at its end has a hash there."""
    names = [each["metadata"]["name"] for each in whole.of_kind(kind)]
    [full] = {each for each in names if each == name or (name.endswith("*") and each.startswith(name[:-1]))}
    found = [each for each in whole.of_kind(kind) if each["metadata"]["name"] == full]
    return next((each for each in found if each["metadata"].get("namespace") == NAMESPACE), found[0])


def _key(place: Any, step: str) -> Any:
    """Returns a key, or the place in a list: a number, or the name of the element in brackets."""
    if isinstance(place, dict):
        return step
    if step.startswith("["):
        return next(index for index, each in enumerate(place) if each["name"] == step.strip("[]"))
    return int(step)
