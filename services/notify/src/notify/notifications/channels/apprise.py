"""Delivers notifications to chat services and pagers by apprise, for the schemes that an operator lists.

Only schemes that always lead to one vendor can be listed: none that takes a host, a file or a program. The library is
imported with the first such channel, since that takes half a second.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any
from uuid import UUID

from chassis.handler import Rule
from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin
from notify.notifications.channels.channel import Channel, Ended, Field, NoTarget, NotSetUp, Target, Told
from notify.notifications.channels.tools import Tools

KIND = "apprise"
#: what an operator may list: services at an address that the URL cannot change
VENDORS = frozenset({"discord", "pbul", "pover", "prowl", "slack", "spush", "tgram"})
_LONGEST = 500
#: calls at a time: each holds its consent to the end, since the library does not say when it begins
_AT_ONCE = 2
_WITHIN_S = 30.0


class Apprise(Channel):
    """Sends by the library."""

    recipient: Recipient = "webhook"
    field: Field = "url"

    def __init__(self, tools: Tools) -> None:
        if not tools.apprise_schemes:
            raise NotSetUp
        self._schemes = tools.apprise_schemes & VENDORS
        self._places = asyncio.Semaphore(_AT_ONCE)

    def rule(self, told: Told) -> Rule:
        """Returns `give_up`: most services would show a repeated message twice."""
        return "give_up"

    def target(self, given: object) -> Target:
        """Reads a URL. None has parameters, which could turn off checks of certificates."""
        if not isinstance(given, str) or len(given) > _LONGEST or not given.isascii() or not given.isprintable():
            raise NoTarget("must be a URL of apprise")
        scheme, mark, _ = given.partition("://")
        if not mark or scheme.lower() not in self._schemes or any(each in given for each in "?# ,"):
            raise NoTarget(f"must begin with one of {', '.join(sorted(self._schemes))} and have no parameters")
        return {"url": given}

    def key(self, target: Target) -> str:
        """Returns the URL."""
        return target["url"]

    def label(self, target: Target) -> str:
        """Returns the scheme: the rest is a secret."""
        return target["url"].partition(":")[0].lower()

    async def check(self, target: Target, person: UUID) -> None:
        """Lets the library read the URL, which calls nobody."""
        if await asyncio.to_thread(_read, target["url"]) is None:
            raise NoTarget("is no complete URL of that service")

    async def deliver(self, told: Told, target: Target, *, may_begin: MayBegin) -> Ended:
        """Sends it. The library does not tell a refusal from an answer that was lost, so both are `lost`."""
        service = await asyncio.to_thread(_read, target["url"])
        if service is None:
            return Ended("failed", "refused")
        text = told.body if told.link is None else f"{told.body}\n\n{told.link}"
        async with self._places, may_begin():
            try:
                async with asyncio.timeout(_WITHIN_S):
                    sent = await asyncio.to_thread(service.notify, body=text, title=told.title)
            except TimeoutError:
                sent = False
        return Ended("sent") if sent else Ended("lost", "unknown-outcome")


def _read(url: str) -> Any:
    """Returns the library's object for a URL; None if it cannot read it."""
    return import_module("notify.notifications.channels.apprise_urls").read(url)
