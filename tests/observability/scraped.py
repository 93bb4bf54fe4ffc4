"""Says which samples a scrape has, with their labels and values, and what in an expression is not among them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from chassis.observe.metrics import DECLARED
from tests.observability.names import grouped, selectors

#: labels that every sample has from the scrape, or a histogram's buckets
OF_SCRAPES = {"instance", "job", "component", "le"}
#: samples of RabbitMQ 3.10 and 4.0 that rules may use, with their labels
_OF_THE_BROKER = {
    **{f"rabbitmq_alarms_{name}": () for name in ("memory_used_watermark", "free_disk_space_watermark")},
    "rabbitmq_alarms_file_descriptor_limit": (),
    **{f"rabbitmq_disk_space_available_{name}": () for name in ("bytes", "limit_bytes")},
    **{f"rabbitmq_detailed_queue_{name}": ("vhost", "queue") for name in ("consumers", "messages", "messages_ready")},
}


@dataclass(frozen=True)
class Sample:
    """Holds the labels of a sample with the values they may have; None where a table elsewhere lists them."""

    labels: Mapping[str, Collection[str] | None]
    buckets: Collection[str] = ()


@cache
def samples() -> dict[str, Sample]:
    """Returns what scrapes of processes and broker have, by name."""
    found = {name: Sample(dict.fromkeys(labels)) for name, labels in _OF_THE_BROKER.items()} | {"up": Sample({})}
    for name, declared in DECLARED.items():
        labels = {label: values if isinstance(values, tuple) else None for label, values in declared.labels.items()}
        if declared.metric._type != "histogram":
            found[name] = Sample(labels)
            continue
        buckets = [*map(str, declared.metric._kwargs["buckets"]), "+Inf"]
        found |= {f"{name}_sum": Sample(labels), f"{name}_count": Sample(labels)}
        found[f"{name}_bucket"] = Sample({**labels, "le": None}, [_bucket(each) for each in buckets])
    return found


def _bucket(bound: str) -> str:
    return bound if bound == "+Inf" else str(float(bound))


def problems_of(expression: str, words: str, known: Mapping[str, Sample]) -> Iterator[str]:
    """Yields what keeps an expression from ever holding, and its annotations (`words`) from saying what they mean."""
    found = selectors(expression)
    named = sorted({each.name for each in found})
    yield from (f"no sample {name}" for name in named if name not in known)
    may = OF_SCRAPES.union(*(known[name].labels for name in named if name in known))
    may |= set(re.findall(r'label_replace\(.*?, "(\w+)", "[^"]*", "[^"]*", "[^"]*"\)', expression, re.DOTALL))
    used = set(re.findall(r"\$labels\.([a-z_]+)", words)) | grouped(expression)
    yield from (f"no label {label}" for label in sorted(used - may))
    for each in found:
        for label, kind, value in each.matchers if each.name in known else ():
            yield from _never(each.name, known[each.name], label, kind, value)


def _never(name: str, sample: Sample, label: str, kind: str, value: str) -> Iterator[str]:
    """Yields why no series has this label with such a value."""
    if label == "le" and sample.buckets:
        if value not in sample.buckets:
            yield f"{name} has no bucket {value}"
    elif label not in sample.labels:
        if label not in OF_SCRAPES:
            yield f"{name} has no label {label}"
    elif (values := sample.labels[label]) is not None and kind in ("=", "=~"):
        pattern = re.escape(value) if kind == "=" else value
        parts = pattern.split("|") if kind == "=~" and "(" not in pattern else [pattern]
        for part in parts:
            if not any(re.fullmatch(part, each) for each in values):
                yield f"{label} of {name} is never {value}"
