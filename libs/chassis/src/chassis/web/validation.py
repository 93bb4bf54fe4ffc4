"""Turns pydantic's errors into the fields of a problem document, in words that never quote the input."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, get_args
from urllib.parse import parse_qsl

from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, ValidationError

from chassis.web.problems import ProblemError, invalid, not_found

#: characters of an unknown name that an answer repeats
_LONGEST_NAME = 60
#: says of a name that it is unknown, and not which: it may be a key
UNKNOWN = (None, "unknown field")
#: errors that one answer lists
MOST_ERRORS = 20

#: pydantic's own messages may quote the input, so these replace them
_WORDS = {
    "missing": "is required",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "does not have the form that is asked for",
    "too_short": "is too short: at least {min_length}",
    "too_long": "is too long: at most {max_length}",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be a text",
    "uuid_parsing": "must be a UUID",
    "uuid_type": "must be a UUID",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "list_type": "must be a list",
    "json_invalid": "is not valid JSON",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
}


class Input(BaseModel):
    """Accepts a JSON object with declared names only; the base of a route's body."""

    model_config = ConfigDict(extra="forbid")


class QueryInput(Input):
    """Accepts a query string with declared parameters only; the base of a route's `query`."""


def unknown(name: str, known: Collection[str]) -> tuple[str, str]:
    """Returns field and message for an unknown name, with the nearest known one if it may be a slip of that."""
    nearest = difflib.get_close_matches(name[:_LONGEST_NAME], sorted(known), n=1)
    hint = f"; the nearest that can is “{nearest[0]}”" if nearest else ""
    return "".join(c for c in name[:_LONGEST_NAME] if c.isprintable()), f"is unknown or cannot be set here{hint}"


def check_query(query: bytes, known: Collection[str], *, quiet: bool = False) -> None:
    """Raises 422 for a parameter that is unknown or sent twice, or for a value that no column can hold.

    `quiet`: unknown names are not repeated.
    """
    sent = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    count = Counter(name for name, _ in sent)
    strange = islice((name for name in count if name not in known), MOST_ERRORS)
    errors: list[tuple[str | None, str]] = [UNKNOWN if quiet else unknown(name, known) for name in strange]
    errors += [(name, "may be sent only once") for name in known if count[name] > 1]
    errors += [
        (name, "holds a character that cannot be stored") for name, value in sent if name in known and "\0" in value
    ]
    if errors:
        raise invalid(*errors[:MOST_ERRORS])


def problem_of_request(error: RequestValidationError, route: APIRoute, *, quiet: bool = False) -> ProblemError:
    """Returns the 422 for a request that does not fit its route, or the 404 for a path that names nothing.

    `quiet`: unknown names are not repeated.
    """
    errors = error.errors()
    if any(each["loc"][0] == "path" for each in errors):
        return not_found()
    body = route.body_field.field_info.annotation if route.body_field else None
    return invalid(*_fields(errors, body, query_names(route.dependant), quiet=quiet))


def problem_of_model(error: ValidationError, model: type[BaseModel]) -> ProblemError:
    """Returns the 422 for content that a model refuses."""
    return invalid(*_fields([{**each, "loc": ("body", *each["loc"])} for each in error.errors()], model))


def query_names(dependant: Dependant) -> frozenset[str]:
    """Returns the query parameters that a route and its dependencies know."""
    names: set[str] = set()
    for field in dependant.query_params:
        annotation = field.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            names |= {each.alias or name for name, each in annotation.model_fields.items()}
        else:
            names.add(field.alias)
    return frozenset(names).union(*map(query_names, dependant.dependencies))


def _fields(
    errors: Iterable[Mapping[str, Any]], body: Any, query: Collection[str] = (), *, quiet: bool = False
) -> list[tuple[str | None, str]]:
    return [
        UNKNOWN
        if quiet and each["type"] == "extra_forbidden"
        else unknown(str(each["loc"][-1]), query if each["loc"][0] == "query" else _names(body, each["loc"][1:-1]))
        if each["type"] == "extra_forbidden"
        else (_field(each), words_of(each))
        for each in islice(errors, MOST_ERRORS)
    ]


def words_of(error: Mapping[str, Any]) -> str:
    """Returns what one of pydantic's errors says, without the input."""
    context = error.get("ctx") or {}
    if error["type"] == "value_error":  # raised by our own validators, whose messages hold no input
        return str(context.get("error", "is not valid"))
    return _WORDS.get(error["type"], "is not valid").format_map(context)


def _field(error: Mapping[str, Any]) -> str:
    place, *rest = error["loc"]
    names = [str(part) for part in rest if not isinstance(part, int)]
    return ".".join(names) or str(place)


def _names(annotation: Any, path: Sequence[str | int]) -> Collection[str]:
    """Returns the names that the object at `path` may have, as far as models declare them."""
    models = _models(annotation)
    for part in path:
        if isinstance(part, int):
            continue
        inner = [model.model_fields[part].annotation for model in models if part in model.model_fields]
        models = [found for each in inner for found in _models(each)]
    return {name for model in models for name in model.model_fields}


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for inner in get_args(annotation) for found in _models(inner)]
