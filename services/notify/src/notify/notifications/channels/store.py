"""Reads and writes the channels of people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Rows
from chassis.storage.database import Database
from chassis.storage.person_lock import lock_people
from chassis.storage.tables import among
from chassis.web.listing import Sorts
from notify.notifications.channels.tables import channels, deliveries

SORTS: Sorts = {"id": channels.c.id}
#: channels that one person may have
MOST = 20
#: refusals in a row after which a channel is failing, and is not used until a test has reached it
FAILING_AFTER = 3
#: guesses of one code, and how long it is good for
GUESSES, CODE_LIVES = 5, timedelta(minutes=30)
_OF = channels.c


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """Names a channel of a person."""

    id: UUID
    kind: str
    state: str


@dataclass(frozen=True, slots=True)
class NewChannel:
    """Holds what is stored of a channel. `fingerprints`: its own, and those by which it may be there already."""

    id: UUID
    person_id: UUID
    kind: str
    label: str
    state: str
    target: bytes
    fingerprints: Sequence[bytes]
    account_at: datetime | None = None
    devices: Sequence[bytes] = ()


async def of_people(
    rows: Rows, person_ids: Collection[UUID], *, every: bool = False
) -> Mapping[UUID, Sequence[ChannelRef]]:
    """Returns the active channels of each of some people, or `every` one, oldest first."""
    wanted = sa.select(_OF.person_id, _OF.id, _OF.kind, _OF.state).where(among(_OF.person_id, person_ids))
    if not every:
        wanted = wanted.where(_OF.state == "active")
    found: defaultdict[UUID, list[ChannelRef]] = defaultdict(list)
    for row in await rows.execute(wanted.order_by(_OF.id)):
        found[row.person_id].append(ChannelRef(row.id, row.kind, row.state))
    return found


def of_person(person_id: UUID) -> sa.Select[Any]:
    """Selects the channels of a person."""
    return sa.select(channels).where(_OF.person_id == person_id)


async def read(rows: Rows, channel_id: UUID, person_id: UUID) -> Row[Any] | None:
    """Reads a channel of a person. None if the person has no such channel."""
    return (await rows.execute(of_person(person_id).where(_OF.id == channel_id))).first()


async def find(rows: Rows, person_id: UUID, fingerprints: Sequence[bytes]) -> Row[Any] | None:
    """Finds a person's channel that leads to a target, and locks the person: nobody else adds one meanwhile."""
    await lock_people(rows, [person_id])
    return (await rows.execute(of_person(person_id).where(_OF.fingerprint.in_(fingerprints)))).first()


async def add(rows: Rows, new: NewChannel) -> bool:
    """Stores a channel of a person who is locked. False when the person has `MOST` of them already."""
    own = sa.select(sa.func.count()).select_from(channels).where(_OF.person_id == new.person_id, ~_OF.own)
    if (await rows.execute(own)).scalar_one() >= MOST:
        return False
    await rows.execute(insert(channels).values(_values(new)).on_conflict_do_nothing())
    return True


async def take_device(rows: Rows, person_id: UUID, devices: Sequence[bytes]) -> None:
    """Ends the channels by which others were told on a device: what it shows is for whoever subscribed there last."""
    await lock_people(rows, [UUID(bytes=devices[0][:16])])  # no two people take it at once
    others = sa.and_(_OF.device.in_(devices), _OF.person_id != person_id)
    await rows.execute(sa.update(channels).where(others).values(state="gone"))


async def codes_sent(rows: Rows, person_id: UUID, addressee: Sequence[bytes]) -> int:
    """Counts the codes of the last hour that a person has caused, or that anybody has to an address, if that is more.

    `addressee`: by what the address is known whoever names it. The person is locked; another one's code at this moment
    may not be counted yet.
    """
    hour = deliveries.c.created_at > sa.func.now() - sa.text("interval '1 hour'")
    of_codes = sa.select(sa.func.count()).where(deliveries.c.purpose == "code", hour)
    mine = of_codes.where(deliveries.c.person_id == person_id).scalar_subquery()
    there = of_codes.where(deliveries.c.addressee.in_(addressee)).scalar_subquery()
    found: int = (await rows.execute(sa.select(sa.func.greatest(mine, there)))).scalar_one()
    return found


async def use_again(rows: Rows, channel_id: UUID, state: str, new: NewChannel, target: bytes) -> None:
    """Takes a channel into use as its person has just given it once more; `target` is sealed for that channel."""
    changed = {"state": state, "failures": 0, "target": target, "device": next(iter(new.devices), None)}
    await rows.execute(sa.update(channels).where(_OF.id == channel_id).values(changed))


async def delete(rows: Rows, channel_id: UUID, person_id: UUID) -> bool:
    """Deletes a channel of a person, but for the account's own address. False when there is none."""
    gone = sa.delete(channels).where(_OF.id == channel_id, _OF.person_id == person_id, ~_OF.own)
    return (await rows.execute(gone.returning(_OF.id))).first() is not None


async def end(rows: Rows, channel_id: UUID) -> None:
    """Ends a channel from outside, until its person wants it again."""
    await rows.execute(sa.update(channels).where(_OF.id == channel_id).values(state="gone"))


async def begin_code(rows: Rows, channel_id: UUID) -> None:
    """Begins a new code; the one before holds no more."""
    values = {"code_round": _OF.code_round + 1, "code_tries": 0, "code_until": sa.func.now() + CODE_LIVES}
    await rows.execute(sa.update(channels).where(_OF.id == channel_id).values(values))


async def confirm(rows: Rows, channel_id: UUID) -> None:
    """Takes an address into use whose code was given."""
    values = {"state": "active", "failures": 0, "code_until": None}
    await rows.execute(sa.update(channels).where(_OF.id == channel_id).values(values))


async def note_ok(rows: Rows, channel_id: UUID) -> None:
    """Notes that a channel was reached, which ends a time of failing."""
    state = sa.case((_OF.state == "failing", "active"), else_=_OF.state)
    values = {"state": state, "failures": 0, "last_ok_at": sa.func.now()}
    await rows.execute(sa.update(channels).where(_OF.id == channel_id).values(values))


async def note_refusal(rows: Rows, channel_id: UUID) -> None:
    """Notes that a channel was refused for good; after some in a row it is failing."""
    failing = sa.and_(_OF.state == "active", _OF.failures + 1 >= FAILING_AFTER)
    values = {"failures": _OF.failures + 1, "state": sa.case((failing, "failing"), else_=_OF.state)}
    await rows.execute(sa.update(channels).where(_OF.id == channel_id).values(values))


async def follow_account(rows: Rows, person_id: UUID, at: datetime, new: NewChannel | None) -> None:
    """Keeps the account's own address as a channel; None: the account has none, or it is not verified.

    What is older than what stands there changes nothing. The person is locked.
    """
    stands = (await rows.execute(of_person(person_id).where(_OF.own))).first()
    if stands is not None and stands.account_at >= at:
        return
    if stands is not None and new is not None and stands.fingerprint in new.fingerprints:
        await rows.execute(sa.update(channels).where(_OF.id == stands.id).values(account_at=at))
        return
    if stands is not None:
        await rows.execute(sa.delete(channels).where(_OF.id == stands.id))
    if new is not None:  # it may have been another address before, with a code
        same = sa.delete(channels).where(_OF.person_id == person_id, _OF.fingerprint.in_(new.fingerprints))
        await rows.execute(same)
        await rows.execute(insert(channels).values(own=True, **_values(new)))


@dataclass(frozen=True, slots=True)
class ChannelStore:
    """Counts guesses of codes, also those whose request is refused."""

    database: Database

    async def guess(self, channel_id: UUID, person_id: UUID) -> int | None:
        """Counts one guess, and returns which code is good; None for one too many, too late, or of no channel."""
        statement = (
            sa.update(channels)
            .where(
                _OF.id == channel_id,
                _OF.person_id == person_id,
                _OF.code_tries < GUESSES,
                _OF.code_until > sa.func.now(),
            )
            .values(code_tries=_OF.code_tries + 1)
            .returning(_OF.code_round)
        )
        async with self.database.transaction() as tx:
            found: int | None = (await tx.execute(statement)).scalar_one_or_none()
        return found


def _values(new: NewChannel) -> dict[str, Any]:
    return {
        "id": new.id,
        "person_id": new.person_id,
        "kind": new.kind,
        "label": new.label,
        "state": new.state,
        "target": new.target,
        "fingerprint": new.fingerprints[0],
        "device": next(iter(new.devices), None),
        "account_at": new.account_at,
    }
