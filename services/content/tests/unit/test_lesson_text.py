"""Tests the HTML of lessons: nothing runs in it, and each exercise has its place."""

from __future__ import annotations

import pytest

from content.lessons.markdown import render
from content.lessons.readability import grade

PICTURES = {"envelope.svg": ("/media/lessons/ab12", "An <envelope>")}


def test_text_exercises_and_pictures_are_rendered() -> None:
    text = "# Title\n\nSome *words*.\n{{exercise: one}}\nMore.\n\n- a\n- b\n\n![x](media:envelope.svg)\n"
    assert render(text, PICTURES) == (
        "<h1>Title</h1>\n<p>Some <em>words</em>.</p>\n"
        '<div data-exercise="one"></div>\n<p>More.</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n'
        '<p><img src="/media/lessons/ab12" alt="An &lt;envelope&gt;"></p>\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "[a](javascript:alert(1))",
        "[a](<java\nscript:alert(1)>)",
        "![a](data:image/svg+xml;base64,PHN2Zz4=)",
        "[a](vbscript:x)",
        '[a](https://x.example "onmouseover=alert(1)")',
        "<svg onload=alert(1)>",
        '{{exercise: "><script>}}',
    ],
)
def test_nothing_runs_in_it(text: str) -> None:
    html = render(text, {}).lower()
    assert "<script" not in html
    assert "<svg" not in html
    assert 'href="java' not in html
    assert 'src="data' not in html
    assert "<img src=x" not in html


def test_a_link_leads_out_safely() -> None:
    assert render("[a](https://a.example/b)", {}) == (
        '<p><a href="https://a.example/b" rel="noopener noreferrer">a</a></p>\n'
    )
    assert 'href="/media/lessons/ab12"' in render("[large](media:envelope.svg)", PICTURES)


def test_the_grade_is_that_of_the_formula() -> None:
    # 10 words, 2 sentences, 11 syllables
    assert grade("The cat sat on the mat. The sun was yellow.") == pytest.approx(0.39 * 5 + 11.8 * 1.1 - 15.59)
    assert grade("") == 0
