"""Chooses the next twister from a person's progress. Pure and deterministic.

Which sound: the weakest of those practised enough and not mastered yet; then those not known well enough, the ones
begun first, else the easiest to begin with; then the mastered ones. A sound that was in each of the last three
twisters rests once: practising in turns keeps better than practising in blocks, and is less dull.

How hard: one step up from the difficulty reached when the recent attempts went well (85 or more), one step down when
they were a struggle (below 60), else the same; easiest for a new sound. A twister that is hard for its other sounds,
as they are a struggle still, is left out where another will do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from uuid import UUID

from content.twisters.progress import DOES_WELL, ENOUGH_ATTEMPTS, STRUGGLES, SoundProgress
from content.twisters.seed import Twister

EASIEST, HARDEST = 1, 5
#: how many twisters in a row may hold the same sound
LONGEST_RUN = 3


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Holds the twisters of one language, ordered once for any number of choices: easiest first, then by id."""

    twisters: Mapping[UUID, Twister]
    by_sound: Mapping[str, Sequence[Twister]]

    @classmethod
    def of(cls, twisters: Iterable[Twister]) -> Catalogue:
        """Orders twisters."""
        ordered = sorted(twisters, key=lambda twister: (twister.difficulty, twister.id))
        by_sound: defaultdict[str, list[Twister]] = defaultdict(list)
        for twister in ordered:
            for sound in twister.sounds:
                by_sound[sound].append(twister)
        return cls({twister.id: twister for twister in ordered}, by_sound)


def recommend_next(
    progress: Mapping[str, SoundProgress], catalogue: Catalogue, done_recently: Sequence[UUID] = ()
) -> Twister | None:
    """Chooses the twister that a person practises next; None when the catalogue is empty.

    `progress` is the person's, by sound; `done_recently` the ids of their last twisters, newest first. None of those
    comes again while there are others, and the newest not at all unless the catalogue has no other. Ties go to the
    earlier id.
    """
    resting = _resting(catalogue, done_recently)
    for left_out in (frozenset(done_recently), frozenset(done_recently[:1]), frozenset[UUID]()):
        sounds = [sound for sound, holders in catalogue.by_sound.items() if _any_but(holders, left_out)]
        if sounds:
            sound = min(sounds, key=lambda sound: (sound in resting, *_need(progress.get(sound), catalogue, sound)))
            return _on_level(catalogue.by_sound[sound], sound, progress, left_out)
        plain = _first_but(catalogue.twisters.values(), left_out)
        if plain is not None:
            return plain
    return None


def _any_but(twisters: Iterable[Twister], left_out: Set[UUID]) -> bool:
    return any(twister.id not in left_out for twister in twisters)


def _first_but(twisters: Iterable[Twister], left_out: Set[UUID]) -> Twister | None:
    return next((twister for twister in twisters if twister.id not in left_out), None)


def _on_level(
    holders: Iterable[Twister], sound: str, progress: Mapping[str, SoundProgress], left_out: Set[UUID]
) -> Twister:
    level = _level(progress.get(sound))
    return min(
        (twister for twister in holders if twister.id not in left_out),
        key=lambda twister: (
            _strains(twister, sound, progress),
            abs(twister.difficulty - level),
            twister.difficulty,
            twister.id,
        ),
    )


def _strains(twister: Twister, sound: str, progress: Mapping[str, SoundProgress]) -> bool:
    beside = [progress[other] for other in twister.sounds if other != sound and other in progress]
    return any(other.recent < STRUGGLES and twister.difficulty > other.difficulty for other in beside)


def _need(so_far: SoundProgress | None, catalogue: Catalogue, sound: str) -> tuple[int, float, int, UUID]:
    """Makes a sort key that puts the most needed sound first."""
    easiest, hardest = catalogue.by_sound[sound][0], catalogue.by_sound[sound][-1]
    if so_far is None:
        return (2, 0.0, easiest.difficulty, easiest.id)
    if so_far.attempts < ENOUGH_ATTEMPTS:
        return (1, so_far.score, easiest.difficulty, easiest.id)
    # a sound is mastered on its hardest twister; after that the least practised sound is refreshed first
    if so_far.difficulty >= hardest.difficulty and so_far.score >= DOES_WELL:
        return (3, so_far.attempts, easiest.difficulty, easiest.id)
    return (0, so_far.score, easiest.difficulty, easiest.id)


def _level(so_far: SoundProgress | None) -> int:
    if so_far is None:
        return EASIEST
    if so_far.recent >= DOES_WELL:
        return min(HARDEST, so_far.difficulty + 1)
    if so_far.recent < STRUGGLES:
        return max(EASIEST, so_far.difficulty - 1)
    return so_far.difficulty


def _resting(catalogue: Catalogue, done_recently: Sequence[UUID]) -> frozenset[str]:
    last = [catalogue.twisters.get(done) for done in done_recently[:LONGEST_RUN]]
    sounds = [frozenset(twister.sounds) if twister is not None else frozenset() for twister in last]
    return frozenset.intersection(*sounds) if len(sounds) == LONGEST_RUN else frozenset()
