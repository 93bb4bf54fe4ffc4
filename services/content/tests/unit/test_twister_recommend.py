from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.twisters import seed
from content.twisters.progress import SoundProgress, apply_score
from content.twisters.recommend import Catalogue, recommend_next
from content.twisters.seed import Twister

SEEDED = seed.load()
CATALOGUE = Catalogue.of(SEEDED)
PROGRESS = st.dictionaries(
    st.sampled_from(["R", "S", "TH", "Y", "XX"]),
    st.builds(
        SoundProgress,
        attempts=st.integers(1, 9),
        score=st.floats(0, 100),
        recent=st.floats(0, 100),
        difficulty=st.integers(1, 5),
    ),
)
DONE = st.lists(st.sampled_from([twister.id for twister in SEEDED] + [UUID(int=0)]), max_size=6)


class Looks(tuple[str, ...]):
    """Holds the sounds of a twister, and counts how often they are read."""

    seen = 0

    def __contains__(self, sound: object) -> bool:
        Looks.seen += 1
        return super().__contains__(sound)

    def __iter__(self) -> Iterator[str]:
        Looks.seen += 1
        return super().__iter__()


def choose(progress: dict[str, SoundProgress], catalogue: Catalogue = CATALOGUE, done: Sequence[UUID] = ()) -> Twister:
    """Chooses a twister, and fails if there is none."""
    chosen = recommend_next(progress, catalogue, done)
    assert chosen is not None
    return chosen


def known(score: float, difficulty: int, attempts: int = 5) -> SoundProgress:
    return SoundProgress(attempts=attempts, score=score, recent=score, difficulty=difficulty)


def test_a_newcomer_begins_easy() -> None:
    assert choose({}).difficulty == 1


def test_the_weakest_sound_comes_first() -> None:
    progress = {"R": known(70, 2), "S": known(65, 3), "TH": known(80, 2)}
    assert "S" in choose(progress).sounds


def test_one_attempt_does_not_make_a_sound_the_weakest() -> None:
    progress = {"R": known(70, 2), "S": known(10, 1, attempts=1)}
    assert "R" in choose(progress).sounds


@pytest.mark.parametrize(("score", "level"), [(85, 4), (84, 3), (60, 3), (59, 2)])
def test_difficulty_goes_one_step(score: float, level: int) -> None:
    assert choose({"S": known(score, 3)}).difficulty == level


def test_a_mastered_sound_makes_room_for_a_new_one() -> None:
    chosen = choose({"DH": known(95, 5), "R": known(95, 5)})
    assert chosen.difficulty == 1
    assert set(chosen.sounds) - {"DH", "R"}


def test_a_sound_rests_after_three_in_a_row() -> None:
    progress = {"R": known(50, 1)}
    done = [twister.id for twister in SEEDED if "R" in twister.sounds][:3]
    assert "R" in choose(progress, done=done[:2]).sounds
    assert "R" not in choose(progress, done=done).sounds


def test_the_only_twister_may_come_again() -> None:
    only = SEEDED[0]
    assert choose({}, Catalogue.of([only]), [only.id]) == only


def test_twisters_without_sounds_can_be_chosen() -> None:
    plain = Twister(id=UUID(int=9), text="Hello", language="en", difficulty=3, sounds=())
    assert choose({}, Catalogue.of([plain])) == plain


def test_of_an_empty_catalogue_nothing_is_chosen() -> None:
    assert recommend_next({"R": known(70, 2)}, Catalogue.of([]), [SEEDED[0].id]) is None


def test_a_choice_looks_at_the_twisters_of_one_sound_alone() -> None:
    large = [
        Twister(UUID(int=number), "Text", "en", number % 5 + 1, Looks([f"S{number % 20}"])) for number in range(2_000)
    ]
    catalogue = Catalogue.of(large)
    progress = {f"S{number}": known(70, 2) for number in range(10)}
    Looks.seen = 0
    choose(progress, catalogue, [twister.id for twister in large[:10]])
    assert 0 < Looks.seen <= len(large) / 20 + 10


@given(PROGRESS, st.lists(st.sampled_from(SEEDED), min_size=2, max_size=8, unique_by=lambda t: t.id), DONE)
def test_is_deterministic_and_never_the_one_just_done(
    progress: dict[str, SoundProgress], catalogue: list[Twister], done: list[UUID]
) -> None:
    chosen = choose(progress, Catalogue.of(catalogue), done)
    assert chosen in catalogue
    assert chosen.id not in done[:1]
    reordered = dict(sorted(progress.items(), reverse=True))
    assert choose(reordered, Catalogue.of(catalogue[::-1]), done) == chosen


def practise(ability: Callable[[str, int], float], turns: int) -> list[Twister]:
    """Lets a child with a given ability (score by sound and difficulty) follow the choice."""
    progress: dict[str, SoundProgress] = {}
    chosen: list[Twister] = []
    for _ in range(turns):
        recent = [twister.id for twister in chosen[:-6:-1]]
        twister = choose(progress, done=recent)
        for sound in twister.sounds:
            progress[sound] = apply_score(progress.get(sound), ability(sound, twister.difficulty), twister.difficulty)
        chosen.append(twister)
    return chosen


def test_a_strong_child_is_led_to_the_hard_ones_and_meets_most_sounds() -> None:
    chosen = practise(lambda sound, difficulty: 95, turns=80)
    assert chosen[0].difficulty == 1
    assert max(twister.difficulty for twister in chosen) == 5
    assert len({sound for twister in chosen for sound in twister.sounds}) >= 20


def test_a_child_weak_in_one_sound_practises_it_most_and_stays_easy() -> None:
    chosen = practise(lambda sound, difficulty: 45 if sound == "R" else 95, turns=60)
    with_r = [twister for twister in chosen if "R" in twister.sounds]
    assert 30 <= len(with_r) < 60
    assert max(twister.difficulty for twister in with_r[3:]) <= 2
