"""Words of a text and their sounds."""

import pytest

from speech.assess.compare import distance, match
from speech.assess.text import words

from .lexicons import lexicon


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She sells sea-shells, by the sea…shore!", "she|sells|sea|shells|by|the|sea|shore"),
        ("Peter’s naïve café 🦊 don't", "peter's|naive|cafe|don't"),
        ("33 thieves & 1,000 bees", "thirty three|thieves|and|one thousand|bees"),
        ("the 3rd of 12 at 007", "the|third|of|twelve|at|zero zero seven"),
        ("Привет <sil> the(2)", "|sil|the|two"),
        ("🦊 --- ''' \x00", ""),
        ("𝐁𝐨𝐥𝐝 ＦＵＬＬ 𝒲 ﬁne", "bold|full|w|fine"),
    ],
)
def test_words_are_what_is_spoken(text: str, expected: str) -> None:
    assert "|".join(" ".join(word.spoken) for word in words(text)) == expected


def test_a_word_too_long_to_be_one_has_no_sound() -> None:
    assert [word.spoken for word in words("a" * 300)] == [()]


def test_marks_are_remembered_as_places_to_breathe() -> None:
    assert [word.pause for word in words("Red lorry, yellow lorry.")] == [False, True, False, True]


def test_listed_derived_and_guessed_pronunciations() -> None:
    assert lexicon().pronounce("the").variants == (("DH", "AH"), ("DH", "IY"))
    assert lexicon().pronounce("canners").listed
    assert lexicon().pronounce("bloopish").variants[0] == ("B", "L", "UW", "P", "IH", "SH")
    assert not lexicon().pronounce("bloopish").listed
    assert lexicon().pronounce("zzz'").variants[0]


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("flavour", "flavor"),
        ("sombre", "somber"),
        ("organised", "organized"),
        ("paralyse", "paralyze"),
        ("anaemia", "anemia"),
        ("dialled", "dialed"),
        ("skilful", "skillful"),
        ("sceptical", "skeptical"),
    ],
)
def test_british_spellings_sound_as_american_ones(british: str, american: str) -> None:
    assert lexicon().pronounce(british).listed
    assert lexicon().pronounce(british).variants == lexicon().pronounce(american).variants


def test_a_short_word_without_vowels_may_be_spelled() -> None:
    assert ("AA", "R", "P", "IY", "EH", "M") in lexicon().pronounce("rpm").variants


@pytest.mark.parametrize(("word", "last"), [("zolgra", "AH"), ("zolgro", "OW"), ("zolgri", "IY")])
def test_a_vowel_at_the_end_of_a_guessed_word_is_open(word: str, last: str) -> None:
    assert lexicon().pronounce(word).variants[0][-1] == last


def test_homophones_and_words_written_apart_are_the_same() -> None:
    def sides(text: str, heard: str) -> list[float]:
        first, second = ([lexicon().pronounce(word) for word in line.split()] for line in (text, heard))
        return [one.distance for one in match(first, second)]

    assert sides("four seas", "for sees") == [0, 0]
    assert sides("a woodchuck would", "a wood chuck wood") == [0, 0, 0]
    assert sides("a big black bug", "a black bug") == [0, 1, 0, 0]


def test_alike_sounds_are_nearer_than_others() -> None:
    rabbit, wabbit, table = ((lexicon().pronounce(word).variants) for word in ("rabbit", "wabbit", "table"))
    assert 0 < distance(rabbit, wabbit) < distance(rabbit, table) <= 1
