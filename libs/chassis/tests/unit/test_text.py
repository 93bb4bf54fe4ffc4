"""One form for every way of typing a text: nothing seen is lost, nothing unseen makes a difference."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.text import MOST_MARKS, checked, checked_line, one_form

#: (what it shows, sent, kept)
FORMS = [
    ("plain text", "Red lorry, yellow lorry.", "Red lorry, yellow lorry."),
    ("accents typed apart", "cafe\u0301", "caf\u00e9"),
    ("an accent behind a soft hyphen", "cafe\u00ad\u0301", "caf\u00e9"),
    ("two marks in either order", "q\u0307\u0323", "q\u0323\u0307"),
    ("Hangul typed by parts", "\u1112\u1161\u11ab", "\ud55c"),
    ("the sign of \u00c5ngstr\u00f6m", "10 \u212b", "10 \u00c5"),
    ("a no-break space", "10\u00a0kg", "10 kg"),
    ("a narrow no-break space", "10\u202fkg", "10 kg"),
    ("thin and figure spaces", "1\u2009000\u2007m", "1 000 m"),
    ("an ideographic space", "\u65e5\u3000\u672c", "\u65e5 \u672c"),
    ("a tab", "a\tb", "a b"),
    ("two spaces stay two", "a  b", "a  b"),
    ("spaces around it", "\u00a0\n a \u3000", "a"),
    ("line breaks of Windows", "a\r\nb", "a\nb"),
    ("line breaks of old Macs", "a\rb", "a\nb"),
    ("Unicode's separators", "a\u2028b\u2029c", "a\nb\nc"),
    ("next line, as mainframes have it", "a\x85b", "a\nb"),
    ("the line break of office programs", "a\x0bb\x0cc", "a\nb\nc"),
    ("a soft hyphen", "tongue\u00adtwister", "tonguetwister"),
    ("a zero-width space", "sea\u200bshells", "seashells"),
    ("a zero-width space in Thai", "\u0e01\u0e34\u0e19\u200b\u0e02\u0e49\u0e32\u0e27", None),
    ("a zero-width space in Khmer", "\u1781\u17d2\u1798\u17c2\u179a\u200b\u179a", None),
    ("a byte order mark", "\ufeffRed lorry", "Red lorry"),
    ("a word joiner", "a\u2060b", "ab"),
    ("joiners between Latin letters", "f\u200ci\u200dx", "fix"),
    ("a non-joiner in Persian", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", None),
    ("a joiner behind an Arabic letter", "\u0647\u200d", None),
    ("a joiner in Sinhala", "\u0dc1\u0dca\u200d\u0dbb\u0dd3", None),
    ("a joiner before a virama in Bengali", "\u09b0\u200d\u09cd\u09af", None),
    ("a non-joiner in Hindi", "\u0915\u094d\u200c\u0937", None),
    ("two joiners are one", "\u0915\u094d\u200d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
    ("a family", "\U0001f468\u200d\U0001f469\u200d\U0001f467", None),
    ("an astronaut with a tone of skin", "\U0001f469\U0001f3fd\u200d\U0001f680", None),
    ("a heart between two people", "\U0001f469\u200d\u2764\ufe0f\u200d\U0001f468", None),
    ("a head that shakes", "\U0001f642\u200d\u2194\ufe0f", None),
    ("an emoji newer than the tables", "\U0001fae8 \U0001fac6", None),
    ("a heart in colour and one in ink", "\u2764\ufe0f \u2764\ufe0e", None),
    ("a keycap", "1\ufe0f\u20e3", None),
    ("the flag of a country", "\U0001f1f3\U0001f1f1", None),
    ("the flag of Scotland", "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", None),
    ("tags without a flag", "a\U000e0067\U000e0062b", "ab"),
    ("a joiner behind an emoji", "\U0001f98a\u200d fox", "\U0001f98a fox"),
    ("a variation selector behind a letter", "a\ufe0fb", "ab"),
    ("a variation of an ideograph", "\u845b\U000e0100", None),
    ("a variation in Mongolian", "\u182d\u180b", None),
    ("marks of direction in English", "a\u200eb\u200f!", "ab!"),
    ("a mark of direction in Hebrew", "\u05e9\u05dc\u05d5\u05dd C++\u200e \u05d5", None),
    ("turned text", "\u202eyrrol\u202c \u2066der\u2069", "yrrol der"),
    ("a grapheme joiner", "a\u034fb", "ab"),
    ("fillers that show nothing", "\u3164a\uffa0", "a"),
    ("invisible signs of mathematics", "2\u2062x", "2x"),
    ("a number sign of Arabic, which is seen", "\u0600\u0661", None),
    ("a letter of one's own font", "\uf8ff", None),
]
REFUSED = [
    ("a\0b", "control"),
    ("a\x07b", "control"),
    ("\x1b[31mred", "control"),
    ("a\x1cb", "control"),
    ("a\x7fb", "control"),
    ("a\x9bb", "control"),
    ("a\ud83db", "control"),
    ("\udd8a\ud83e", "control"),
    ("a\ufffe", "control"),
    ("\U0001ffff", "control"),
    ("a" + "\u0301" * (MOST_MARKS + 1), "marks"),
]
#: where forms meet: letters, marks and emoji of which the rules speak, and all that is unseen
HARD = (
    "a\u00e9 e\u0301\u0323\u0958\u094d\u200c\u200d\u0645\ufe0f\ufe0e\u034f\u05e9\u05b0\u05bc"
    "\u00ad\u200b\u200f\u202e\n\u2028"
    "\U0001f468\U0001f3fd\u2764\U0001f3f4\U000e0067\U000e007f\u3000\u1100\u1161\u1160\u180b\u182d\u0e01\U000e0100\u845b\u0f71"
)
TEXTS = st.text(st.sampled_from(HARD) | st.characters(codec="utf-8"), max_size=30)


@pytest.mark.parametrize(("sent", "kept"), [(sent, kept) for _, sent, kept in FORMS], ids=[name for name, *_ in FORMS])
def test_a_text_has_one_form(sent: str, kept: str | None) -> None:
    assert checked(sent) == (sent if kept is None else kept)


@pytest.mark.parametrize(("sent", "words"), REFUSED, ids=[f"{sent!a:.20}" for sent, _ in REFUSED])
def test_what_is_no_text_is_refused(sent: str, words: str) -> None:
    for check in (checked, checked_line):
        with pytest.raises(ValueError, match=words):
            check(sent)


@pytest.mark.parametrize(("sent", "kept"), [("a\u2028b", "a b"), ("a\u2029b\n", "a b"), ("a\u00a0b", "a b")])
def test_a_line_has_spaces_where_separators_were(sent: str, kept: str) -> None:
    assert checked_line(sent) == kept


@pytest.mark.parametrize("sent", ["a\nb", "a\r\nb", "a\tb", "a\x85b"])
def test_a_line_is_not_broken(sent: str) -> None:
    with pytest.raises(ValueError, match="must be one line"):
        checked_line(sent)


@given(TEXTS)
def test_the_form_of_a_form_is_itself(text: str) -> None:
    once = one_form(text)
    assert one_form(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(TEXTS)
def test_a_form_is_never_longer_than_the_text_in_nfc_and_keeps_what_is_seen(text: str) -> None:
    form = one_form(text)
    assert len(form) <= len(unicodedata.normalize("NFC", text))
    seen = [
        one
        for one in unicodedata.normalize("NFD", text)
        if one.isalnum() and unicodedata.name(one, "").find("FILLER") < 0
    ]
    assert sorted(seen) == sorted(one for one in unicodedata.normalize("NFD", form) if one.isalnum())


@given(TEXTS)
def test_what_is_typed_in_another_order_of_bytes_is_the_same(text: str) -> None:
    assert one_form(unicodedata.normalize("NFD", text)) == one_form(text)


def test_a_long_run_of_marks_is_refused_before_it_is_sorted() -> None:
    with pytest.raises(ValueError, match="marks"):
        checked("a" + "\u0301\u0316" * 500_000)
