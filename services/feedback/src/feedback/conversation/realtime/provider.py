"""Describes a provider of spoken conversations, and one connection to it."""

from __future__ import annotations

from typing import Protocol

from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin
from feedback.conversation.realtime.meanings import Command, Frame
from feedback.models.secret import Secret


class Connection(Protocol):
    """Holds one session at a provider."""

    @property
    def refuses_key(self) -> bool:
        """Tells whether the provider has ended it because of the key."""

    async def receive(self) -> Frame | None:
        """Returns the next event, read when it is asked for; None once the connection is gone."""

    async def send(self, text: str) -> None:
        """Sends an event of a client as it is; nothing happens on a connection that is gone."""

    async def ask(self, command: Command) -> None:
        """Asks for something by an event of our own."""

    async def close(self) -> None:
        """Hangs up, within a second."""


class RealtimeProvider(Protocol):
    """Opens sessions at one provider."""

    @property
    def name(self) -> str:
        """Names it in the registry."""

    @property
    def recipient(self) -> Recipient:
        """Names who gets what is said."""

    async def connect(self, model: str, key: Secret, may_begin: MayBegin) -> Connection:
        """Opens a session, once. `may_begin` is open while the first byte is sent.

        Raises `ProviderError`, and what `may_begin` raises.
        """
