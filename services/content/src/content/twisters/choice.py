"""Choosing the next twister from a person's progress. Pure and deterministic.

Which sound: the weakest of those practised enough and not mastered yet; then those not known well enough, the ones
begun first, else the easiest to begin with; then the mastered ones. A sound that was in each of the last three
twisters rests once: practising in turns keeps better than practising in blocks, and is less dull.

How hard: one step up from the difficulty reached when the recent attempts went well (85 or more), one step down when
they were a struggle (below 60), else the same; easiest for a new sound. A twister that is hard for its other sounds,
as they are a struggle still, is left out where another will do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from content.twisters.folding import DOES_WELL, ENOUGH_ATTEMPTS, STRUGGLES, SoundProgress
from content.twisters.seed import Twister

EASIEST, HARDEST = 1, 5
#: so many twisters in a row may hold the same sound
LONGEST_RUN = 3


def choose_next(
    progress: Mapping[str, SoundProgress], catalogue: Sequence[Twister], done_recently: Sequence[UUID] = ()
) -> Twister:
    """Choose what a person practises next.

    `progress` is theirs by sound, `done_recently` the ids of their last twisters, newest first. None of those comes
    again while there are others, and the newest not at all unless the catalogue has no other. Ties go to the earlier
    id.

    Raises ValueError when the catalogue is empty.
    """
    if not catalogue:
        raise ValueError("no twister to choose from: the catalogue is empty")
    offered = _offered(catalogue, done_recently)
    sounds = {sound for twister in offered for sound in twister.sounds}
    if not sounds:
        return min(offered, key=lambda twister: (twister.difficulty, twister.id))
    resting = _resting(catalogue, done_recently)
    sound = min(sounds, key=lambda sound: (sound in resting, *_need(sound, progress.get(sound), catalogue)))
    level = _level(progress.get(sound))
    return min(
        (twister for twister in offered if sound in twister.sounds),
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


def _need(sound: str, so_far: SoundProgress | None, catalogue: Sequence[Twister]) -> tuple[int, float, int, UUID]:
    """Sort key: the most needed sound first."""
    steps = sorted((twister.difficulty, twister.id) for twister in catalogue if sound in twister.sounds)
    (easiest, first_id), (hardest, _) = steps[0], steps[-1]
    if so_far is None:
        return (2, 0.0, easiest, first_id)
    if so_far.attempts < ENOUGH_ATTEMPTS:
        return (1, so_far.score, easiest, first_id)
    # a sound is mastered on the hardest twister there is for it; then what was practised least is refreshed first
    if so_far.difficulty >= hardest and so_far.score >= DOES_WELL:
        return (3, so_far.attempts, easiest, first_id)
    return (0, so_far.score, easiest, first_id)


def _level(so_far: SoundProgress | None) -> int:
    if so_far is None:
        return EASIEST
    if so_far.recent >= DOES_WELL:
        return min(HARDEST, so_far.difficulty + 1)
    if so_far.recent < STRUGGLES:
        return max(EASIEST, so_far.difficulty - 1)
    return so_far.difficulty


def _offered(catalogue: Sequence[Twister], done_recently: Sequence[UUID]) -> list[Twister]:
    recent = frozenset(done_recently)
    last = frozenset(done_recently[:1])
    for left_out in (recent, last):
        offered = [twister for twister in catalogue if twister.id not in left_out]
        if offered:
            return offered
    return list(catalogue)


def _resting(catalogue: Sequence[Twister], done_recently: Sequence[UUID]) -> frozenset[str]:
    sounds = {twister.id: frozenset(twister.sounds) for twister in catalogue}
    last = [sounds.get(done, frozenset()) for done in done_recently[:LONGEST_RUN]]
    return frozenset.intersection(*last) if len(last) == LONGEST_RUN else frozenset()
