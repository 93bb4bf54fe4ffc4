"""Says which values the labels of metrics may have: those of the tables that a `Source` names, and those of tests.

A value that is in no table is a series that nobody has thought of: a path, an id of a person or a job, an error's text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from functools import cache
from pathlib import Path
from typing import get_args

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
from tests.labels import is_name, is_route, is_word
from voxbus.services import SERVICES as RUNNING
from voxbus.services import topology

_ROOT = Path(__file__).parents[1]
_DOCUMENTS = (
    *_ROOT.glob("services/*/openapi.json"),
    _ROOT / "services/gateway/src/gateway/edge/openapi.json",
)
#: characters of the name of a service that only tests have
_SHORT = 12

Judge = Collection[str] | Callable[[str], bool]


@cache
def _queues() -> frozenset[str]:
    return frozenset(queue.name for queue in topology().queues)


def _is_service(value: str) -> bool:
    """Tells whether it is a service; tests have others, with short names."""
    return value in SERVICES or (len(value) <= _SHORT and is_word(value))


def _is_handler(value: str) -> bool:
    """Tells whether it is a queue of the product, or of a service that only tests have."""
    service, dot, name = value.partition(".")
    return value in _queues() or (service not in SERVICES and _is_service(service) and bool(dot) and is_word(name))


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
    "loops": lambda: is_word,
    "routes": lambda: is_route,
    "families": lambda: tuple(metrics.DECLARED),
    "operations": lambda: lambda value: value in _operations() or value.isidentifier(),
    "limits": lambda: get_args(Limit),
    "issuers": lambda: is_word,
    "classes": lambda: tuple(retention().classes),
    "purposes": lambda: get_args(Purpose),
    "recipients": lambda: get_args(Recipient),
    "notices": lambda: get_args(NoticeType),
    "reasons": lambda: get_args(Reason),
    "templates": lambda: frozenset(name for templates in TEMPLATES.values() for name in templates),
    "channels": lambda: (*OUTSIDE, "in_app"),
    "roles": lambda: (*ROLES, "conversation", "spoken"),
    "providers": lambda: is_word,
    "models": lambda: is_name,
    "answers": lambda: is_word,
    "skips": lambda: get_args(Skip),
    "rules": lambda: is_word,
    "verdicts": lambda: lambda value: value == PASSED or is_word(value),
    "statements": lambda: (*get_args(StatementOutcome), "not_allowed"),
    "things": lambda: is_name,
    "schemas": lambda: is_name,
    "tables": lambda: is_name,
    "slots": lambda: is_name,
    "hosts": lambda: is_name,
    "child_kinds": lambda: is_word,
    "projections": projections,
    "versions": lambda: lambda value: len(value) <= 60,
}


def is_declared(declared: Declared, label: str, value: str) -> bool:
    """Tells whether a label may have a value."""
    if value == OTHER and label in declared.folded:
        return True
    values = declared.labels[label]
    judge = JUDGES[values.name]() if isinstance(values, Source) else values
    return judge(value) if callable(judge) else value in judge
