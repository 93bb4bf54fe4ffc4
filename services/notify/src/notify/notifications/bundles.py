"""Puts together what is told together: a digest, and the summary of what quiet hours have held back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from chassis.message.envelope import new_id
from notify.notifications.decide import Notice, Reason, Verdict
from notify.notifications.ground import Ground
from notify.notifications.notification import Telling

#: more than so many that are held until one moment become one
ALONE_AT_MOST = 3
_DIGEST: Literal["digest"] = "digest"


class Judged(NamedTuple):
    """Holds what has waited, with what is decided on it."""

    row: Row[Any]
    verdict: Verdict


class Bundle(NamedTuple):
    """Holds what is told as one, and of what it consists. `reason`: what becomes of each of these alone."""

    telling: Telling
    members: Sequence[Judged]
    reason: Reason


def bundles_of(ground: Ground, judged: Sequence[Judged]) -> list[Bundle]:
    """Returns what of that which is due goes out together; only what is still to go out counts."""
    digests: defaultdict[UUID, list[Judged]] = defaultdict(list)
    summaries: defaultdict[tuple[UUID, datetime], list[Judged]] = defaultdict(list)
    for each in judged:
        row, wanted = each.row, ground.people[each.row.person_id].wanted
        if row.state != "deferred" or each.verdict.choice != "send" or not wanted.of(_DIGEST).enabled:
            continue
        if row.held == _DIGEST and wanted.digest is not None:
            digests[row.person_id].append(each)
        else:
            summaries[row.person_id, row.deliver_at].append(each)
    found = [_bundle(person, "Your digest", _DIGEST, members, _DIGEST) for person, members in digests.items()]
    for (person, _), members in summaries.items():
        if len(members) > ALONE_AT_MOST:
            found.append(_bundle(person, f"{len(members)} notifications", "summary", members, "superseded"))
    return found


def _bundle(person: UUID, title: str, name: str, members: Sequence[Judged], reason: Reason) -> Bundle:
    until: datetime = max(each.row.deliver_at for each in members)
    body = "\n".join(f"– {each.row.title}" for each in members)
    telling = Telling(new_id(), person, Notice(_DIGEST), title, body, key=f"{name}/{until.isoformat()}")
    return Bundle(telling, members, reason)
