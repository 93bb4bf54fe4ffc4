from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.twisters.progress import Practice, SoundProgress, apply_practices, apply_score, practised
from contracts.speech import SoundScore

ANNA, BEN = UUID(int=1), UUID(int=2)
SCORES = st.floats(min_value=0, max_value=100)
PRACTICES = st.lists(
    st.builds(
        Practice,
        person_id=st.sampled_from([ANNA, BEN]),
        scores=st.dictionaries(st.sampled_from(["R", "S"]), SCORES),
        difficulty=st.none() | st.integers(1, 5),
    ),
    max_size=8,
)


def after(*scores: float) -> SoundProgress:
    progress: SoundProgress | None = None
    for score in scores:
        progress = apply_score(progress, score, difficulty=2)
    assert progress is not None
    return progress


def test_follows_the_documented_formula() -> None:
    assert after(80) == SoundProgress(attempts=1, score=80, recent=80, difficulty=2)
    assert after(80, 40) == SoundProgress(attempts=2, score=70, recent=60, difficulty=2)


@pytest.mark.parametrize(
    ("scores", "trend"),
    [
        ((40, 50, 60, 70, 80), "rising"),
        ((80, 70, 60, 50, 40), "falling"),
        ((70, 70, 70, 70), "steady"),
        ((80, 80, 80, 50), "steady"),  # one bad day
        ((20, 80), "steady"),  # too few to say
    ],
)
def test_names_the_trend(scores: tuple[float, ...], trend: str) -> None:
    assert after(*scores).trend == trend


def test_a_text_of_ones_own_keeps_the_difficulty() -> None:
    assert apply_score(after(80), 90, difficulty=None).difficulty == 2


@pytest.mark.parametrize(
    ("score", "tried", "reached"),
    [(90, 2, 3), (90, 4, 4), (70, 2, 2), (70, 4, 4), (40, 2, 2), (40, 4, 3)],
)
def test_difficulty_is_the_level_reached(score: float, tried: int, reached: int) -> None:
    before = SoundProgress(attempts=5, score=80, recent=80, difficulty=3)
    assert apply_score(before, score, tried).difficulty == reached


def test_counts_target_sounds_or_those_in_two_words() -> None:
    sounds = [SoundScore(sound="R", score=40, words=1), SoundScore(sound="S", score=90, words=3)]
    assert practised(sounds, targets=("R", "L")) == {"R": 40}
    assert practised(sounds, targets=()) == {"S": 90}


@given(st.lists(SCORES, min_size=1, max_size=30))
def test_stays_between_the_lowest_and_the_highest(scores: list[float]) -> None:
    progress = after(*scores)
    assert progress.attempts == len(scores)
    for value in (progress.score, progress.recent):
        assert min(scores) - 1e-9 <= value <= max(scores) + 1e-9
        assert 0 <= value <= 100


@given(PRACTICES, PRACTICES)
def test_batches_make_no_difference(first: list[Practice], second: list[Practice]) -> None:
    stored = apply_practices({}, first)
    assert stored | apply_practices(stored, second) == apply_practices({}, first + second)


@given(PRACTICES)
def test_returns_only_what_changed(practices: list[Practice]) -> None:
    before = {(ANNA, "TH"): after(50)}
    changed = apply_practices(before, practices)
    assert set(changed) == {(practice.person_id, sound) for practice in practices for sound in practice.scores}
