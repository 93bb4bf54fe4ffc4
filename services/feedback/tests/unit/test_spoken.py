"""A text that is spoken holds no Markdown, link or emoji, has an end, and is the same whether it streams or not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.models.mark import Mark
from feedback.models.spoken import LONGEST, Spoken, fit_for_speech

MARK = Mark("qwzxvbnmplkjhgfdsaty")
PIECES = """
    * _ [ ] ( ) ` ``` # - 1. . ! < > <b /> href=" " | @ ~~ \\ {} :smile: &lt; http https :// www. .com a Hello word. Mr.
    é 你 。 😀 \u200d 👍🏽 qwzxvbnmpl kjhgfdsaty
"""
TEXTS = st.lists(st.sampled_from([*PIECES.split(), " ", "  ", "\n", "\n\n", "so it goes on "]), max_size=60).map(
    "".join
)
LONG = st.lists(
    st.sampled_from(["Yes. ", "It goes on ", "word ", "。", "你好", "\n\n- item", "x" * 90]), max_size=400
).map("".join)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Hello **world**, see [the docs](https://x.io/a) now.", "Hello world, see the docs now."),
        ("# Plan\n- one\n- two *bold* things\n\n1. first\n2) second", "Plan. one. two bold things. first. second"),
        ("> quoted\n\n---\n\nnext", "quoted. next"),
        ("See https://www.example.com/a?b=c#d. Done", "See example dot com. Done"),
        ("Mail robin@example.org!", "Mail robin at example dot org!"),
        ("Read voxbus.io/docs or foo.bar", "Read voxbus dot io or foo.bar"),
        ("Fine 😀👍🏽 :smile: ❤️ at 10:30", "Fine at 10:30"),
        ("```python\nprint(1)\n```\nThat prints.", "print(1). That prints."),
        ("<b>hi</b> <a href=\"http://x.com\" target='_blank'>there</a> <br/>you", "hi there you"),
        ("5 < 6, 2 * 3 and a > b", "5 < 6, 2 times 3 and a > b"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b. 1 2"),
        ("snake_case, _em_, __strong__, it's Node.js", "snake_case, em, strong, it's Node.js"),
        ('![a cat](cat.png) and [b](http://a.b "a title") and [c][1][^2]', "a cat and b and c"),
        ("你好。[世界](http://a.com)！", "你好。世界！"),
        ("a &amp; b \u202eevil\u202c", "a & b evil"),
        ("x" * 200 + " y", "x" * 80 + " y"),
        ("one\ntwo", "one two"),
        ("", ""),
        (" \n ", ""),
        ("**", ""),
    ],
)
def test_a_text_becomes_speech(text: str, spoken: str) -> None:
    assert fit_for_speech(text) == (spoken, False)


def streamed(text: str, sizes: list[int], mark: Mark | None = None) -> tuple[str, bool, bool]:
    spoken, said, at = Spoken(mark), "", 0
    while at < len(text):
        size = sizes[at % len(sizes)]
        said += spoken.add(text[at : at + size])
        at += size
    said += spoken.end()
    assert said == spoken.text
    return said, spoken.was_cut, spoken.was_withheld


@settings(max_examples=60)
@given(TEXTS | LONG, st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_a_stream_says_what_the_whole_text_says(text: str, sizes: list[int]) -> None:
    whole = streamed(text, [10**6], MARK)
    assert streamed(text, sizes, MARK) == whole
    assert len(whole[0]) <= LONGEST
    assert MARK.end_in(whole[0]) is None
    assert not re.search(r"\*\*|__|`|https?://|\]\(|[\U0001f000-\U0001ffff]", whole[0])


def test_letters_are_let_out_as_they_come() -> None:
    spoken = Spoken()
    assert [spoken.add(piece) for piece in ("Hel", "lo", " wor", "ld", ", this")] == [
        "Hel",
        "lo",
        " wor",
        "ld",
        ", this",
    ]


def test_what_may_become_a_link_waits() -> None:
    spoken = Spoken()
    assert [spoken.add(piece) for piece in ("at h", "ttps", "://a.com/b", "/c", " now")] == [
        "at",
        "",
        "",
        "",
        " a dot com now",
    ]


def test_a_long_text_is_cut_at_a_sentence() -> None:
    text = "This is one sentence of many. " * 100
    spoken, was_cut = fit_for_speech(text)
    assert was_cut
    assert spoken.endswith("many.")
    assert LONGEST - 40 < len(spoken) <= LONGEST


def test_a_sentence_without_an_end_is_cut_at_a_word() -> None:
    spoken, was_cut = fit_for_speech("word " * 1000)
    assert was_cut
    assert spoken.endswith("word")


def test_an_abbreviation_ends_no_sentence() -> None:
    text = "It is so. " * 140 + "Then came Mr. " + "Smith and " * 20
    assert fit_for_speech(text)[0].endswith("It is so.")


@pytest.mark.parametrize(
    "leak", [MARK.word, MARK.word.upper(), " ".join(MARK.word), "-".join(MARK.word), MARK.word[::-1]]
)
def test_an_answer_that_repeats_the_system_ends_before_its_mark(leak: str) -> None:
    for sizes in ([1], [3], [500]):
        said, was_cut, was_withheld = streamed(f"Well, it says {leak} and more.", sizes, MARK)
        assert (was_cut, was_withheld) == (False, True)
        assert said.startswith("Well, it says")
        assert len(said) <= len("Well, it says ") + 2 * 4  # letters that could have been those of any word
        assert MARK.end_in(said) is None


def test_words_that_begin_like_a_mark_are_said() -> None:
    text = f"It says {MARK.word[:12]} and no more, and {MARK.word[:9]}"
    assert streamed(text, [1], MARK) == (text, False, False)
