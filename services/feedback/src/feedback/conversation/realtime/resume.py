"""Gives out words by which a client takes up the session that it has lost, once and within a minute."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

#: seconds that a session is kept for a client that is lost
KEPT_S = 60.0

S = TypeVar("S")


@dataclass(slots=True)
class _Given(Generic[S]):
    session: S
    person: UUID | None
    lost_at: float | None = None


class ResumeWords(Generic[S]):
    """Holds the words of this replica's sessions. A word is good for one time, and only for the same person."""

    def __init__(self, new_word: Callable[[], str] = lambda: secrets.token_urlsafe(24)) -> None:
        self._new_word = new_word
        self._given: dict[str, _Given[S]] = {}

    def give(self, session: S, person: UUID | None) -> str:
        """Returns a word for a session; None is whoever pays with a key of their own."""
        word = self._new_word()
        self._given[word] = _Given(session, person)
        return word

    def lose(self, word: str, now: float) -> None:
        """Notes that the client of a session is lost: its word is good from now on."""
        if word in self._given:
            self._given[word].lost_at = now

    def take(self, word: str, person: UUID | None, now: float) -> S | None:
        """Returns the session of a word, which is used up by that; None for a wrong, early, late or used word."""
        given = self._given.get(word)
        if given is None or given.lost_at is None or given.person != person:
            return None
        del self._given[word]
        return given.session if now - given.lost_at < KEPT_S else None

    def waits(self, person: UUID, now: float) -> bool:
        """Tells whether a session of a person waits for its client."""
        given = [each for each in self._given.values() if each.person == person and each.lost_at is not None]
        return any(now - each.lost_at < KEPT_S for each in given if each.lost_at is not None)

    def unused(self) -> str:
        """Returns a word of no session."""
        return self._new_word()

    def forget(self, word: str) -> None:
        """Drops the word of a session that has ended."""
        self._given.pop(word, None)
