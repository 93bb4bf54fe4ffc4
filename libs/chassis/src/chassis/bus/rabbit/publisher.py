"""Publishes over one channel: all messages of one turn of the event loop go out in one write, without a task each.

`Channel.basic_publish` of the library takes a lock, two timeouts and a task of the caller for each message. This class
keeps those books directly, because nothing else publishes on this channel.
"""

from __future__ import annotations

import asyncio
import logging
from uuid import uuid4

from aiormq import spec
from aiormq.abc import ChannelFrame
from aiormq.channel import Channel as RawChannel
from aiormq.exceptions import DeliveryError, PublishError

from chassis.bus.base import Outcome, Outgoing
from chassis.bus.rabbit import frames
from chassis.bus.rabbit.channels import SupervisedChannel, SupervisedConnection

log = logging.getLogger(__name__)

#: a memory or disk alarm blocks publishers silently, so no publish waits longer than this, in seconds
PUBLISH_TIMEOUT = 5.0
#: seconds: RabbitMQ 3.10 refuses publishes over a channel that has met a full queue also after the limit was removed
#: (rabbitmq-server #12206). So a refusal over a channel older than this opens another channel
DOUBT_AFTER = 20.0
#: seconds until the next try while the library's queue to the socket is full
_WRITE_AGAIN = 0.01

_Confirmation = asyncio.Future[spec.Basic.Ack]


class Publisher(SupervisedChannel):
    """Publishes with confirms, and returns the outcome of each publish."""

    def __init__(self, connection: SupervisedConnection, what: str, doubt_after: float = DOUBT_AFTER) -> None:
        super().__init__(connection, what, confirms=True)
        self._doubt_after = doubt_after
        self._loop = asyncio.get_running_loop()
        self._attempt_prefix = uuid4().hex[:12]
        self._attempts = 0
        self._unwritten: list[bytes] = []
        self._unconfirmed: set[_Confirmation] = set()

    def publish(self, outgoing: Outgoing) -> asyncio.Future[Outcome]:
        """See `Bus.publish`. `UNKNOWN` after `PUBLISH_TIMEOUT`, and at once while there is no connection."""
        outcome: asyncio.Future[Outcome] = self._loop.create_future()
        raw = self.raw
        if raw is None or raw.is_closed:
            # not in this turn, so that a caller who tries again and again does not keep the loop from reconnecting
            self._loop.call_soon(_end, outcome, Outcome.UNKNOWN)
            return outcome
        self._attempts += 1
        # new for each attempt: by this id the library finds the publish of a returned message
        message_id = f"{self._attempt_prefix}-{self._attempts}"
        try:
            payload = frames.publish(
                raw.number,
                outgoing.exchange,
                outgoing.key,
                outgoing.headers,
                message_id,
                outgoing.body,
                raw.max_content_size,
            )
        except Exception as error:
            log.warning("publish of %s: %r", outgoing.id, error)
            self._loop.call_soon(_end, outcome, Outcome.UNKNOWN)
            return outcome
        if not self._unwritten:
            self._loop.call_soon(self._write)
        self._unwritten.append(payload)
        self._expect(raw, message_id, outcome)
        return outcome

    def _expect(self, raw: RawChannel, message_id: str, outcome: asyncio.Future[Outcome]) -> None:
        """Registers the expected confirm, as `Channel.basic_publish` does: the broker counts publishes from 1."""
        confirmation: _Confirmation = self._loop.create_future()
        raw.delivery_tag += 1
        raw.confirmations[raw.delivery_tag] = confirmation
        raw.message_id_delivery_tag[message_id] = raw.delivery_tag
        self._unconfirmed.add(confirmation)
        timeout = self._loop.call_later(PUBLISH_TIMEOUT, confirmation.cancel)

        def on_end(confirmation: _Confirmation) -> None:
            timeout.cancel()
            self._unconfirmed.discard(confirmation)
            raw.message_id_delivery_tag.pop(message_id, None)
            came = _outcome(confirmation)
            if came is Outcome.REFUSED:
                self.renew(self._doubt_after)
            _end(outcome, came)

        confirmation.add_done_callback(on_end)

    def _write(self) -> None:
        """Writes to the socket. If the channel is lost meanwhile, the messages end as `UNKNOWN` soon."""
        if self.raw is None or self.raw.is_closed or not self._unwritten:
            return
        try:
            self.raw.write_queue.put_nowait(ChannelFrame(b"".join(self._unwritten), should_close=False))
        except asyncio.QueueFull:
            self._loop.call_later(_WRITE_AGAIN, self._write)
            return
        self._unwritten.clear()

    def _released(self) -> None:
        """Ends every unconfirmed publish of the old channel as `UNKNOWN`: its message may have arrived or not."""
        self._unwritten.clear()
        for confirmation in tuple(self._unconfirmed):
            confirmation.cancel()


def _outcome(confirmation: _Confirmation) -> Outcome:
    if confirmation.cancelled():  # timeout, or the channel is lost
        return Outcome.UNKNOWN
    error = confirmation.exception()
    if error is None:
        return Outcome.CONFIRMED
    if isinstance(error, PublishError):
        return Outcome.RETURNED
    return Outcome.REFUSED if isinstance(error, DeliveryError) else Outcome.UNKNOWN


def _end(publish: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not publish.done():  # the caller may have cancelled it
        publish.set_result(outcome)
