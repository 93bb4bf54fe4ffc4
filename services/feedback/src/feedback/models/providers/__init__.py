"""Lists the providers of models: each is a name, who gets the words, and where its server is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from chassis.privacy.law import Recipient

#: module and class of the client that speaks to them all; it is imported when one is first asked
CLIENT = "feedback.models.providers.compatible:CompatibleProvider"


@dataclass(frozen=True, slots=True)
class Place:
    """Says where a provider's OpenAI-compatible endpoint is; an installation's setting replaces the address.

    `person_as` names the field that takes the pseudonym of a person; None: the endpoint has none, and one that it does
    not know would be refused. `keeps_nothing`: what a call says where the provider has agreed to keep nothing.
    `keeps_days`: for how long it keeps what it is sent otherwise, as its public pages said in November 2026.
    """

    recipient: Recipient
    base_url: str | None
    title: str = ""
    keeps_days: int = 0
    person_as: str | None = None
    keeps_nothing: Mapping[str, Any] = field(default_factory=dict)


PROVIDERS: Mapping[str, Place] = MappingProxyType(
    {
        "openai": Place(
            "openai",
            "https://api.openai.com/v1",
            title="OpenAI",
            keeps_days=30,
            person_as="safety_identifier",
            keeps_nothing=MappingProxyType({"store": False}),
        ),
        "anthropic": Place(
            "anthropic", "https://api.anthropic.com/v1", title="Anthropic", keeps_days=30, person_as="user"
        ),
        "gemini": Place(
            "gemini", "https://generativelanguage.googleapis.com/v1beta/openai", title="Google", keeps_days=55
        ),
        "local": Place("voxbus", None),
    }
)
