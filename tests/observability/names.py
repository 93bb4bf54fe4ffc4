"""Finds in expressions of PromQL the metrics, labels and values that cannot be, and metrics that nobody looks at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chassis.observe import metrics

#: what a scrape adds to each series (deploy/observability/prometheus.yml, the monitoring component of deploy/k8s)
OF_SCRAPES = frozenset({"component", "instance", "job"})
#: what Prometheus makes itself, with labels of its own
_OF_PROMETHEUS: Mapping[str, frozenset[str]] = {
    "up": OF_SCRAPES,
    "ALERTS": OF_SCRAPES | {"alertname", "alertstate", "severity"},
}
#: metrics of others, of which only a scrape tells whether they exist: `make dashboards-check`
FOREIGN = ("rabbitmq_", "erlang_")
#: what a scrape has of a family, by its type
_SAMPLES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
_KEYWORDS = frozenset({"and", "or", "unless", "bool", "offset", "inf", "nan"})
_GROUPING = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
#: a text, in which no name is meant, or a name with its matchers
_SELECTOR = re.compile(r"\"(?:[^\"\\]|\\.)*\"|([a-zA-Z_:][\w:]*)\s*(\{(?:[^}\"]|\"(?:[^\"\\]|\\.)*\")*\})?")
_MATCHER = re.compile(r"([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*\"((?:[^\"\\]|\\.)*)\"")


@dataclass(frozen=True)
class Selector:
    """Represents the choice of a metric's series: its name, and triples of label, operator and value."""

    name: str
    matchers: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Known:
    """Holds the samples there are, each with its labels; and the values of those labels whose values are a list."""

    labels: Mapping[str, frozenset[str]]
    values: Mapping[str, Mapping[str, Sequence[str]]]


def selectors(expression: str) -> list[Selector]:
    """Returns what an expression selects."""
    bare = re.sub(r"\[[^\]]*\]", " ", _GROUPING.sub(" ", expression))
    found = []
    for match in _SELECTOR.finditer(bare):
        name, braces = match.groups()
        called = bare[match.end() :].lstrip().startswith("(")
        if name is None or name.lower() in _KEYWORDS or called or bare[: match.start()].endswith(tuple("0123456789.")):
            continue
        found.append(Selector(name, _MATCHER.findall(braces or "")))
    return found


def grouped(expression: str) -> set[str]:
    """Returns the labels by which an expression groups or joins."""
    lists = [labels for _, labels in _GROUPING.findall(expression)]
    return {each.strip() for labels in lists for each in labels.split(",") if each.strip()}


def known(records: Mapping[str, Iterable[str]]) -> Known:
    """Returns the samples of the code, of Prometheus, and of recording rules by name with their labels."""
    labels: dict[str, frozenset[str]] = dict(_OF_PROMETHEUS)
    values: dict[str, Mapping[str, Sequence[str]]] = {}
    for name, declared in metrics.DECLARED.items():
        own, kind = frozenset(declared.labels), str(declared.metric._type)
        for end in _SAMPLES[kind]:
            labels[f"{name}{end}"] = own | OF_SCRAPES | ({"le"} if end == "_bucket" else set())
            values[name + end] = {label: each for label, each in declared.labels.items() if isinstance(each, tuple)}
    for name, own in of_libraries().items():
        labels[name] = own | OF_SCRAPES
    labels.update({name: frozenset(own) for name, own in records.items()})
    return Known(labels, values)


def of_libraries() -> dict[str, frozenset[str]]:
    """Returns the samples of the process and of Python, which prometheus_client collects."""
    ours = {name.removesuffix("_total") for name in metrics.DECLARED}
    families = [family for family in metrics.REGISTRY.collect() if family.name not in ours]
    return {sample.name: frozenset(sample.labels) for family in families for sample in family.samples}


def wrong(expression: str, there: Known, legend: str = "") -> Iterator[str]:
    """Yields what keeps an expression from ever having a value, or its legend from having a name."""
    found = selectors(expression)
    may: set[str] = set()
    for each in found:
        if each.name.startswith(FOREIGN):
            may |= grouped(expression) | OF_SCRAPES
            continue
        if each.name not in there.labels:
            yield f"no metric {each.name}"
            continue
        may |= there.labels[each.name]
        for label, operator, value in each.matchers:
            if label not in there.labels[each.name]:
                yield f"{each.name} has no label {label}"
            elif not value.startswith("$") and not _possible(
                value, operator, there.values.get(each.name, {}).get(label)
            ):
                yield f"{each.name} never has {label}{operator}{value}"
    if all(each.name in there.labels or each.name.startswith(FOREIGN) for each in found):
        yield from (f"no label {label}" for label in sorted(grouped(expression) - may))
        shown = set(re.findall(r"\{\{\s*(\w+)\s*\}\}", legend))
        kept = grouped(expression) or may
        yield from (f"its legend has no {label}" for label in sorted(shown - kept))


def unseen(expressions: Iterable[str], ignored: Iterable[str]) -> list[str]:
    """Returns the metrics of the code that no expression names and that are not ignored."""
    named = {each.name for expression in expressions for each in selectors(expression)}
    ends = ("", "_bucket", "_sum", "_count")
    everything = [*metrics.DECLARED, *of_libraries()]
    return sorted({name for name in everything if not any(name + end in named for end in ends)} - set(ignored))


def _possible(value: str, operator: str, values: Sequence[str] | None) -> bool:
    """Tells whether a matcher names only values that a label may have; where nobody lists them, it does."""
    if values is None:
        return True
    wanted = value.split("|") if operator in ("=~", "!~") else [re.escape(value)]
    return all(any(re.fullmatch(each, one) for one in values) for each in wanted)
