"""Looks up the keys that encrypt outgoing messages and decrypt incoming ones.

A person's key is made on first use to encrypt, and never made to decrypt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from chassis.delivery.inbox import Received
from chassis.errors import Erased
from chassis.message.codec import personal_fields
from chassis.message.crypto import Key
from chassis.storage.keys import Keys
from contracts.base import Message


async def encryption_keys(
    keys: Keys, messages: Iterable[tuple[Message, UUID | None]], others: Iterable[tuple[Message, UUID | None]] = ()
) -> dict[UUID, Key]:
    """Returns keys by person for messages with personal fields. Raises `Erased` when one of the persons was erased.

    The erased among the persons of `others` are left out.
    """
    own = _need_keys(messages)
    persons = own | _need_keys(others)
    if not persons:
        return {}
    found = await keys.make(persons)
    if gone := own - found.keys():
        raise Erased(str(min(gone)), gone)
    return found


def _need_keys(messages: Iterable[tuple[Message, UUID | None]]) -> set[UUID]:
    return {person for message, person in messages if person is not None and personal_fields(type(message))}


async def decryption_keys(keys: Keys, received: Sequence[Received]) -> dict[UUID, Key]:
    """Returns keys by person for messages that carry ciphertext; destroyed keys are left out."""
    persons = {a.envelope.person_id for a in received if a.envelope.enc is not None} - {None}
    return await keys.find([person for person in persons if person is not None]) if persons else {}


def key_of(received: Received, keys: dict[UUID, Key]) -> Key | None:
    """Returns the key of a message's person among these."""
    person = received.envelope.person_id
    return keys.get(person) if person is not None else None
