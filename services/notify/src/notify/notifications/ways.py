"""Reads on which channels outside the application people can be told, and whether that was agreed to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.handler import Rows
from chassis.privacy.consents import Consents
from chassis.privacy.law import Recipient
from notify.notifications.channels.store import ChannelRef, of_people
from notify.notifications.decide import Way
from notify.notifications.wanted import RECIPIENT_OF

_ACTIVE, _UNCONFIRMED = "active", "unconfirmed"


@dataclass(frozen=True, slots=True)
class Ways:
    """Holds the channels outside the application that a person has, and what of them decisions are made by."""

    channels: Sequence[ChannelRef] = ()
    kinds: Sequence[Way] = ()

    def to(self, kinds: Collection[str], order: Sequence[str]) -> Sequence[ChannelRef]:
        """Returns the channels of some kinds that are in use, in an order of kinds."""
        found = [each for each in self.channels if each.kind in kinds and each.state == _ACTIVE]
        return sorted(found, key=lambda each: (order.index(each.kind) if each.kind in order else len(order), each.id))


async def ways_of(rows: Rows, consents: Consents, people: Collection[UUID]) -> Mapping[UUID, Ways]:
    """Returns the ways to each person. An address that waits for its code is none yet."""
    found = await of_people(rows, people, every=True)
    allowed = await consents.allowed(found, "notify") if found else {}  # whoever has no channel needs no consent
    return {person: _ways(found[person], allowed[person]) if person in found else Ways() for person in people}


def _ways(channels: Sequence[ChannelRef], allowed: Collection[Recipient]) -> Ways:
    states: dict[str, set[str]] = {}
    for each in channels:
        if each.state != _UNCONFIRMED:
            states.setdefault(each.kind, set()).add(each.state)
    kinds = [Way(kind, RECIPIENT_OF[kind] in allowed, _ACTIVE not in of_kind) for kind, of_kind in states.items()]
    return Ways(channels, kinds)
