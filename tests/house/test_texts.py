"""Tests that every text that a client sends is brought into one form, by the one function for all products (ADR 54)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from chassis.web.validation import Input

SERVICES = ("gateway", "speech", "feedback", "content", "notify")
#: a soft hyphen, a no-break space, letters that are two characters, and a separator of lines
TYPED = "pep\u00adper\u00a0cafe\u0301\u2028x"
#: fields whose text is a name of something or a secret, so that another text is another thing
EXACT = frozenset(
    "api_key token password current_password email model auth p256dh endpoint address url return_to code refresh_token"
    " exercise_id person cursor object time_zone sort".split()
)
#: a lesson's file, which is kept as it was written; and events, of which each is judged by itself, with its answer
AS_WRITTEN = {"NewContent": {"source"}, "Written": {"source"}, "LearnerEvent": {"answer"}}
JUDGED_LATER = "SentEvent"


def bodies(kind: type[Input] = Input) -> Iterator[type[Input]]:
    for each in kind.__subclasses__():
        yield each
        yield from bodies(each)


def import_all() -> None:
    for service in SERVICES:
        package = importlib.import_module(service)
        for module in pkgutil.walk_packages(package.__path__, f"{service}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def adapter(field: FieldInfo) -> TypeAdapter[Any]:
    kind: Any = field.annotation
    for metadata in field.metadata:
        kind = Annotated[kind, metadata]
    return TypeAdapter(kind)


def free_texts() -> list[tuple[str, str, TypeAdapter[Any]]]:
    import_all()
    return [
        (body.__name__, name, adapter(field))
        for body in sorted(set(bodies()), key=lambda each: f"{each.__module__}.{each.__name__}")
        if body.__module__.partition(".")[0] in SERVICES  # other tests of this process make bodies of toys
        for name, field in body.model_fields.items()
        if name not in EXACT | AS_WRITTEN.get(body.__name__, set()) and body.__name__ != JUDGED_LATER
    ]


def test_texts_of_all_bodies_come_in_one_form() -> None:
    raw, looked_at = [], 0
    for body, name, field in free_texts():
        for given in (TYPED, TYPED.replace("\u2028", " ")):
            try:
                kept = field.validate_python(given)
            except ValidationError:
                continue
            if isinstance(kept, str):
                looked_at += 1
                if kept.replace("\n", " ") != "pepper caf\u00e9 x":
                    raw.append(f"{body}.{name}")
    assert looked_at > 10
    assert sorted(set(raw)) == []


@pytest.mark.parametrize("refused", ["a\x1bb", "a\ud800b", "a\uffffb"])
def test_no_body_takes_what_is_no_text(refused: str) -> None:
    taken = []
    for body, name, field in free_texts():
        try:
            kept = field.validate_python(refused)
        except ValidationError:
            continue
        if isinstance(kept, str) and kept == refused:
            taken.append(f"{body}.{name}")
    assert taken == []
