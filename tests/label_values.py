"""Says which values the labels of metrics may have: those of the tables that a `Source` names, and those of tests.

A value that is in no table is a series that nobody has thought of: a path, an id of a person or a job, an error's text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from pathlib import Path
from typing import get_args

from prometheus_client import CollectorRegistry

from chassis.observe import metrics
from chassis.observe.metrics.families import OTHER, Declared
from chassis.observe.metrics.values import Source
from chassis.privacy.law import Purpose, Recipient
from chassis.privacy.retention import retention
from content.hints.ladder import PASSED
from content.progress.record_store import Outcome as StatementOutcome
from contracts.catalogue import JOB_KINDS
from contracts.services import SERVICES
from feedback.models.choose import Skip
from feedback.models.roles import ROLES
from gateway.edge.limits.policies import Name as Limit
from notify.mail.templates import TEMPLATES
from notify.notifications.channels.registry import OUTSIDE
from notify.notifications.decide import Reason
from notify.notifications.wanted import Type as NoticeType
from voxbus.services import SERVICES as RUNNING
from voxbus.services import topology

_ROOT = Path(__file__).parents[1]
_DOCUMENTS = (
    *_ROOT.glob("services/*/openapi.json"),
    _ROOT / "services/gateway/src/gateway/edge/openapi.json",
)
#: a word of ours, as in the name of a loop or a role; no id, no path, no sentence
_WORD = re.compile(r"[a-z][a-z0-9]*([-_. ][a-z][a-z0-9]*)*")
#: a name that a file or a server gives: of a model, a table, a slot
_NAME = re.compile(r"[a-zA-Z][\w.:/ -]{0,79}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|@|%")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{16}|\d{6}|@|%")
_SEGMENT = re.compile(r"\{[a-z_]+(:path)?\}|[a-z0-9._-]{1,40}")
#: characters of the name of a service that only tests have
_SHORT = 12

Judge = Collection[str] | Callable[[str], bool]


def _is_word(value: str) -> bool:
    return len(value) <= 60 and _WORD.fullmatch(value) is not None and _ID.search(value) is None


def _is_name(value: str) -> bool:
    return _NAME.fullmatch(value) is not None and _UUID.search(value) is None


def _is_route(value: str) -> bool:
    """Tells whether it is a template: its parts are words or parameters, and none looks like an id."""
    if value in ("unmatched", "any"):
        return True
    parts = value.removeprefix("/").split("/")
    return value.startswith("/") and all(
        not part or (_SEGMENT.fullmatch(part) and not _ID.search(part)) for part in parts
    )


@cache
def _queues() -> frozenset[str]:
    return frozenset(queue.name for queue in topology().queues)


def _is_service(value: str) -> bool:
    """Tells whether it is a service; tests have others, with short names."""
    return value in SERVICES or (len(value) <= _SHORT and _is_word(value))


def _is_handler(value: str) -> bool:
    """Tells whether it is a queue of the product, or of a service that only tests have."""
    service, dot, name = value.partition(".")
    return value in _queues() or (service not in SERVICES and _is_service(service) and bool(dot) and _is_word(name))


@cache
def _operations() -> frozenset[str]:
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in _DOCUMENTS]
    return frozenset(
        operation["operationId"]
        for document in documents
        for path in document["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "operationId" in operation
    ) | {"any"}


def projections() -> frozenset[str]:
    """Returns what handlers say that they write, and what the recorder does."""
    said = {handler.projection for service in RUNNING for handler in service.handlers}
    return frozenset(each for each in said if each is not None) | {"jobs"}


#: by the name of a source: its values, or what tells one
JUDGES: Mapping[str, Callable[[], Judge]] = {
    "services": lambda: _is_service,
    "handlers": lambda: _is_handler,
    "kinds": lambda: (*JOB_KINDS, "toy", "make_toy"),
    "loops": lambda: _is_word,
    "routes": lambda: _is_route,
    "families": lambda: tuple(metrics.DECLARED),
    "operations": lambda: lambda value: value in _operations() or value.isidentifier(),
    "limits": lambda: get_args(Limit),
    "issuers": lambda: _is_word,
    "classes": lambda: tuple(retention().classes),
    "purposes": lambda: get_args(Purpose),
    "recipients": lambda: get_args(Recipient),
    "notices": lambda: get_args(NoticeType),
    "reasons": lambda: get_args(Reason),
    "templates": lambda: frozenset(name for templates in TEMPLATES.values() for name in templates),
    "channels": lambda: (*OUTSIDE, "in_app"),
    "roles": lambda: (*ROLES, "conversation", "spoken"),
    "providers": lambda: _is_word,
    "models": lambda: _is_name,
    "answers": lambda: _is_word,
    "skips": lambda: get_args(Skip),
    "rules": lambda: _is_word,
    "verdicts": lambda: lambda value: value == PASSED or _is_word(value),
    "statements": lambda: (*get_args(StatementOutcome), "not_allowed"),
    "things": lambda: _is_name,
    "schemas": lambda: _is_name,
    "tables": lambda: _is_name,
    "slots": lambda: _is_name,
    "hosts": lambda: _is_name,
    "child_kinds": lambda: _is_word,
    "projections": projections,
    "versions": lambda: lambda value: len(value) <= 60,
}
#: labels that a sample has by the format
_OF_FORMAT = {"le"}


def is_declared(declared: Declared, label: str, value: str, *, exact: bool = True) -> bool:
    """Tells whether a label may have a value.

    Tests have services, kinds and classes of their own, so where not `exact` a value of a `Source` is judged by its
    shape: a word, a name or a route, and no id, address or sentence; and a status by its digits.
    """
    if value == OTHER and label in declared.folded:
        return True
    values = declared.labels[label]
    if not exact and isinstance(values, Source):
        return not value or _is_word(value) or _is_name(value) or _is_route(value) or values.name == "versions"
    if not exact and label == "status" and re.fullmatch(r"[1-5]\d\d", value):
        return True
    judge = JUDGES[values.name]() if isinstance(values, Source) else values
    return judge(value) if callable(judge) else value in judge


def undeclared(
    registry: CollectorRegistry = metrics.REGISTRY,
    declared: Mapping[str, Declared] = metrics.DECLARED,
    *,
    exact: bool = True,
) -> list[str]:
    """Returns the samples of a registry whose labels, or their values, nobody has declared; each label once."""
    by_family = {each.metric._name: each for each in declared.values()}
    found = {}
    for family in registry.collect():
        if family.name.startswith(("process_", "python_gc_")):
            continue
        of = by_family.get(family.name)
        for sample in family.samples:
            if of is None:
                found[family.name, ""] = f"{family.name}: no such family"
                continue
            for label, value in sample.labels.items():
                if label in _OF_FORMAT:
                    continue
                if label not in of.labels:
                    found[family.name, label] = f"{family.name}: no label {label}"
                elif not is_declared(of, label, value, exact=exact):
                    found[family.name, label + value] = f"{family.name}: {label} may not be {value!r}"
    return sorted(found.values())
