"""Finds the labels of metrics, and the values of them, that nobody has declared.

This needs nothing of the product but the metrics, since every process of tests loads it. `tests.label_values` has the
tables that values come from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry

from chassis.observe import metrics
from chassis.observe.metrics.families import OTHER, Declared
from chassis.observe.metrics.values import Source

_WORD = re.compile(r"[a-z][a-z0-9]*([-_. ][a-z][a-z0-9]*)*")
_NAME = re.compile(r"[a-zA-Z][\w.:/ -]{0,79}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|@|%")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{16}|\d{6}|@|%")
_SEGMENT = re.compile(r"\{[a-z_]+(:path)?\}|[a-z0-9._-]{1,40}")
#: labels that a sample has by the format
_OF_FORMAT = {"le"}

#: tells whether a label may have a value: of a family, the label's name, the value
Allows = Callable[[Declared, str, str], bool]


def is_word(value: str) -> bool:
    """Tells whether it is a word of ours, as in the name of a loop or a role; no id, no path, no sentence."""
    return len(value) <= 60 and _WORD.fullmatch(value) is not None and _ID.search(value) is None


def is_name(value: str) -> bool:
    """Tells whether a file or a server may give it as a name: to a model, a table, a slot."""
    return _NAME.fullmatch(value) is not None and _UUID.search(value) is None


def is_route(value: str) -> bool:
    """Tells whether it is a template: its parts are words or parameters, and none looks like an id."""
    if value in ("unmatched", "any"):
        return True
    parts = value.removeprefix("/").split("/")
    return value.startswith("/") and all(
        not part or (_SEGMENT.fullmatch(part) and not _ID.search(part)) for part in parts
    )


def is_shaped(declared: Declared, label: str, value: str) -> bool:
    """Tells whether a label may have a value, where tests have services, kinds and classes of their own.

    A value of a `Source` is judged by its shape (a word, a name or a route, and no id, address or sentence), and a
    status by its digits.
    """
    if value == OTHER and label in declared.folded:
        return True
    values = declared.labels[label]
    if isinstance(values, Source):
        return not value or is_word(value) or is_name(value) or is_route(value) or values.name == "versions"
    return value in values or (label == "status" and re.fullmatch(r"[1-5]\d\d", value) is not None)


def undeclared(
    allows: Allows,
    registry: CollectorRegistry = metrics.REGISTRY,
    declared: Mapping[str, Declared] = metrics.DECLARED,
) -> list[str]:
    """Returns what in a registry nobody has declared: families, labels, and values of labels, each once."""
    by_family = {each.metric._name: each for each in declared.values()}
    families = [each for each in registry.collect() if not each.name.startswith(("process_", "python_gc_"))]
    found = {f"{family.name}: no such family" for family in families if family.name not in by_family}
    # many samples have the same value of a label, and each is judged once
    values = {
        (family.name, *item)
        for family in families
        if family.name in by_family
        for sample in family.samples
        for item in sample.labels.items()
        if item[0] not in _OF_FORMAT
    }
    for name, label, value in values:
        of = by_family[name]
        if label not in of.labels:
            found.add(f"{name}: no label {label}")
        elif not allows(of, label, value):
            found.add(f"{name}: {label} may not be {value!r}")
    return sorted(found)
