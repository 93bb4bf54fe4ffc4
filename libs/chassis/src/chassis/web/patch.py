"""Reads JSON merge patches (RFC 7396), and checks them against the fields that may be changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import copy
from functools import cache
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError, create_model
from pydantic.config import JsonDict
from pydantic_core import CoreSchema, PydanticUndefined, core_schema
from sqlalchemy import Row

from chassis.web.validation import problem_of_model

F = TypeVar("F", bound=BaseModel)


class Patch(Generic[F]):
    """Holds a caller's patch: new values for some fields of `F`, or null to remove the old value.

    Fields are checked on arrival, one by one; rules over several fields when the patch is applied.
    """

    def __init__(self, sent: Mapping[str, Any]) -> None:
        self._sent = dict(sent)

    def apply(self, current: F) -> F:
        """Returns the fields after the patch. Raises 422 for a result that their model refuses."""
        model = type(current)
        try:
            return model.model_validate_json(json.dumps(merge(current.model_dump(mode="json"), self._sent)))
        except ValidationError as error:
            raise problem_of_model(error, model) from None

    def changes(self, current: F) -> dict[str, Any]:
        """Returns the fields that the patch changes, with their new values."""
        after = self.apply(current)
        return {name: value for name, value in after if value != getattr(current, name)}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Builds the check on arrival, which is also the schema in the public document."""
        [model] = get_args(source)

        def checked(sent: Any, check: core_schema.ValidatorFunctionWrapHandler) -> Patch[F]:
            check(sent)
            return cls(sent)

        return core_schema.no_info_wrap_validator_function(checked, handler(partial_of(model)))


def fields_of(model: type[F], row: Row[Any]) -> F:
    """Returns the fields of a model as a row holds them, unchecked, so that a row written by SQL can be corrected."""
    return model.model_construct(**{name: row._mapping[name] for name in model.model_fields})


def merge(target: Any, patch: Any) -> Any:
    """Returns `target` with a merge patch applied: the algorithm of RFC 7396, section 2."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


@cache
def partial_of(model: type[BaseModel]) -> type[BaseModel]:
    """Returns a model in which every field of `model` may be left out; null removes those that have a default."""
    fields: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        partial = copy(field)
        annotation: Any = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            annotation = partial_of(annotation)
        if not field.is_required():
            annotation = annotation | None
        partial.annotation = annotation
        partial.default, partial.default_factory = PydanticUndefined, _absent
        fields[name] = (annotation, partial)
    return create_model(
        f"{model.__name__}Patch",
        __config__=ConfigDict(extra="forbid", json_schema_extra=_examples(model)),
        __doc__=f"Changes some fields of {model.__name__}; null removes what may be absent.",
        __module__=model.__module__,
        **fields,
    )


def _examples(model: type[BaseModel]) -> JsonDict | None:
    """Returns the examples of the fields, which are patches too."""
    extra = model.model_config.get("json_schema_extra")
    return {"examples": extra["examples"]} if isinstance(extra, dict) and "examples" in extra else None


def _absent() -> None:
    """Represents a field that was left out, without a default that the public document would show."""
