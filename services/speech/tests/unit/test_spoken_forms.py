"""One written form has several spoken ones, and a neighbour never suffers for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from speech.assess.compare import Match, match
from speech.assess.evidence import Evidence, Spot
from speech.assess.lexicon import MOST_IN_A_TEXT, Pronunciation
from speech.assess.spoken import MOST_WAYS
from speech.assess.text import words
from speech.assess.verdict import Reading, judge

from .lexicons import lexicon
from .spoken_rows import ROWS

SPOKEN = [(row.sentence.format(row.written), row.sentence.format(said)) for row in ROWS for said in row.spoken]


def pronounced(text: str) -> list[Pronunciation]:
    return lexicon().text([word.ways for word in words(text) if word.ways])


def ways(text: str) -> list[list[str]]:
    return [[" ".join(way) for way in word.ways] for word in words(text)]


def distances(text: str, heard: str) -> list[float]:
    return [one.distance for one in match(pronounced(text), pronounced(heard))]


def test_there_are_rows_of_all_kinds() -> None:
    assert len(ROWS) >= 48
    assert all("{}" in row.sentence for row in ROWS)


def test_the_page_is_about_these_rows() -> None:
    lines = (Path(__file__).parents[4] / "docs" / "spoken-forms.md").read_text(encoding="utf-8").splitlines()
    said = [line.split(" | ")[1] for line in lines if line.startswith("| `")]
    assert said == ["; ".join(row.spoken) for row in ROWS]


@pytest.mark.parametrize(("text", "heard"), SPOKEN)
def test_every_right_way_of_saying_it_is_the_same_and_so_are_its_neighbours(text: str, heard: str) -> None:
    assert set(distances(text, heard)) == {0.0}


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("in 1984 we met", "in 1985 we met"),
        ("it costs $5 now", "it costs $6 now"),
        ("we ate 1/2 of it", "we ate a third of it"),
        ("King Henry VIII sat", "King Henry the seventh sat"),
        ("she has 42 hens", "she has twenty four hens"),
    ],
)
def test_another_number_is_another_word(text: str, heard: str) -> None:
    found = distances(text, heard)
    assert any(distance > 0 for distance in found)
    assert found.count(0.0) >= 2


@pytest.mark.parametrize(
    ("text", "also"),
    [
        ("1984", "nineteen eighty four"),
        ("555", "triple five"),
        ("0", "nought"),
        ("1,000,001", "a million and one"),
        ("2:30 pm", "half past two p m"),
        ("#1", "number one"),
        ("-3", "negative three"),
        ("3rd of May", "the third"),
        ("May 3", "the third"),
        ("Louis XIV", "the fourteenth"),
        ("Act IV", "four"),
        ("R2D2", "r two d two"),
        ("FBI", "f b i"),
        ("16:9", "sixteen to nine"),
        ("6 ft", "foot"),
        ("10 am", "ten in the morning"),
        ("2024-12-25", "december twenty fifth twenty twenty four"),
        ("example.org", "dot org"),
        ("40°", "forty degrees"),
        ("12/25", "the twenty fifth of december"),
        ("on 3/4", "march fourth"),
        ("3/4", "three quarters"),
        ("8.30 pm", "half past eight p m"),
        ("8.30", "eight thirty"),
        ("6' tall", "six feet"),
        ("10-ft", "foot"),
        ("$20/hour", "an hour"),
        ("€1.50/kg", "per kilo"),
        ("US$5", "five u s dollars"),
        ("₹50", "fifty rupees"),
        ("50p", "pence"),
        ("1 000 000", "one million"),
        ("555.123.4567", "five five five one two three four five six seven"),
        ("10.15.7", "ten point fifteen point seven"),
        ("x²", "x squared"),
        ("10^6", "ten to the sixth"),
        ("R&B", "and"),
        ("me@home", "at"),
        ("p. 12", "page"),
        ("Ph.D.", "p h d"),
        ("the CEO's", "c e o s"),
        ("Tues. 5 May", "tuesday"),
        ("900 sq ft", "square feet"),
    ],
)
def test_a_way_is_among_those_that_count(text: str, also: str) -> None:
    assert any(also in each for each in ways(text))


@pytest.mark.parametrize(
    "text",
    [
        "I am in it",
        "no maxims",
        "so is Al",
        "MIXED CATS SAY NO",
        "a street",
        "I scream",
        "the sun sat",
        "and/or",
        "he/m",
    ],
)
def test_plain_words_have_one_way(text: str) -> None:
    assert all(len(each) == 1 for each in ways(text))


@pytest.mark.parametrize("sign", "'’‘`´′ʼ＇")
def test_every_apostrophe_is_one(sign: str) -> None:
    assert ways(f"I don{sign}t") == [["i"], ["don't"]]


@pytest.mark.parametrize(
    ("word", "sounds"),
    [
        ("who'd've", "HH UW D AH V"),
        ("shan't", "SH AE N T"),
        ("daren't", "D EH R AH N T"),
        ("zebra'll", "Z IY B R AH L"),
        ("cat'd", "K AE T AH D"),
        ("dog've", "D AO G AH V"),
        ("lions're", "L AY AH N Z ER"),
    ],
)
def test_contractions_are_built_by_rule(word: str, sounds: str) -> None:
    found = lexicon().pronounce(word)
    assert found.listed
    assert tuple(sounds.split()) in found.variants


def test_names_have_their_ways_and_unknown_ones_are_guessed() -> None:
    assert {("AA", "N", "D", "R", "EY", "AH"), ("AE", "N", "D", "R", "IY", "AH")} <= set(
        lexicon().pronounce("andrea").variants
    )
    guessed = lexicon().pronounce("zolgrica")
    assert not guessed.listed
    assert 1 < len(guessed.variants) <= 6


@pytest.mark.parametrize("heard", ["today marvin eats pie", "today shavon eats pie", "today shove on eats pie"])
def test_an_unknown_name_is_never_wrong_by_its_sound_and_its_neighbours_stay(heard: str) -> None:
    text, said = pronounced("today Xhaovn eats pie"), pronounced(heard)
    matches = match(text, said)
    assert [one.distance for one in matches if one.t_start != 1] == [0.0, 0.0, 0.0]
    reading = Reading(["today", "Xhaovn", "eats", "pie"], text, heard.split(), said, matches, found_but(1))
    [judged] = [one.result for one in judge(reading) if one.number == 1]
    assert judged.verdict == "unsure"


@pytest.mark.parametrize(
    ("text", "heard", "at", "verdict"),
    [
        ("went 60 km/h down", "went sixty kilometers in hour down", 2, "unsure"),
        ("it costs $5 now", "it costs nine dollars now", 2, "mispronounced"),
    ],
)
@pytest.mark.parametrize("chosen", [True, False])
def test_a_small_word_within_a_form_proves_nothing(
    text: str, heard: str, at: int, verdict: str, *, chosen: bool
) -> None:
    written, said = pronounced(text), pronounced(heard)
    matches = match(written, said)
    evidence = Evidence({number: Spot(number, number + 0.9, -90.0 if number == at else -38.0) for number in range(4)})
    if chosen:
        evidence.chosen = {index: evidence.said[at] for index, one in enumerate(matches) if one.t_start == at}
    names = [word.written for word in words(text)]
    spoken = [word.written for word in words(heard)]
    judged = judge(Reading(names, written, spoken, said, matches, evidence))
    assert [one.result.verdict for one in judged if one.number == at] == [verdict]


def found_but(number: int) -> Evidence:
    """Returns the evidence of a recording in which four words were found well, but for one."""
    return Evidence({at: Spot(at, at + 0.9, -38.0) for at in range(4) if at != number})


def test_the_ways_of_a_long_text_are_bounded() -> None:
    for text in (
        "$3.50 12/25/2024 3:45 pm 2 1/2 50% XIV 5-10 kg -5°C " * 6,
        " ".join(str(n * 37 % 9000 + 1000) for n in range(60)),
    ):
        found = words(text[:300])
        assert max(len(word.ways) for word in found) <= MOST_WAYS
        several = [one for one, word in zip(pronounced(text[:300]), found, strict=True) if len(word.ways) > 1]
        assert sum(len(one.variants) for one in several) <= max(MOST_IN_A_TEXT, 2 * len(several))


def test_the_sounds_of_a_word_with_several_ways_are_those_of_each() -> None:
    [half] = pronounced("1/2")
    assert half.sounds <= {"HH", "AE", "F", "T", "UW", "AH", "W", "N"}
    assert half.sounds == frozenset.intersection(*map(frozenset, half.usual))


def test_a_match_of_several_words_is_one() -> None:
    assert match(pronounced("in 1984 we"), pronounced("in one thousand nine hundred and eighty four we"))[1] == Match(
        1, 2, 1, 8, 0.0
    )
