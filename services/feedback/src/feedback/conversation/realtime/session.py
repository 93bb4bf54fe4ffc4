"""Decides what follows from each event of a session, from the passing of time, and from the loss of a side.

It is pure: the present time comes in with each call (seconds of any clock that only goes forward), and what is to be
done comes out, in order. `relay` does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.observe import metrics
from feedback.conversation.realtime import own_events
from feedback.conversation.realtime.actions import (
    Action,
    Asks,
    Close,
    HangUp,
    Reconnect,
    Record,
    TakeUp,
    ToClient,
    ToProvider,
)
from feedback.conversation.realtime.allowed import Refused, read
from feedback.conversation.realtime.kept import Kept
from feedback.conversation.realtime.limits import IDLE_S, Limits, Meter, Prices, Reached
from feedback.conversation.realtime.meanings import (
    AnswerBegan,
    AnswerDone,
    Appends,
    AsksAnswer,
    AudioMade,
    Configure,
    Configures,
    Create,
    Cuts,
    Delete,
    Frame,
    ItemGone,
    ItemIs,
    KeyRefused,
    MoneySpent,
    Played,
    ProviderMeaning,
    Resumes,
    SessionExpired,
    SessionIs,
    SpeechStarted,
    SpeechStopped,
    Truncate,
    Turn,
    Usage,
    UserSaid,
    WordsMade,
)
from feedback.conversation.realtime.pace import Pace
from feedback.conversation.realtime.playback import Playback
from feedback.conversation.realtime.turns import Turns

#: bytes of a second of audio where nobody says otherwise: 16 bits, 24 kHz, one channel
PCM_RATE = 48_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """Holds on which terms a session takes place. `is_ours`: whether we pay."""

    id: str
    model: str
    limits: Limits
    prices: Prices
    is_ours: bool
    notices: list[dict[str, Any]] = field(default_factory=list)


class Session:
    """Holds the state of one session."""

    def __init__(self, terms: Terms, now: float) -> None:
        self.terms = terms
        self.kept = Kept()
        self.meter = Meter(terms.limits, terms.prices, now)
        self.is_over = False
        self._pace = Pace(now)
        self._playback = Playback()
        self._turns = Turns()
        self._active_at = now
        self._settings: dict[str, Any] = {}
        self._audio = SessionIs(PCM_RATE, PCM_RATE, interrupts=True)
        #: what the provider will say to a replay, which the client need not hear: settings, and items
        self._hushed_settings = 0
        self._hushed: frozenset[str] = frozenset()

    def opened(self, word: str) -> list[Action]:
        """Returns the first event; `word` resumes the session."""
        terms = self.terms
        return [ToClient(own_events.session(terms.id, word, terms.limits, terms.model, terms.notices))]

    def from_client(self, text: str, now: float) -> list[Action]:
        """Takes an event of the client."""
        if self.is_over:
            return []
        self._active_at = now
        if not self._pace.event(now):
            return self._too_fast("Send at most 100 events a second.", now)
        try:
            meaning = read(text, self.terms.limits.tokens, is_ours=self.terms.is_ours)
        except Refused as refusal:
            return [ToClient(own_events.error(refusal.code, str(refusal)))]
        match meaning:
            case Played(item, ms):
                self._playback.played(item, ms)
                return []
            case Resumes(word):
                return [TakeUp(word)]
            case Appends(size):
                return self._appended(text, size * 1000 / self._audio.input_rate, now)
            case Cuts(item, ms):
                cut = self._playback.cut(item, ms)
                if cut is None:
                    return []
                self.kept.cut(item, cut.part)
                if cut.is_text:
                    return []
            case Configures(session):
                self._settings = _merged(self._settings, session)
            case AsksAnswer():
                self._turns.asked(now)
        return [ToProvider(text)]

    def from_provider(self, frame: Frame, now: float) -> list[Action]:
        """Takes an event of the provider."""
        if self.is_over:
            return []
        self._active_at = now
        if frame.meaning is None:
            return [ToClient(frame.text)]
        if self._is_hushed(frame.meaning):
            return []
        return self._take(frame, frame.meaning, now)

    def _take(self, frame: Frame, meaning: ProviderMeaning, now: float) -> list[Action]:
        passed: list[Action] = [ToClient(frame.text)]
        match meaning:
            case KeyRefused():
                return self.over(now, own_events.KEY_REFUSED, *passed)
            case MoneySpent():
                return self.over(now, own_events.BUDGET, *passed)
            case SessionExpired():
                return [Reconnect()]
            case SpeechStarted():
                return [*passed, *self._interrupted(now)]
            case AnswerBegan():
                self.meter.answer_began()
                return [*self._records(self._turns.began(now)), *passed]
            case AnswerDone(usage):
                return [*passed, *self._settled(usage, now), *self._checked(now)]
            case AudioMade(item, index, size):
                ms = size * 1000 / self._audio.output_rate
                self._playback.made(item, index, ms, now)
                self.meter.spoken(ms)
                self._turns.made(now)
                return [*passed, *self._checked(now)]
            case SpeechStopped():
                self._turns.asked(now)
            case SessionIs():
                self._audio = meaning
            case WordsMade() | UserSaid() | ItemIs() | ItemGone():
                self._keep(meaning, now)
        return passed

    def tick(self, now: float) -> list[Action]:
        """Takes the passing of time."""
        if self.is_over:
            return []
        if now - self._active_at >= IDLE_S:
            return self.over(now, own_events.IDLE)
        return self._checked(now)

    def next_tick(self) -> float:
        """Returns when time alone will have an effect next."""
        return min(self._active_at + IDLE_S, self.meter.next_at())

    def over(self, now: float, code: int, *before: Action) -> list[Action]:
        """Ends the session: the provider is hung up before the client hears of it."""
        if self.is_over:
            return []
        ended = self._ended(now)
        self.is_over = True
        return [HangUp(), *ended, *before, Close(code)]

    def provider_lost(self, now: float) -> list[Action]:
        """Notes that the provider is gone: what it was saying is complete as it is."""
        return self._ended(now)

    def replay(self) -> list[Action]:
        """Returns what tells a new connection of the provider all that was said, once, and then the client."""
        items = self.kept.items()
        self._playback.lose_audio()
        self._hushed_settings = 2 if self._settings else 1
        self._hushed |= {item.id for item in items}
        settings: list[Action] = [Asks(Configure(self._settings))] if self._settings else []
        told = [Asks(Create(item)) for item in items]
        return [*settings, *told, ToClient(own_events.resumed(len(items), "relay"))]

    def taken_up(self, word: str, now: float) -> list[Action]:
        """Returns what tells a client that it goes on with this session; `word` is the next one."""
        self._active_at, self._pace = now, Pace(now)
        return [*self.opened(word), ToClient(own_events.resumed(len(self.kept.items()), "client"))]

    def _appended(self, text: str, ms: float, now: float) -> list[Action]:
        if not self._pace.audio(ms, now):
            return self._too_fast("Send audio at most twice as fast as it is spoken.", now)
        self.meter.heard(ms)
        return [ToProvider(text), *self._checked(now)]

    def _too_fast(self, message: str, now: float) -> list[Action]:
        refusal = ToClient(own_events.error("rate_limited", message))
        return self.over(now, own_events.POLICY, refusal) if self._pace.is_hopeless else [refusal]

    def _interrupted(self, now: float) -> list[Action]:
        """Cuts what has not been heard, if the client lets speech interrupt an answer."""
        if not self._audio.interrupts:
            return []
        done: list[Action] = []
        for cut in self._playback.interrupt(now):
            metrics.REALTIME_BARGE_INS.inc()
            done.append(ToClient(own_events.stop(cut.item)))
            if cut.ms > 0:
                self.kept.cut(cut.item, cut.part)
            else:
                self.kept.drop(cut.item)
            if not cut.is_text:
                done.append(Asks(Truncate(cut.item, cut.index, cut.ms) if cut.ms > 0 else Delete(cut.item)))
            done += self._records(self._turns.interrupted(cut.ms, now))
        return done

    def _settled(self, usage: Usage | None, now: float) -> list[Action]:
        counted = self.meter.answer_estimate if usage is None else usage
        self.meter.settle(counted, reported=usage is not None)
        cost = self.meter.cost_of(counted)
        return self._records(self._turns.done(now, counted, cost, estimated=usage is None))

    def _ended(self, now: float) -> list[Action]:
        settled = self._settled(None, now) if self._turns.is_answering else []
        return [*settled, *self._records(self._turns.end(now))]

    def _records(self, turns: list[Turn]) -> list[Action]:
        """Returns what records a turn, with what was said in it: nobody but a session's own rows ever gets that."""
        return [Record(turn, *self.kept.tell()) for turn in turns]

    def _checked(self, now: float) -> list[Action]:
        told: list[Action] = []
        for word in self.meter.check(now):
            if isinstance(word, Reached):
                metrics.REALTIME_LIMITS.labels(word.limit).inc()
                return self.over(now, own_events.LIMIT, ToClient(own_events.limit(word.limit)))
            told.append(ToClient(own_events.warning(word)))
        return told

    def _keep(self, meaning: WordsMade | UserSaid | ItemIs | ItemGone, now: float) -> None:
        match meaning:
            case WordsMade(item, text, whole):
                self._turns.made(now)
                self.kept.say(item, text, whole=whole)
            case UserSaid(item, text):
                self.kept.say(item, text, whole=True)
            case ItemIs(item, previous, role, text):
                if role is not None:
                    self.kept.put(item, previous, role, text)
            case ItemGone(item):
                self.kept.drop(item)

    def _is_hushed(self, meaning: ProviderMeaning) -> bool:
        if isinstance(meaning, SessionIs) and self._hushed_settings:
            self._hushed_settings -= 1
            self._audio = meaning
            return True
        return isinstance(meaning, ItemIs) and meaning.id in self._hushed


def _merged(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns settings with changes, which name only what changes, also deep inside."""
    merged = dict(settings)
    for name, value in changes.items():
        before = merged.get(name)
        is_deep = isinstance(before, Mapping) and isinstance(value, Mapping)
        merged[name] = _merged(before, value) if is_deep else value  # type: ignore[arg-type]
    return merged
