"""Writes true, kind words about an assessment, by rules alone: one praise, one or two things to try, one next step.

The child may have a speech impediment, so the coach never does this:

- praise what was not right, or find something to mend where all was right;
- call a word wrong that it could not hear well (`unsure`);
- count a repetition, a stutter or a filler against anyone: repetitions, and sounds that were repeated, held or blocked,
  are mentioned apart, as fine, and fillers, which come as `inserted` words, not at all;
- show numbers, repeat what was heard (a recognizer may have heard something rude), or speak of causes;
- go through the words of a text that was not the one read.

The same assessment gets the same words. A hash of the assessment chooses between several phrasings, so that the next
attempt probably gets another one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import sha256
from itertools import takewhile

from contracts.feedback import Tip
from contracts.speech import OTHER_TEXT, SOUND_BLOCKED, SOUND_HELD, SOUND_REPEATED, Word
from feedback import sounds
from feedback.assessment import Assessment, Feedback

NAME = "coach"
VERSION = "2"

#: findings that are mentioned as fine
STUTTERS = frozenset((SOUND_REPEATED, SOUND_HELD, SOUND_BLOCKED))

_EFFORT = (
    "Thank you for taking your turn!",
    "You took your turn, and that takes heart!",
    "You gave it a go, and that is how it starts!",
)
_ALL_RIGHT = ("You said every word right!", "Every word was right!", "I heard each word, and each one was right!")
_SOME_RIGHT = ("You got {words} right!", "You said {words} right. Well done!", "Hooray for {words}: that was right!")
_RIGHT_ONCE = "You can say “{word}” right: I heard it!"
_REPEATED = (
    "Some words came more than once, and that is fine.",
    "You said a part again. That is fine, there is no rush.",
    "Say a word as many times as you like. Take your time.",
)
_STUTTERED = (
    "Some sounds took their time, and that is fine.",
    "You gave each sound the time it took. That is fine.",
    "A sound may come more than once, or take a while. That is fine, there is no rush.",
)
_UNSURE = (
    "I could not hear {words} that well. That is down to my ears.",
    "My ears did not catch {words} that well.",
)
_NEXT_HARDER = (
    "Next, pick one that is a bit harder.",
    "Next, try it like a robot, or pick a new one.",
    "Next, say it to a friend, or try a new one.",
)
_NEXT_AGAIN = (
    "Next, read it once more, nice and slow.",
    "Next, read it all once more, with a rest when you need it.",
    "Next, take a deep breath and read it once more.",
)
_NEXT_IN_PARTS = (
    "Next, say one word, rest, and then say one more.",
    "Next, read it word by word. Stop as long as you like.",
)
_NEXT_LOUDER = (
    "Next, find a quiet spot and read it once more.",
    "Next, come a bit close to the mic and read it once more.",
)
_REFUSED = {
    "silent": "I did not hear a voice yet. Is the mic on? Press record, and then read it out loud.",
    "too_quiet": "The sound was very soft. Come a bit close to the mic and read it once more.",
    "clipped": "The sound was so loud that it got fuzzy. Hold the mic a bit away from you and read it once more.",
    "too_short": "The clip was very short. Press record, read it all, and then press stop.",
    "no_speech": "I heard some sounds, but no one read yet. Press record, and then read it out loud.",
    "whispered": "You were as quiet as a mouse. Press record, and read it with your full voice.",
    "noisy": "There was a lot of noise near you. Find a quiet spot, press record, and read it once more.",
    "unintelligible": "The sound came out odd. That is not you, that is the mic. Please read it once more.",
}
_OTHER_TEXT = (
    "I think I heard a text that is not this one. Or my ears mixed it up.",
    "I heard some words, but I did not find this text in them. It may be my ears.",
)
_NEXT_THIS_TEXT = (
    "Next, look at the text and read it out loud from the start.",
    "Next, find the text you like best and read that one to me.",
)
_TRY_WORD = "Say “{word}” in small bits, one by one. Then join them up."
_TRY_SOUND = "This is for the {name} sound in “{word}”. {mouth}"
_TRY_END = "Listen to the end of “{word}”. Say it slow, up to the last sound."
_TRY_READING = "I heard some other word where “{word}” is. Look at it bit by bit, then say it."
_TRY_MISSED = "“{word}” got away this time. Put your finger on each word as you read it."
_TRY_MISSED_TWO = "{words} got away this time. Put your finger on each word as you read it."
_TRY_MISSED_MORE = "Some words got away, such as {words}. Put your finger on each word as you read it."
_TRY_MISSED_END = "The end got away, from “{word}” on. Read on to the last word, then press stop."
_TRY_UNHEARD = "Say “{word}” once more, close to the mic, so that I can hear it."
#: the share of letters behind the first sound that a word and what was heard have in common where one word was meant
_ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class _Reading:
    """Holds the words of the text by verdict, in order and trimmed, without the words heard beside the text."""

    right: tuple[str, ...]
    mispronounced: tuple[Word, ...]
    omitted: tuple[str, ...]
    unsure: tuple[str, ...]
    repeats: bool
    #: the last words of the text, if two or more of them were left out in a row
    missed_end: tuple[str, ...]

    @classmethod
    def of(cls, words: Sequence[Word]) -> _Reading:
        # a token without a letter is punctuation, which cannot be said or named
        words = [word for word in words if any(map(str.isalnum, word.word))]

        def judged(verdict: str) -> tuple[str, ...]:
            return tuple(_trimmed(word.word) for word in words if word.verdict == verdict)

        return cls(
            right=judged("correct"),
            mispronounced=tuple(word for word in words if word.verdict == "mispronounced"),
            omitted=judged("omitted"),
            unsure=judged("unsure"),
            repeats=any(word.verdict == "repeated" for word in words),
            missed_end=_missed_end(words),
        )

    @property
    def all_right(self) -> bool:
        return bool(self.right) and not (self.mispronounced or self.omitted or self.unsure)

    def always_right(self) -> list[str]:
        """Returns the different words that were right each time, the longest and so the hardest first."""
        marred = [*(_trimmed(word.word) for word in self.mispronounced), *self.omitted, *self.unsure]
        folded = {word.casefold() for word in marred}
        different: dict[str, str] = {}
        for word in self.right:
            if word.casefold() not in folded:
                different.setdefault(word.casefold(), word)
        return sorted(different.values(), key=len, reverse=True)


def coach(assessment: Assessment) -> Feedback:
    """Writes feedback for a child of 8 to 13. Never fails, whatever the assessment holds."""
    source = f"{NAME}/{VERSION}"
    if assessment.refusal is not None:
        return Feedback(f"{_pick(_EFFORT, assessment)} {_REFUSED[assessment.refusal.reason]}", (), source)
    reading = _Reading.of(assessment.words)
    if OTHER_TEXT in assessment.findings:
        parts = [_pick(phrasings, assessment) for phrasings in (_EFFORT, _OTHER_TEXT, _NEXT_THIS_TEXT)]
        return Feedback(" ".join(parts), (), source)
    parts = [_praise(reading, assessment)]
    if not STUTTERS.isdisjoint(assessment.findings):
        parts.append(_pick(_STUTTERED, assessment))
    elif reading.repeats:
        parts.append(_pick(_REPEATED, assessment))
    if reading.unsure:
        parts.append(_pick(_UNSURE, assessment).format(words=_unsure_words(reading)))
    parts.append(_pick(_next_steps(reading), assessment))
    return Feedback(" ".join(parts), _things_to_try(reading), source)


def _praise(reading: _Reading, assessment: Assessment) -> str:
    if reading.all_right:
        return _pick(_ALL_RIGHT, assessment)
    if always := reading.always_right():
        return _pick(_SOME_RIGHT, assessment).format(words=_quoted(always[:2]))
    if reading.right:
        return _RIGHT_ONCE.format(word=reading.right[0])
    return _pick(_EFFORT, assessment)


def _next_steps(reading: _Reading) -> tuple[str, ...]:
    if reading.all_right:
        return _NEXT_HARDER
    if reading.mispronounced or reading.omitted:
        return _NEXT_AGAIN if reading.right else _NEXT_IN_PARTS
    return _NEXT_LOUDER


def _things_to_try(reading: _Reading) -> tuple[Tip, ...]:
    """Returns what to try, what helps most first: how to say words, and how to leave none out, the more frequent first.

    Two at most: more would be too much for one attempt. What was not heard well comes only where nothing else does.
    """
    tips = []
    if reading.mispronounced:
        tips.append((len(reading.mispronounced), _tip_for(reading.mispronounced)))
    if reading.omitted:
        tips.append((len(reading.omitted), _tip_for_missed(reading)))
    if not tips and reading.unsure:
        return (Tip(word=reading.unsure[0], tip=_TRY_UNHEARD.format(word=reading.unsure[0])),)
    return tuple(tip for _, tip in sorted(tips, key=lambda each: -each[0]))


def _tip_for_missed(reading: _Reading) -> Tip:
    missed = reading.omitted
    if reading.missed_end == missed:
        return Tip(word=missed[0], tip=_TRY_MISSED_END.format(word=missed[0]))
    different = list(dict.fromkeys(missed))
    if len(different) == 1:
        return Tip(word=missed[0], tip=_TRY_MISSED.format(word=missed[0]))
    phrase = _TRY_MISSED_TWO if len(different) == 2 else _TRY_MISSED_MORE
    return Tip(word=missed[0], tip=phrase.format(words=_quoted(different[:2])))


def _missed_end(words: Sequence[Word]) -> tuple[str, ...]:
    text = [word for word in words if word.verdict not in ("inserted", "repeated")]
    missed = list(takewhile(lambda word: word.verdict == "omitted", reversed(text)))
    return tuple(_trimmed(word.word) for word in reversed(missed)) if len(text) > len(missed) > 1 else ()


def _tip_for(mispronounced: Sequence[Word]) -> Tip:
    """Tells how to make the first sound that most words lacked, else what to do about the first word."""
    missing = [(sound, word) for word in mispronounced if (sound := _missing_onset(word)) is not None]
    if not missing:
        word = _trimmed(mispronounced[0].word)
        return Tip(word=word, tip=_way_to_say(mispronounced[0]).format(word=word))
    [(sound, _)] = Counter(sound for sound, _ in missing).most_common(1)
    word = next(_trimmed(word.word) for missed, word in missing if missed == sound)
    return Tip(sound=sound, tip=_TRY_SOUND.format(name=sounds.name(sound), word=word, mouth=sounds.MOUTH[sound]))


def _missing_onset(word: Word) -> str | None:
    """Returns the first sound of a word if the heard word lacks it and is alike otherwise; None if more differs."""
    sound = sounds.onset(word.word)
    if not word.heard or sounds.onset(word.heard) == sound:
        return None
    return sound if _alike(sounds.behind_onset(word.word), sounds.behind_onset(word.heard)) else None


def _way_to_say(word: Word) -> str:
    """Returns the tip for a word whose first sound was there or does not tell."""
    if not word.heard:
        return _TRY_WORD
    written, heard = _trimmed(word.word).casefold(), _trimmed(word.heard).casefold()
    if not _alike(written, heard):
        return _TRY_READING
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(written, heard, strict=False)))
    return _TRY_END if shared * 2 > len(written) else _TRY_WORD


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


def _unsure_words(reading: _Reading) -> str:
    return _quoted(reading.unsure) if len(reading.unsure) == 1 else "some words"


def _quoted(words: Sequence[str]) -> str:
    return " and ".join(f"“{word}”" for word in words)


def _trimmed(word: str) -> str:
    """Returns a word without the punctuation around it."""
    return word.strip(" \t\n.,;:!?\"'()[]…-–—“”‘’")


def _pick(phrasings: Sequence[str], assessment: Assessment) -> str:
    """Picks one option, the same for the same assessment in every process (`hash` differs between processes)."""
    refused = assessment.refusal.reason if assessment.refusal else ""
    marked = [
        assessment.text,
        refused,
        *(f"{word.word}:{word.verdict}:{word.score}" for word in assessment.words),
        *phrasings,
    ]
    return phrasings[int.from_bytes(sha256("\n".join(marked).encode()).digest()[:8], "big") % len(phrasings)]
