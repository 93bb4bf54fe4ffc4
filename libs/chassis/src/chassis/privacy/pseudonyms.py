"""Names people to providers outside by pseudonyms, which differ from provider to provider."""

from __future__ import annotations

from uuid import UUID

from chassis.installation_key import derived_key
from chassis.privacy.law import Recipient

_BYTES = 16


def pseudonym(key: str, person: UUID, provider: Recipient) -> str:
    """Returns the id by which a provider knows a person, from a secret key of the installation.

    It is the same for each call. Without the key nobody can tell from it who it is, or which ids of two providers are
    of one person. Another key makes another id.
    """
    return derived_key(key, f"pseudonym of {person} for {provider}")[:_BYTES].hex()
