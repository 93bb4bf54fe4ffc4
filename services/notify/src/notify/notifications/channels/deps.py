"""Defines the dependencies of the handlers and routes of channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from chassis.handler import Deps
from chassis.privacy.outside import OutsideCalls
from notify.notifications.channels.channel import Channel
from notify.notifications.channels.seal import Sealing
from notify.notifications.channels.store import ChannelStore
from notify.webhooks.turns import Turns

#: calls at a time of one mail server, or of one host that takes notifications
IN_LANE = 8


@dataclass(frozen=True, kw_only=True)
class ChannelDeps(Deps):
    """Holds the channels by kind, what seals where they lead, and what reads and notes outside a unit.

    `lanes` gives each person, and each of what channels call, some calls at a time.
    """

    outside: OutsideCalls
    channels: Mapping[str, Channel]
    sealing: Sealing
    channel_store: ChannelStore
    lanes: Turns = field(default_factory=partial(Turns, to_host=IN_LANE))
