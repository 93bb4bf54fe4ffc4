"""Defines messages of speech as later releases may have them, in a module of their own: a class knows its module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.base import Json, Upcast
from contracts.speech import AttemptAssessed


class NewerMinor(AttemptAssessed):
    """Represents the next minor version, with one more optional field."""

    version = (AttemptAssessed.version[0], AttemptAssessed.version[1] + 1)
    tempo: float | None = 1.5


def _with_country(body: Json) -> Json:
    return {**body, "language": f"{body['language']}-GB"}


class NewerMajor(AttemptAssessed):
    """Represents the next major version: a field that was there before, in another form."""

    version = (AttemptAssessed.version[0] + 1, 0)
    upcasts: ClassVar[Mapping[int, Upcast]] = {**AttemptAssessed.upcasts, AttemptAssessed.version[0]: _with_country}
    language: Annotated[str, Field(pattern="^[a-z]{2}-[A-Z]{2}$")] = "en-GB"
