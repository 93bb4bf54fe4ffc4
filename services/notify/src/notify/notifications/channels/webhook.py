"""Delivers notifications to a URL of the person's own, signed as webhooks are (Standard Webhooks 1.0)."""

from __future__ import annotations

import json
from uuid import UUID

from chassis.handler import Rule
from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin
from notify.notifications.channels.channel import Channel, Ended, Field, NoTarget, NotSetUp, Target, Told
from notify.notifications.channels.tools import Tools
from notify.webhooks.client import Failed, host_of
from notify.webhooks.ssrf import NotAsked, Refused, Unresolved
from notify.webhooks.webhook import web_address

KIND = "webhook"
_LONGEST = 2000
_GONE = 410
#: answers that ask for another try: a time that ran out, too early, too many
_LATER = (408, 425, 429)


class Webhook(Channel):
    """Calls URLs."""

    recipient: Recipient = "webhook"
    field: Field = "url"
    is_own = True

    def __init__(self, tools: Tools) -> None:
        if tools.webhooks is None or tools.lookup is None:
            raise NotSetUp
        self._client, self._lookup = tools.webhooks, tools.lookup

    def rule(self, told: Told) -> Rule:
        """Returns `resend`: the receiver knows a repeated call by its id."""
        return "resend"

    def target(self, given: object) -> Target:
        """Reads a URL."""
        try:
            if not isinstance(given, str) or len(given) > _LONGEST:
                raise ValueError("must be an https:// address")
            return {"url": web_address(given)}
        except ValueError as error:
            raise NoTarget(str(error)) from None

    def key(self, target: Target) -> str:
        """Returns the URL."""
        return target["url"]

    def label(self, target: Target) -> str:
        """Returns the host alone: a path may be a secret."""
        return host_of(target["url"]).rpartition(":")[0]

    def lane(self, target: Target) -> str:
        """Returns the host."""
        return host_of(target["url"])

    def secret(self, channel: UUID) -> str | None:
        """Returns the key of the signatures."""
        return self._client.secret(channel)

    async def check(self, target: Target, person: UUID) -> None:
        """Resolves the host."""
        try:
            await self._client.check(target["url"], self._lookup(person))
        except NotAsked:
            raise
        except (Refused, Unresolved) as error:
            raise NoTarget(str(error)) from None

    async def deliver(self, told: Told, target: Target, *, may_begin: MayBegin) -> Ended:
        """Calls the URL; what its owner answers with 2xx has surely arrived."""
        shown = {"type": "notification", "timestamp": told.payload()["at"], "data": told.payload()}
        body = json.dumps(shown, separators=(",", ":")).encode()
        headers = self._client.signed(told.channel_id, f"msg_{told.delivery_id.hex}", body)
        answer = await self._client.post(target["url"], headers, body, may_begin=may_begin)
        if 200 <= answer.status < 300:
            return Ended("confirmed")
        if answer.status == _GONE:
            return Ended("gone", "channel-gone")
        if 300 <= answer.status < 500 and answer.status not in _LATER:
            return Ended("refused", "refused")
        raise Failed(f"answered with {answer.status}")
