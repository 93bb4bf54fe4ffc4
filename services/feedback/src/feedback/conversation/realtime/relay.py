"""Does what a session decides: passes events between a client and a provider, and lives on while either is lost."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from chassis.errors import DependencyDown
from chassis.observe import metrics
from chassis.privacy.outside import NotAllowed
from chassis.web.stream import StreamEnded, StreamSocket
from feedback.conversation.realtime import own_events
from feedback.conversation.realtime.actions import (
    Action,
    Asks,
    Close,
    HangUp,
    Reconnect,
    Record,
    ToClient,
    ToProvider,
)
from feedback.conversation.realtime.provider import Connection
from feedback.conversation.realtime.resume import KEPT_S
from feedback.conversation.realtime.session import Session
from feedback.models.errors import Kind, ProviderError

#: seconds before each try to connect again
RECONNECTS_S = (0.2, 1.0, 3.0)
#: characters of events kept for a client that is lost; with more of them there is nothing to go on with
MISSED_CHARACTERS = 8 * 1024 * 1024
#: seconds for the last words to a client that may not read
_LAST_WORDS_S = 1.0
#: seconds that a client may leave unread what it is sent; then it is lost
_UNREAD_S = 20.0
#: seconds between two looks at the time, and at the consent
_LOOK_S, _CONSENT_S = 1.0, 5.0

#: kinds of errors after which connecting again helps nobody, with the closes that say so
_FINAL: Mapping[Kind, int] = {"key_refused": own_events.KEY_REFUSED, "quota": own_events.BUDGET}

#: opens another connection to the same provider. Raises `ProviderError`, or what says that nothing may go there
Connect = Callable[[], Awaitable[Connection]]
#: records a turn, with what was said and answered
RecordTurn = Callable[[Record], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ways:
    """Holds how a relay reaches what is around it."""

    connect: Connect
    record: RecordTurn
    #: tells whether the person still agrees that the provider hears them
    may_go_on: Callable[[], Awaitable[bool]]
    #: settles what the session has cost, once it is over
    settle: Callable[[Session], Awaitable[None]]
    #: set when the process stops
    stopping: asyncio.Event
    clock: Callable[[], float] = time.monotonic
    reconnects: tuple[float, ...] = RECONNECTS_S


class Relay:
    """Relays one session. It runs as a task of its own, while clients come and go."""

    def __init__(self, session: Session, provider: Connection, ways: Ways) -> None:
        self.session = session
        self.word = ""
        self._provider = provider
        self._ways = ways
        self._peer: StreamSocket | None = None
        self._lost_at: float | None = None
        #: events that its client has not had yet; while they are sent new ones wait behind them
        self._missed: deque[str] = deque()
        self._is_catching_up = False
        self._connected = asyncio.Event()
        self._connected.set()
        self._over = asyncio.Event()

    @property
    def now(self) -> float:
        """Returns the time of its clock."""
        return self._ways.clock()

    @property
    def is_over(self) -> bool:
        """Tells whether the session has ended."""
        return self.session.is_over

    async def run(self) -> None:
        """Relays until the session is over, whatever becomes of its clients."""
        began = self.now
        with metrics.REALTIME_SESSIONS.track_inprogress():
            tasks = [asyncio.create_task(each) for each in (self._listen(), self._watch(), self._over.wait())]
            stopping = asyncio.create_task(self._ways.stopping.wait())
            try:
                await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
                code = own_events.GOING_AWAY if stopping.done() else own_events.PROVIDER_GONE
                await self.perform(self.session.over(self.now, code))
            finally:
                for task in (*tasks, stopping):
                    task.cancel()
                results = await asyncio.gather(*tasks, stopping, return_exceptions=True)
                await self._provider.close()
                metrics.REALTIME_SECONDS.inc(self.now - began)
                await self._ways.settle(self.session)
        for error in results:
            if isinstance(error, Exception):
                raise error

    async def attach(self, peer: StreamSocket, first: Iterable[Action]) -> None:
        """Takes a client, which is told the `first` events, then what was missed, then everything from now on."""
        self._missed.extendleft(reversed([action.text for action in first if isinstance(action, ToClient)]))
        self._peer, self._lost_at, self._is_catching_up = peer, None, True
        try:
            while self._missed and self._peer is peer:
                await self._send(peer, self._missed.popleft())
        finally:
            self._is_catching_up = False

    def lose(self, peer: StreamSocket) -> None:
        """Notes that a client is lost, if it has no successor yet; one may come within a minute."""
        if self._peer is peer:
            self._peer, self._lost_at = None, self.now

    async def end(self) -> None:
        """Ends the session of a client that is done, or goes on with another one."""
        self._peer = None
        await self.perform(self.session.over(self.now, own_events.GOING_AWAY))

    async def from_client(self, text: str) -> list[Action]:
        """Takes an event of the client, and returns what is not for this relay to do."""
        actions = self.session.from_client(text, self.now)
        await self.perform(actions)
        return actions

    async def perform(self, actions: Iterable[Action]) -> None:
        """Does what was decided, in order. It waits for a provider that is being connected again."""
        for action in actions:
            match action:
                case ToProvider(text):
                    await self._connected.wait()
                    await self._provider.send(text)
                case Asks(command):
                    await self._provider.ask(command)
                case ToClient(text):
                    await self._tell(text)
                case Record():
                    self._ways.record(action)
                case Reconnect():
                    await self._provider.close()
                case HangUp():
                    await self._provider.close()
                    self._connected.set()
                case Close(code):
                    await self._close(code)

    async def _tell(self, text: str) -> None:
        if self._peer is not None and not self._is_catching_up:
            await self._send(self._peer, text)
            return
        self._missed.append(text)
        if sum(map(len, self._missed)) > MISSED_CHARACTERS and not self.is_over:
            self._missed.clear()
            await self.perform(self.session.over(self.now, own_events.GOING_AWAY))

    async def _send(self, peer: StreamSocket, text: str) -> None:
        try:
            async with asyncio.timeout(_LAST_WORDS_S if self.is_over else _UNREAD_S):
                await peer.send(text)
        except StreamEnded:
            pass  # whoever reads from the client hears of it, too
        except TimeoutError:
            if not self.is_over:
                self.lose(peer)
                await peer.close(own_events.POLICY)

    async def _close(self, code: int) -> None:
        if self._peer is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_WORDS_S):
                    await self._peer.close(code)
        self._over.set()

    async def _listen(self) -> None:
        """Takes the provider's events; connects again when it is lost."""
        while not self.is_over:
            frame = await self._provider.receive()
            if frame is not None:
                await self.perform(self.session.from_provider(frame, self.now))
            elif not self.is_over:
                await self._reconnect()
        await self._over.wait()

    async def _reconnect(self) -> None:
        code = own_events.KEY_REFUSED if self._provider.refuses_key else own_events.PROVIDER_GONE
        self._connected.clear()
        await self.perform(self.session.provider_lost(self.now))
        for delay in self._ways.reconnects if code == own_events.PROVIDER_GONE else ():
            await asyncio.sleep(delay)
            try:
                self._provider = await self._ways.connect()
            except ProviderError as error:
                if error.kind in _FINAL:
                    code = _FINAL[error.kind]
                    break
                continue
            except NotAllowed:
                code = own_events.POLICY
                break
            except DependencyDown:
                continue
            await self.perform(self.session.replay())
            self._connected.set()
            return
        await self.perform(self.session.over(self.now, code))

    async def _watch(self) -> None:
        """Looks at the time, and now and then at the consent."""
        asked_at = self.now
        while not self.is_over:
            await asyncio.sleep(min(_LOOK_S, max(0.0, self.session.next_tick() - self.now)))
            if self._lost_at is not None and self.now - self._lost_at >= KEPT_S:
                await self.perform(self.session.over(self.now, own_events.GOING_AWAY))
            if self.now - asked_at >= _CONSENT_S:
                asked_at = self.now
                if not await self._ways.may_go_on():
                    await self.perform(self.session.over(self.now, own_events.POLICY))
            await self.perform(self.session.tick(self.now))
        await self._over.wait()
