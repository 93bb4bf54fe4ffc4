"""Tests the parts of a spoken session: limits, pace, what was heard, what is kept, words to resume, turns."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from feedback.conversation.realtime.kept import MOST_CHARACTERS, MOST_ITEMS, Kept, heard
from feedback.conversation.realtime.limits import Limits, Meter, Prices, Reached, Warned
from feedback.conversation.realtime.meanings import Item, Turn, Usage
from feedback.conversation.realtime.pace import Allowance, Pace
from feedback.conversation.realtime.playback import Interruption, Playback
from feedback.conversation.realtime.resume import ResumeWords
from feedback.conversation.realtime.turns import Turns

#: gpt-realtime-2.1
PRICES = Prices(
    text_input=Decimal(4),
    text_output=Decimal(24),
    audio_input=Decimal(32),
    audio_output=Decimal(64),
    cached_input=Decimal("0.4"),
)
ALICE, BOB = UUID(int=1), UUID(int=2)


def meter(**limits: object) -> Meter:
    return Meter(Limits(**{"seconds": 600, **limits}), PRICES, now=1000.0)  # type: ignore[arg-type]


# limits


def test_seconds_are_warned_of_at_nine_tenths_once_and_end_at_all() -> None:
    counted = meter()
    assert counted.check(1539.9) == []
    assert counted.check(1540.0) == [Warned("seconds", 60, "We have about a minute left.")]
    assert counted.check(1541.0) == []
    assert counted.check(1599.9) == []
    assert counted.check(1600.0) == [Reached("seconds")]


def test_it_is_known_when_time_alone_has_to_be_told() -> None:
    counted = meter()
    assert counted.next_at() == 1540.0
    counted.check(1540.0)
    assert counted.next_at() == 1600.0


@pytest.mark.parametrize(("seconds", "said"), [(10, "1 second"), (300, "30 seconds"), (1200, "about 2 minutes")])
def test_time_is_told_as_one_says_it(seconds: int, said: str) -> None:
    [warned] = meter(seconds=seconds).check(1000.0 + seconds * 0.9)
    assert warned == Warned("seconds", seconds // 10, f"We have {said} left.")


def test_tokens_are_estimated_from_audio_and_settled_by_the_report() -> None:
    counted = meter(tokens=1000)
    counted.heard(10_000)
    counted.answer_began()
    counted.spoken(5_000)
    assert counted.tokens == 10 * 10 + 5 * 20
    counted.heard(1_000)  # the person goes on: the next report counts it
    counted.settle(Usage(input_audio=90, output_audio=110))
    assert counted.tokens == 200 + 10


@pytest.mark.parametrize("limit", ["tokens", "usd"])
def test_other_limits_are_warned_of_and_end_too(limit: str) -> None:
    counted = meter(tokens=1000) if limit == "tokens" else meter(usd=Decimal("0.064"))
    counted.spoken(44_900)
    assert counted.check(1000.0) == []
    counted.spoken(100)
    [warned] = counted.check(1000.0)
    assert (warned.limit, warned.left) == (limit, 100 if limit == "tokens" else "0.006400")  # type: ignore[union-attr]
    counted.spoken(5_000)
    assert counted.check(1000.0) == [Reached(limit)]  # type: ignore[arg-type]


def test_a_report_may_take_back_what_was_estimated() -> None:
    counted = meter(tokens=1000)
    counted.spoken(49_000)
    counted.settle(Usage(output_audio=500))
    assert counted.tokens == 500
    assert counted.check(1000.0) == []


def test_cost_is_exact_and_cached_tokens_are_cheaper() -> None:
    counted = meter(usd=Decimal(1))
    counted.settle(Usage(100, 1000, 50, 400, 10, 200))
    assert counted.usd == (
        Decimal(4) * 50 + Decimal(32) * 600 + Decimal("0.4") * 450 + Decimal(24) * 10 + Decimal(64) * 200
    ) / Decimal(1_000_000)


def test_who_pays_themselves_is_counted_and_not_capped() -> None:
    counted = meter()
    counted.settle(Usage(output_audio=10**9))
    assert counted.check(1000.0) == []
    assert counted.usd == Decimal(64_000)
    assert Limits(3300).document() == {"seconds": 3300, "tokens": None, "usd": None}
    assert Limits(600, 20_000, Decimal("0.50")).document() == {"seconds": 600, "tokens": 20_000, "usd": "0.500000"}


# pace


def test_an_allowance_grows_with_time_up_to_its_most() -> None:
    allowance = Allowance(2, 4, now=0)
    assert allowance.take(4, 0)
    assert not allowance.take(1, 0.4)
    assert allowance.take(1, 0.5)
    assert not allowance.take(4.1, 1000)
    assert allowance.take(4, 1000)


def test_a_hundred_events_a_second_pass() -> None:
    pace = Pace(now=0)
    assert all(pace.event(n / 100) for n in range(1000))
    assert 1 <= [pace.event(10) for _ in range(101)].count(False) <= 2


def test_audio_comes_at_most_twice_as_fast_as_it_is_spoken() -> None:
    pace = Pace(now=0)
    assert all(pace.audio(100, n / 20) for n in range(1000))  # twice as fast
    pace = Pace(now=0)
    passed = sum(pace.audio(100, n / 40) for n in range(1000))  # four times as fast, for 25 s
    assert passed == pytest.approx(25 * 20 + 50, abs=1)


def test_who_goes_on_although_told_is_hopeless_and_who_slows_down_is_not() -> None:
    pace = Pace(now=0)
    for second in range(1000):
        for _ in range(102):
            pace.event(second)
        if second < 40:
            assert not pace.is_hopeless
    assert pace.is_hopeless
    patient = Pace(now=0)
    for second in range(1000):
        for _ in range(101):
            patient.event(second)
    assert not patient.is_hopeless


# what was heard


def playing(*made: tuple[str, float]) -> Playback:
    playback = Playback()
    for number, (item, ms) in enumerate(made):
        playback.made(item, 0, ms, now=float(number))
    return playback


def test_what_was_played_is_left_and_each_answer_is_cut_once() -> None:
    playback = playing(("a", 1000), ("a", 1000))
    playback.played("a", 500)
    assert playback.interrupt(9.0) == [Interruption("a", 0, 500, 0.25)]
    assert playback.interrupt(9.0) == []


def test_an_answer_heard_to_its_end_is_not_cut() -> None:
    playback = playing(("a", 1000.7))
    playback.played("a", 1000)
    assert playback.interrupt(0.0) == []


def test_never_more_is_left_than_was_made() -> None:
    playback = playing(("a", 1000))
    playback.played("a", 5000)
    playback.made("a", 0, 500, now=1)
    assert playback.interrupt(0.0) == [Interruption("a", 0, 1000, 1000 / 1500)]


def test_the_last_word_of_the_client_counts_and_no_clock() -> None:
    playback = playing(("a", 1000))
    playback.played("a", 700)
    playback.played("a", 300)
    assert playback.interrupt(1e9) == [Interruption("a", 0, 300, 0.3)]


def test_what_was_not_begun_is_not_left_at_all() -> None:
    playback = playing(("a", 1000))
    playback.played("a", 0)
    assert playback.interrupt(1e9) == [Interruption("a", 0, 0, 0.0)]


def test_answers_that_wait_to_be_played_are_cut_with_the_one_that_sounds() -> None:
    playback = playing(("a", 1000), ("b", 1000), ("c", 1000))
    playback.played("a", 1000)
    playback.played("b", 400)
    assert [(cut.item, cut.ms) for cut in playback.interrupt(3.0)] == [("b", 400), ("c", 0)]
    playback.made("d", 0, 100, now=9)
    assert [(cut.item, cut.ms) for cut in playback.interrupt(9.0)] == [("d", 0)]


def test_an_answer_without_audio_does_not_sound() -> None:
    assert playing(("a", 0)).interrupt(0.0) == []
    assert Playback().interrupt(0.0) == []


def test_a_client_that_shortens_an_answer_itself_is_left_to_it() -> None:
    playback = playing(("a", 1000))
    playback.played("a", 500)
    assert playback.cut("a", 500) == Interruption("a", 0, 500, 0.5)
    assert playback.interrupt(1.0) == []
    assert playback.cut("a", 400) is None


def test_after_the_relay_has_cut_the_client_cuts_nothing_more() -> None:
    playback = playing(("a", 1000))
    playback.played("a", 500)
    playback.interrupt(1.0)
    assert playback.cut("a", 450) is None


def test_an_answer_that_was_never_seen_is_the_clients_own_affair() -> None:
    assert Playback().cut("x", 10) == Interruption("x", 0, 10, 1.0)


def test_of_a_client_that_never_reports_only_what_cannot_have_been_heard_is_cut() -> None:
    assert playing(("a", 2000)).interrupt(1.9) == [Interruption("a", 0, 0, 0.0)]
    assert playing(("a", 2000)).interrupt(2.0) == []


def test_audio_that_a_new_connection_knows_as_text_is_cut_here_alone() -> None:
    playback = playing(("a", 1000))
    playback.played("a", 500)
    playback.lose_audio()
    assert playback.interrupt(0.0) == [Interruption("a", 0, 500, 0.5, is_text=True)]


def test_old_answers_are_forgotten() -> None:
    playback = playing(*((str(n), 10.0) for n in range(1000)))
    playback.played("0", 1)
    playback.played("999", 1)
    assert [cut.item for cut in playback.interrupt(0.0)] == ["999"]


# what is kept


def test_items_keep_their_order_their_ids_and_none_is_there_twice() -> None:
    kept = Kept()
    kept.put("b", None, "user", "")
    kept.put("c", "b", "assistant", "")
    kept.put("a", "b", "system", "Be kind.")
    kept.put("c", "b", "assistant", "Hello you")
    kept.say("b", "Hi", whole=True)
    assert kept.items() == [
        Item("b", "user", "Hi"),
        Item("a", "system", "Be kind."),
        Item("c", "assistant", "Hello you"),
    ]


def test_words_come_bit_by_bit_and_then_whole() -> None:
    kept = Kept()
    kept.put("a", None, "assistant", "")
    for word in ("One ", "two"):
        kept.say("a", word, whole=False)
    assert kept.items() == [Item("a", "assistant", "One two")]
    kept.say("a", "One, two.", whole=True)
    kept.say("nobody", "lost", whole=False)
    assert kept.items() == [Item("a", "assistant", "One, two.")]


def test_what_nobody_heard_is_not_kept_and_does_not_come_back() -> None:
    kept = Kept()
    kept.put("a", None, "assistant", "one two three four")
    kept.cut("a", 0.5)
    kept.say("a", " five", whole=False)
    kept.put("a", None, "assistant", "one two three four five")
    kept.cut("a", 1.0)
    assert kept.items() == [Item("a", "assistant", "one two")]
    kept.drop("a")
    kept.put("a", None, "assistant", "one")
    assert kept.items() == []


def test_items_without_words_are_not_replayed() -> None:
    kept = Kept()
    kept.put("a", None, "user", "")
    kept.put("b", "a", "user", " ")
    assert kept.items() == []


def test_the_oldest_items_go_when_it_is_too_much() -> None:
    kept = Kept()
    for n in range(5):
        kept.put(str(n), None, "user", "x" * (MOST_CHARACTERS // 2))
    assert [item.id for item in kept.items()] == ["3", "4"]
    for n in range(MOST_ITEMS + 1):
        kept.put(f"n{n}", None, "user", "x")
    assert [item.id for item in kept.items()] == [f"n{n}" for n in range(1, MOST_ITEMS + 1)]


@pytest.mark.parametrize(
    ("text", "part", "left"),
    [
        ("one two three", 1.0, "one two three"),
        ("one two three", 0.99, "one two"),
        ("one two three", 0.5, "one"),
        ("one two three", 7 / 13, "one two"),
        ("one two three", 0.1, ""),
        ("one two three", 0.0, ""),
        ("", 0.5, ""),
    ],
)
def test_a_text_is_cut_in_proportion_at_the_end_of_a_word(text: str, part: float, left: str) -> None:
    assert heard(text, part) == left


# words to resume


def words() -> ResumeWords[str]:
    names = iter(["w1", "w2", "w3"])
    return ResumeWords(lambda: next(names))


def test_a_word_is_good_once_within_a_minute_after_the_loss() -> None:
    given = words()
    word = given.give("session", ALICE)
    assert given.take(word, ALICE, 5.0) is None  # nobody is lost
    given.lose(word, 10.0)
    assert given.take(word, ALICE, 69.9) == "session"
    assert given.take(word, ALICE, 69.9) is None


def test_a_word_is_of_no_use_to_others_late_or_after_the_end() -> None:
    given = words()
    for lost in range(3):
        given.lose(given.give(str(lost), ALICE), 10.0)
    assert given.take("w1", BOB, 11.0) is None
    assert given.take("w1", None, 11.0) is None
    assert given.take("w1", ALICE, 11.0) == "0"
    assert given.take("w2", ALICE, 70.0) is None
    given.forget("w3")
    given.forget("w3")
    assert given.take("w3", ALICE, 11.0) is None
    assert given.take("unknown", ALICE, 11.0) is None


# turns

USED = Usage(input_audio=10, output_audio=20)


def test_a_turn_is_measured_from_when_the_person_had_spoken() -> None:
    turns = Turns()
    turns.asked(10.0)
    assert turns.began(10.2) == []
    turns.made(10.5)
    turns.made(10.9)
    assert turns.done(12.0, USED, Decimal("0.1"), estimated=False) == []
    assert turns.began(30.0) == [Turn(500, 2000, None, 10, 20, Decimal("0.1"), False)]
    assert turns.end(31.5) == [Turn(None, 1500, None, 0, 0, Decimal(0), False)]
    assert turns.end(32.0) == []


@pytest.mark.parametrize("late", [False, True])
def test_a_turn_may_be_interrupted_while_it_is_made_and_after(late: bool) -> None:
    turns = Turns()
    turns.began(0.0)
    if late:
        assert turns.done(1.0, USED, Decimal(1), estimated=True) == []
        told = turns.interrupted(700, 5.0)
    else:
        assert turns.interrupted(700, 0.5) == []
        told = turns.done(1.0, USED, Decimal(1), estimated=True)
    assert told == [Turn(None, 1000, 700, 10, 20, Decimal(1), True)]
    assert turns.interrupted(1, 1.0) == []
    assert turns.done(1.0, USED, Decimal(1), estimated=True) == []
