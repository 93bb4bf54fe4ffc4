"""Defines the settings of models: providers and their keys, the registry's file, the models of each role, limits."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode

from chassis.settings import SETTINGS
from feedback.models.roles import ROLES
from feedback.models.small_model import SMALL

_BREAKER = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})/([1-9]\d{0,3})")
#: a key of a provider: visible characters of ASCII
_KEY = re.compile(r"[!-~]{8,256}")
_ROLE = "role_"


def _roles_money(value: object) -> object:
    """Reads `role=dollars,…`."""
    if not isinstance(value, str):
        return value
    found: dict[str, Decimal] = {}
    for part in value.split(","):
        role, _, amount = part.strip().partition("=")
        if role not in ROLES or not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", amount):
            raise ValueError("must be like child_feedback=1.50,conversation=2, by role, in US dollars")
        found[role] = Decimal(amount)
    return found


def _breaker(value: object) -> object:
    if not isinstance(value, str):
        return value
    if (found := _BREAKER.fullmatch(value)) is None:
        raise ValueError("must be like 5/30/30: failures, the seconds in which they happen, the seconds of rest")
    return tuple(int(part) for part in found.groups())


#: an amount of money in US dollars
Usd = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=6)]


class ModelSettings(BaseSettings):
    """Holds who may be asked, with which key and in which order, and how much that may cost. Days are of UTC."""

    model_config = SETTINGS

    openai_api_key: str | None = Field(default=None, repr=False)
    openai_base_url: str | None = None
    anthropic_api_key: str | None = Field(default=None, repr=False)
    anthropic_base_url: str | None = None
    gemini_api_key: str | None = Field(default=None, repr=False)
    gemini_base_url: str | None = None
    #: a server of one's own that speaks OpenAI's chat completions; no consent is asked for it. Without its address
    #: `smollm2`, which `make model` installs
    local_base_url: str | None = None
    local_model: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,79}$")
    local_api_key: str | None = Field(default=None, repr=False)
    #: TOML that is laid over the registry
    models_file: Path | None = None
    #: by role, the ids of models by comma, or `rules`; unset: as `feedback.models.roles` has it
    role_child_feedback: str | None = None
    role_lesson_hint: str | None = None
    role_tweet_style: str | None = None
    role_tweet_writer: str | None = None
    role_story_understand: str | None = None
    role_conversation: str | None = None
    role_design_notes: str | None = None
    role_realtime: str | None = None
    ai_person_day_usd: Usd = Decimal("0.25")
    ai_day_usd: Usd = Decimal("5.00")
    ai_call_usd: Usd = Decimal("0.05")
    ai_role_day_usd: Annotated[dict[str, Usd], NoDecode, BeforeValidator(_roles_money)] = {}
    #: calls at once of one provider and process, with keys of our own
    ai_concurrency: int = Field(default=8, ge=1, le=1000)
    #: failures, the seconds in which they happen, the seconds of rest
    ai_breaker: Annotated[tuple[int, int, int], NoDecode, BeforeValidator(_breaker)] = (5, 30, 30)
    #: days before its end from which a model's successor answers for it
    ai_retiring_days: int = Field(default=60, ge=0, le=3650)

    @field_validator("openai_api_key", "anthropic_api_key", "gemini_api_key", "local_api_key")
    @classmethod
    def _key(cls, value: str | None) -> str | None:
        if value is not None and not _KEY.fullmatch(value):
            raise ValueError("must be 8 to 256 visible characters of ASCII")
        return value

    @field_validator("openai_base_url", "anthropic_base_url", "gemini_base_url", "local_base_url")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "@" in value:
            raise ValueError("must be an address such as https://host/v1, without a user, a query or a fragment")
        return value.rstrip("/")

    @field_validator("local_model")
    @classmethod
    def _local(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value not in (None, SMALL) and info.data.get("local_base_url") is None:
            raise ValueError(f"needs VOXBUS_LOCAL_BASE_URL, the server that has this model; only {SMALL} needs none")
        return value

    @property
    def has_small_model(self) -> bool:
        """Tells whether the model of `make model` is to answer."""
        return self.local_model == SMALL and self.local_base_url is None

    def order_of(self, role: str) -> str | None:
        """Returns what the installation has set for a role."""
        found: Any = getattr(self, f"{_ROLE}{role}")
        return None if found is None else str(found)

    def key_of(self, provider: str) -> str | None:
        """Returns this installation's key of a provider."""
        found: str | None = getattr(self, f"{provider}_api_key")
        return found

    def base_url_of(self, provider: str) -> str | None:
        """Returns the address that the installation has set for a provider."""
        found: str | None = getattr(self, f"{provider}_base_url")
        return found
