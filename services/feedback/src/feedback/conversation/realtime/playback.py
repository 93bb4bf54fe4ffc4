"""Knows what of the answers was heard, by what the client says that it has played, and what an interruption cuts.

Audio is made faster than it is heard. Neither the bytes that were sent nor the time that has passed say what was heard.
"""

from __future__ import annotations

from dataclasses import dataclass

#: answers that are remembered; older ones were heard or cut long ago
_MOST = 64


@dataclass(frozen=True, slots=True)
class Interruption:
    """Says that an answer was interrupted `ms` milliseconds into its audio; `part` of it was heard, 0 to 1.

    `is_text`: the provider has it only as text any more, so that there is nothing to shorten there.
    """

    item: str
    index: int
    ms: int
    part: float
    is_text: bool = False


@dataclass(slots=True)
class _Answer:
    index: int
    began: float
    made: float = 0.0
    played: int = 0
    is_cut: bool = False
    is_text: bool = False


class Playback:
    """Follows the answers of one session."""

    def __init__(self) -> None:
        self._answers: dict[str, _Answer] = {}
        #: whether the client says what it plays; some never do
        self._reports = False

    def made(self, item: str, index: int, ms: float, now: float) -> None:
        """Notes audio that was made of an answer."""
        if ms <= 0:
            return
        if item not in self._answers and len(self._answers) >= _MOST:
            del self._answers[next(iter(self._answers))]
        self._answers.setdefault(item, _Answer(index, now)).made += ms

    def played(self, item: str, ms: int) -> None:
        """Notes what the client has played of an answer, of which never more can have been than was made."""
        self._reports = True
        answer = self._answers.get(item)
        if answer is not None:
            answer.played = min(ms, int(answer.made))

    def cut(self, item: str, ms: int) -> Interruption | None:
        """Notes that the client itself shortens an answer. None: it was cut before.

        Of an answer whose audio nobody has seen here all is left.
        """
        answer = self._answers.get(item)
        if answer is None:
            return Interruption(item, 0, ms, 1.0)
        if answer.is_cut:
            return None
        answer.is_cut = True
        return Interruption(item, answer.index, ms, min(1.0, ms / answer.made), answer.is_text)

    def interrupt(self, now: float) -> list[Interruption]:
        """Returns the answers that are not heard to their end, and notes that they are cut: each is returned once.

        Of a client that never says what it plays only an answer is cut that is younger than its audio is long: it
        cannot have been heard. An older one may have been, and cutting it would make the model repeat itself.
        """
        unheard: list[Interruption] = []
        for item, answer in reversed(self._answers.items()):
            if answer.is_cut or self._is_heard(answer, now):
                break
            answer.is_cut = True
            part = min(1.0, answer.played / answer.made)
            unheard.append(Interruption(item, answer.index, answer.played, part, answer.is_text))
            if answer.played:  # what came before it was played before it
                break
        return unheard[::-1]

    def lose_audio(self) -> None:
        """Notes that the session goes on at the provider as text."""
        for answer in self._answers.values():
            answer.is_text = True

    def _is_heard(self, answer: _Answer, now: float) -> bool:
        if self._reports:
            return answer.played >= int(answer.made)
        return (now - answer.began) * 1000 >= answer.made
