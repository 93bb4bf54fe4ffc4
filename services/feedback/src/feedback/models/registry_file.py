"""Reads the registry: the rows that are shipped, over which an installation's own file is laid.

A row of the file changes the fields that it names of the row with its id, or is a new model. Choices of the file are
looked at before those that are shipped.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from chassis.errors import VoxbusError
from feedback.models.choices import Choice
from feedback.models.model import Model
from feedback.models.names import plain
from feedback.models.registry import Registry
from feedback.models.request import Profile

SHIPPED = Path(__file__).with_name("registry.toml")

T = TypeVar("T", bound=BaseModel)
_HEADER = re.compile(r"\s*\[\[?\s*(?P<table>[^\[\]]+?)\s*\]\]?\s*(#.*)?")
_KEY = re.compile(r"\s*[\"']?(?P<key>[\w-]+)[\"']?\s*=")
_AT = re.compile(r"^(?P<what>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")


class RegistryError(VoxbusError):
    """Says in one sentence, which names the line, what is wrong with a registry."""


@dataclass(frozen=True, slots=True)
class Source:
    """Holds the text of one file, and the name that sentences call it by."""

    name: str
    text: str


class _ProfileRow(BaseModel):
    """Holds a profile as it stands in a file; what it leaves out has the values of `Profile`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token_limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"  # noqa: S105
    sampling: Literal["never", "without_reasoning", "always"] = "never"
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high"] | None = None
    response_format: Literal["honoured", "ignored", "refused"] = "ignored"
    system_role: Literal["system", "developer", "user"] = "system"


@dataclass(slots=True)
class _Row:
    """Collects the fields of one row from all sources, each with the place where it stands."""

    what: str
    place: str
    fields: dict[str, Any]
    places: dict[str, str]

    def lay(self, over: _Row) -> None:
        """Takes what a later source says."""
        self.place = over.place
        self.fields |= over.fields
        self.places |= over.places

    def wrong(self, reason: str, field: str | None = None) -> RegistryError:
        """Returns the sentence about a field, or about the whole row."""
        named = "" if field is None else f" {field}"
        return RegistryError(f"{self.places.get(field or '', self.place)}: {self.what}{named} {reason}.")


def read_registry(sources: Sequence[Source], providers: Collection[str]) -> Registry:
    """Reads a registry; each source is laid over those before it. Raises `RegistryError`."""
    profiles: dict[str, _Row] = {}
    models: dict[str, _Row] = {}
    choices: list[_Row] = []
    for source in sources:
        choices[:0] = _choices(source)
        for table, name, row in _rows(source):
            into = profiles if table == "profile" else models
            laid = into.pop(name, None)  # what was laid last stands last
            if laid is not None:
                laid.lay(row)
            into[name] = laid or row
    read_profiles = {name: Profile(**_checked(_ProfileRow, row).model_dump()) for name, row in profiles.items()}
    read_models = {name: _checked(Model, row) for name, row in models.items()}
    for name in reversed(read_models):  # a circle that a file closes is told of the file
        _check(read_models[name], models[name], providers, read_profiles, read_models)
    registry = Registry(
        read_models, read_profiles, _index(read_models, models), [_checked(Choice, row) for row in choices]
    )
    for choice, row in zip(registry.choices, choices, strict=True):
        found = [registry.find(name) for name in choice.models]
        if any(model is None or model.kind != "chat" or not model.answers_for(choice.role) for model in found):
            raise row.wrong("name something that is no model for this role", "models")
    return registry


def _rows(source: Source) -> Iterator[tuple[str, str, _Row]]:
    """Yields the rows of one file: its table, its name, its fields."""
    found = _parsed(source)
    for unknown in sorted(found.keys() - {"profile", "model", "choice"}):
        raise RegistryError(f"{source.name} line {_line_of(source, unknown)}: it is no model, profile or choice.")
    blocks = list(_blocks(source))
    profiles, models = found.get("profile", {}), found.get("model", [])
    if not isinstance(profiles, dict) or not all(isinstance(each, dict) for each in profiles.values()):
        raise RegistryError(f"{source.name} line {_line_of(source, 'profile')}: a profile is a table [profile.name].")
    if not isinstance(models, list) or not all(isinstance(each, dict) for each in models):
        raise RegistryError(f"{source.name} line {_line_of(source, 'model')}: a model is a table [[model]].")
    for name, fields in profiles.items():
        line, keys = next((block[1:] for block in blocks if block[0] == f"profile.{name}"), (1, {}))
        yield "profile", name, _row(source, f"profile {name}", line, keys, fields)
    places = [block[1:] for block in blocks if block[0] == "model"]
    seen: set[str] = set()
    for number, fields in enumerate(models):
        line, keys = places[number] if len(places) == len(models) else (1, {})
        name = fields.get("id")
        row = _row(source, f"model {name}" if isinstance(name, str) else "a model", line, keys, fields)
        if not isinstance(name, str):
            raise row.wrong("needs an id")
        if name in seen:
            raise row.wrong("stands here twice", "id")
        seen.add(name)
        yield "model", name, row


def _choices(source: Source) -> Iterator[_Row]:
    """Yields the choices of one file, in order."""
    choices = _parsed(source).get("choice", [])
    if not isinstance(choices, list) or not all(isinstance(each, dict) for each in choices):
        raise RegistryError(f"{source.name} line {_line_of(source, 'choice')}: a choice is a table [[choice]].")
    places = [block[1:] for block in _blocks(source) if block[0] == "choice"]
    for number, fields in enumerate(choices):
        line, keys = places[number] if len(places) == len(choices) else (1, {})
        yield _row(source, f"choice {number + 1}", line, keys, fields)


def _parsed(source: Source) -> dict[str, Any]:
    try:
        return tomllib.loads(source.text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        told = _AT.match(str(error))
        line = (told and told["line"]) or str(source.text.count("\n") + 1)
        raise RegistryError(f"{source.name} line {line}: this is no TOML.") from None
    except (ValueError, ArithmeticError, RecursionError):
        raise RegistryError(f"{source.name} line 1: this is no TOML.") from None


def _row(source: Source, what: str, line: int, keys: Mapping[str, int], fields: dict[str, Any]) -> _Row:
    places = {key: f"{source.name} line {keys.get(key, line)}" for key in fields}
    return _Row(what, f"{source.name} line {line}", dict(fields), places)


def _blocks(source: Source) -> Iterator[tuple[str, int, dict[str, int]]]:
    """Yields the tables of a text, each with its line and the lines of its keys."""
    block: tuple[str, int, dict[str, int]] | None = None
    for number, line in enumerate(source.text.splitlines(), 1):
        if header := _HEADER.fullmatch(line):
            if block is not None:
                yield block
            block = (re.sub(r"[\"'\s]", "", header["table"]), number, {})
        elif block is not None and (key := _KEY.match(line)):
            block[2].setdefault(key["key"], number)
    if block is not None:
        yield block


def _line_of(source: Source, word: str) -> int:
    """Returns the first line that begins with a word, as a key or a table."""
    starts = re.compile(rf"\s*\[*\s*[\"']?{re.escape(word)}\b")
    return next((number for number, line in enumerate(source.text.splitlines(), 1) if starts.match(line)), 1)


def _checked(kind: type[T], row: _Row) -> T:
    try:
        return kind.model_validate(row.fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = [str(part) for part in first["loc"]]
        field = where[0] if where else None
        inner = f" ({'.'.join(where[1:])})" if where[1:] else ""
        if first["type"] == "missing" and not inner:
            raise row.wrong(f"needs {field}") from None
        reason = "is no field" if first["type"] == "extra_forbidden" else f"is wrong: {first['msg']}"
        raise row.wrong(f"{reason}{inner}", field) from None


def _check(
    model: Model,
    row: _Row,
    providers: Collection[str],
    profiles: Mapping[str, Profile],
    models: Mapping[str, Model],
) -> None:
    """Checks what a row says of others."""
    if model.provider not in providers:
        raise row.wrong(f"names no provider; there are: {', '.join(sorted(providers))}", "provider")
    if model.profile not in profiles:
        raise row.wrong(f"names no profile; there are: {', '.join(sorted(profiles))}", "profile")
    days = [(price.since, price.above_tokens) for price in model.prices]
    if len(set(days)) < len(days):
        raise row.wrong("have two prices from one day on for one size", "prices")
    if model.retires_at is None and model.kind != "moderation":
        for field in ("context_tokens", "max_output_tokens"):
            if getattr(model, field) is None:
                raise row.wrong(f"needs {field}, as it is not to retire")
        if not model.prices:
            raise row.wrong("needs prices, as it is not to retire")
    _check_successors(model, row, models)


def _check_successors(model: Model, row: _Row, models: Mapping[str, Model]) -> None:
    passed, at = [model.id], model
    while at.successor is not None:
        following = models.get(at.successor)
        if following is None:
            raise row.wrong("names no model", "successor")
        if following.kind != model.kind:
            raise row.wrong("names a model of another kind", "successor")
        if following.id in passed:
            raise row.wrong(f"leads in a circle: {' → '.join([*passed, following.id])}", "successor")
        passed.append(following.id)
        at = following


def _index(models: Mapping[str, Model], rows: Mapping[str, _Row]) -> dict[str, str]:
    """Returns the id of each model by each of its names, in their plain form."""
    found: dict[str, str] = {}
    for id, model in models.items():
        for field, name in [("id", id), *(("aliases", alias) for alias in model.aliases)]:
            taken = found.setdefault(plain(name), id)
            if taken != id:
                raise rows[id].wrong(f"holds a name of {taken}", field)
    return found
