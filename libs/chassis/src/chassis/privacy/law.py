"""Holds as data what a person's data may be used for, by whom, from which age, and how a guardian may agree to it.

Where it was read: 16 CFR 312 (COPPA) as amended by 90 FR 16918, and the national laws under GDPR article 8. The table
of ages is of `AGES_AS_OF`: national laws change. Nothing here is legal advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeGuard

#: the purpose of a use
Purpose = Literal[
    "assess_voice", "keep_recordings", "ai_text", "ai_voice", "notify", "publish", "learning_record", "analytics"
]
#: who gets the data: this installation, a way to be told, or a third party; `lrs` is a learning record store
# fmt: off
Recipient = Literal[
    "voxbus", "openai", "anthropic", "gemini", "in_app", "email", "push", "webhook", "x", "lrs", "mixpanel", "firebase"
]
# fmt: on
#: how a guardian has shown that they are one and agree
Method = Literal["email_plus", "signed_form", "payment_card"]
AgeBand = Literal["unknown", "under_consent_age", "of_age"]
Pair = tuple[Purpose, Recipient]

#: the recipients that there are for each purpose
RECIPIENTS: Mapping[Purpose, tuple[Recipient, ...]] = MappingProxyType(
    {
        "assess_voice": ("voxbus",),
        "keep_recordings": ("voxbus",),
        "ai_text": ("openai", "anthropic", "gemini"),
        "ai_voice": ("openai", "gemini"),
        "notify": ("in_app", "email", "push", "webhook"),
        "publish": ("voxbus", "x"),
        "learning_record": ("lrs",),
        "analytics": ("mixpanel", "firebase"),
    }
)
#: recipients who keep what they are sent unless something else was agreed with them, which a child's data want
WANT_ZERO_RETENTION: frozenset[Recipient] = frozenset({"openai", "anthropic", "gemini"})
#: recipients of what is told of people known to be `ADULT` alone: nobody can agree for a child
ADULTS_ONLY: frozenset[Recipient] = frozenset({"mixpanel", "firebase"})
#: what needs nobody's consent: the application itself shows it to the person it is about
ALWAYS: frozenset[Pair] = frozenset({("notify", "in_app")})
#: what a person of age agrees to by making the thing that needs it
BY_DOING: frozenset[Pair] = frozenset({("notify", "email"), ("notify", "push"), ("notify", "webhook")})

#: the age in years below which a guardian decides: where a country is unknown or not listed, and the least anywhere
FLOOR = 13
#: the age in years from which somebody may be a guardian
ADULT = 18
#: the highest age that a country could sensibly set
CEILING = 21
#: when the table of ages was read
AGES_AS_OF = "2026-11"
AGES: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(["AT", "BG", "CY", "ES", "IT", "LT"], 14),
        **dict.fromkeys(["CZ", "FR", "GR", "SI"], 15),
        **dict.fromkeys(["DE", "HR", "HU", "IE", "LU", "NL", "PL", "RO", "SK"], 16),
        **dict.fromkeys(["BE", "DK", "EE", "FI", "GB", "IS", "LV", "MT", "NO", "PT", "SE", "US"], 13),
    }
)


@dataclass(frozen=True, slots=True)
class MethodRule:
    """Says what a method may grant, and when. `recipients`: None for any. `waits`: an admin decides first."""

    recipients: frozenset[Recipient] | None
    waits: bool = False
    confirms: bool = False
    available: bool = True


#: a mail is enough only for what goes to no third party (16 CFR 312.5(b)(2)); the card is a seam without a payment
METHODS: Mapping[Method, MethodRule] = MappingProxyType(
    {
        "email_plus": MethodRule(frozenset({"voxbus", "in_app", "email"}), confirms=True),
        "signed_form": MethodRule(None, waits=True),
        "payment_card": MethodRule(None, available=False),
    }
)


def is_pair(pair: tuple[str, str]) -> TypeGuard[Pair]:
    """Tells whether there is such a recipient for such a purpose."""
    purpose, recipient = pair
    return any(purpose == known and recipient in recipients for known, recipients in RECIPIENTS.items())


def pairs() -> list[Pair]:
    """Returns every pair of a purpose and a recipient, in the order of the table."""
    return [(purpose, recipient) for purpose, recipients in RECIPIENTS.items() for recipient in recipients]


def may_grant(method: Method, recipient: Recipient) -> bool:
    """Tells whether a method is strong enough for a recipient."""
    recipients = METHODS[method].recipients
    return recipient not in ADULTS_ONLY and (recipients is None or recipient in recipients)
