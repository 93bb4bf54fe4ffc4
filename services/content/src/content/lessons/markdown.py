"""Renders the text of a lesson: CommonMark without raw HTML, sanitised, with a place for each exercise.

`{{exercise: id}}` on a line of its own becomes an empty `<div data-exercise="id">`. A picture is shown from the media
store; other addresses than `https:` and `media:` are findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

MEDIA = "media:"
_PLACE = re.compile(r"\{\{\s*exercise:\s*([A-Za-z0-9-]{1,60})\s*\}\}")
_STRAY = re.compile(r"\{\{\s*exercise\b")
_TAGS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "a"}
_TAGS |= {"img", "hr", "br", "div"}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "code": {"class"},
    "div": {"data-exercise"},
}


@dataclass(frozen=True, slots=True)
class Placed:
    """Holds where an exercise stands: its line in the text, from 0, and the words of the paragraph that it is in."""

    exercise: str
    line: int
    around: str


@dataclass(frozen=True, slots=True)
class Target:
    """Holds what a link or a picture leads to, and the line in the text, from 0."""

    url: str
    picture: bool
    line: int


@dataclass(frozen=True, slots=True)
class Text:
    """Holds what the rules look at in a text. Lines count from 0.

    `raw_html` and `stray` are the lines of raw HTML, and of places of exercises that are not alone in their line.
    """

    placed: tuple[Placed, ...]
    targets: tuple[Target, ...]
    raw_html: tuple[int, ...]
    stray: tuple[int, ...]
    #: the words that are read, without code and marks
    words: str


def read_text(text: str) -> Text:
    """Reads a text as the rules need it."""
    tokens = _reader().parse(text)
    lines = text.splitlines()
    placed: list[Placed] = []
    targets: list[Target] = []
    raw: list[int] = []
    stray: list[int] = []
    words: list[str] = []
    for token in tokens:
        line = token.map[0] if token.map else 0
        if token.type == "exercise":
            placed.append(Placed(token.meta["id"], line, _around(lines, line)))
        elif token.type == "html_block":
            raw.append(line)
        elif token.type == "inline":
            targets += _targets(token, line)
            raw += [line] if any(child.type == "html_inline" for child in token.children or ()) else []
            said = "".join(child.content if child.type == "text" else " " for child in token.children or ())
            stray += [line] if _STRAY.search(said) else []
            words.append(said)
    return Text(tuple(placed), tuple(targets), tuple(raw), tuple(stray), "\n".join(words))


def render(text: str, pictures: Mapping[str, tuple[str, str]]) -> str:
    """Returns the text as HTML; `pictures` are the URL and the `alt` of each picture, by its name."""
    tokens = _writer().parse(text)
    for child in (child for token in tokens for child in token.children or ()):
        address = {"image": "src", "link_open": "href"}.get(child.type)
        target = str(child.attrGet(address)) if address else ""
        if address and target.startswith(MEDIA):
            url, alt = pictures.get(target.removeprefix(MEDIA), ("", ""))
            child.attrSet(address, url)
            if child.type == "image":
                child.children, child.content = [Token("text", "", 0, content=alt)], alt
    html = _writer().renderer.render(tokens, _writer().options, {})
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"https"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


@cache
def _writer() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False})
    return _with_exercises(made)


@cache
def _reader() -> MarkdownIt:
    """Returns the parser of the rules, which also sees raw HTML and every address."""
    made = MarkdownIt("commonmark", {"html": True})
    made.validateLink = lambda url: True  # type: ignore[method-assign]
    return _with_exercises(made)


def _with_exercises(made: MarkdownIt) -> MarkdownIt:
    made.block.ruler.before("fence", "exercise", _exercise, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    made.add_render_rule(
        "exercise", lambda _, tokens, at, *rest: f'<div data-exercise="{tokens[at].meta["id"]}"></div>\n'
    )
    return made


def _exercise(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """Reads the place of an exercise: a rule of the parser."""
    if state.is_code_block(first):
        return False
    found = _PLACE.fullmatch(state.src[state.bMarks[first] + state.tShift[first] : state.eMarks[first]].strip())
    if found is None:
        return False
    if not silent:
        state.line = first + 1
        token = state.push("exercise", "div", 0)
        token.map, token.meta = [first, first + 1], {"id": found[1]}
    return True


def _around(lines: list[str], at: int) -> str:
    """Returns the lines before and after a line, up to the next blank ones."""
    first = last = at
    while first > 0 and lines[first - 1].strip():
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].strip():
        last += 1
    return "\n".join(line for number, line in enumerate(lines[first : last + 1], first) if number != at)


def _targets(inline: Token, line: int) -> Iterator[Target]:
    at = line
    for child in inline.children or ():
        if child.type in ("softbreak", "hardbreak"):
            at += 1
        elif child.type == "link_open":
            yield Target(str(child.attrGet("href")), False, at)
        elif child.type == "image":
            yield Target(str(child.attrGet("src")), True, at)
