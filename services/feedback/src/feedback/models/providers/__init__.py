"""Lists the providers of models: each is a name, who gets the words, and where its server is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chassis.privacy.law import Recipient

#: module and class of the client that speaks to them all; it is imported when one is first asked
CLIENT = "feedback.models.providers.compatible:CompatibleProvider"


@dataclass(frozen=True, slots=True)
class Place:
    """Says where a provider's OpenAI-compatible endpoint is; an installation's setting replaces the address."""

    recipient: Recipient
    base_url: str | None


PROVIDERS: Mapping[str, Place] = MappingProxyType(
    {
        "openai": Place("openai", "https://api.openai.com/v1"),
        "anthropic": Place("anthropic", "https://api.anthropic.com/v1"),
        "gemini": Place("gemini", "https://generativelanguage.googleapis.com/v1beta/openai"),
        "local": Place("voxbus", None),
    }
)
