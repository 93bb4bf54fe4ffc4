"""Makes an answer fit for text-to-speech, whole or as it streams: no Markdown, no link, no emoji, not too long.

A stream and the whole text go the same way, so that what was streamed is, put together, what the whole text gives,
however it was cut into pieces. Two steps follow each other: `_Units` turns written marks into what can be said,
word by word, and `Spoken` holds back what could have to be cut off.
"""

from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable

from feedback.models.mark import Mark, Watch

#: characters of an answer; what comes beyond is cut at a sentence
LONGEST = 1500
#: from here on, whole sentences are let out: only so can a sentence that would not fit be left out
_BY_SENTENCE = 750
#: nobody can say a run of more characters than this
_LONGEST_WORD = 80
#: characters of a unit that are looked at; what lies beyond is no word
_LONGEST_UNIT = 4000

#: scripts without spaces between words, where each character may be let out by itself
_ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
)
#: emoji and what joins or colours them, arrows, boxes, signs for rights, and what belongs to no text
_UNSPEAKABLE = re.compile(
    "[\U0001f000-\U0001faff\U0001fb00-\U0001fbff\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u2500-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\u00a9\u00ae\u2122\u203c\u2049\u20e3\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef\ufffc\ufffd\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
_UNIT = re.compile(rf"\s+|[{_ALONE}]|[^\s{_ALONE}]+")
_LEAD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
#: a run that begins like this may be the beginning of an address
_MAY_LINK = re.compile(r"h|ht|htt|https?|w|ww|www|ftp|ft|f", re.IGNORECASE)

#: what marks a line: headings, lists, quotes; and lines that are no words at all
_MARKER = re.compile(r"#{1,6}|[-*+•‣▪◦·]|\(?\d{1,3}[.)]|>+|\[[ xX]?\]|[-*_=]{3,}|[|:+-]{3,}|(?:`{3,}|~{3,})\w*|\|")
_DOMAINS = "com|org|net|edu|gov|io|dev|app|ai|co|info|biz|tv|uk|de|fr|es|nl|eu|ca|au|jp|cn|ru|br|xyz|online|site"
_ADDRESS = re.compile(
    r"(?<![^\W\d_])(?:(?:https?|ftp)://|www\.)[^\s<>\"'()\[\]*`]*[^\s<>\"'()\[\]*`.,;:!?]"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    rf"|[\w-]+\.(?:[\w-]+\.)*(?:{_DOMAINS})\b(?:/[^\s<>()\[\]*`]*[\w/])?",
    re.IGNORECASE,
)
_TARGET = re.compile(r"\]\((?:[^()\s]|\([^()\s]*\))*(?P<closed>\))?|\]\[[^\]\s]*\]|\[\^[^\]\s]*\]:?")
_TAG, _TAG_BEGINS = re.compile(r"</?[a-zA-Z][^<>\s]*>|<!--|-->"), re.compile(r"</?[a-zA-Z][\w:-]*$")
_ATTRIBUTE = re.compile(r"[\w:-]+=|[\"'/>]|[^<]*[\"'/]>")
_SHORTCODE = re.compile(r":[a-z][a-z0-9_+-]*:")
_MARKS = re.compile(r"[*`]+|~~|(?<!\w)_+|_+(?!\w)|!(?=\[)|[\[\]]|\\(?=[\W_])")
_END = re.compile(r"[.!?…।؟]+[\"'”’»)]*(?=\s)|[。！？]")
#: a full stop behind these ends no sentence
_SHORT = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|e\.g|i\.e|No|approx)|\b[A-Z])\.$")


def fit_for_speech(text: str) -> tuple[str, bool]:
    """Returns what of a text can be said, and whether something was cut off for its length."""
    spoken = Spoken()
    return spoken.add(text) + spoken.end(), spoken.was_cut


def addresses(text: str) -> set[str]:
    """Returns the links, e-mail addresses and names of sites in a text, in small letters."""
    return {found[0].lower() for found in _ADDRESS.finditer(text)}


class Spoken:
    """Turns an answer that streams into pieces that can be said; put together they are `text`.

    `was_cut` tells that the answer was too long, `was_withheld` that it began to repeat what the system had said, by
    its mark: whoever sees one of them need not wait for the rest.
    """

    def __init__(self, mark: Mark | None = None) -> None:
        self._units = _Units()
        self._made = ""
        self._said = 0
        self._watch = Watch(mark) if mark else None
        self.was_cut = False
        self.was_withheld = False

    @property
    def text(self) -> str:
        """Returns everything that was let out so far."""
        return self._made[: self._said]

    def add(self, text: str) -> str:
        """Takes the next piece of the answer, and returns what may be said now."""
        return "" if self._ended else self._let_out(self._units.add(text), ended=False)

    def end(self) -> str:
        """Returns what was held back until the answer was whole."""
        return "" if self._ended else self._let_out(self._units.end(), ended=True)

    @property
    def _ended(self) -> bool:
        return self.was_cut or self.was_withheld

    def _let_out(self, made: str, *, ended: bool) -> str:
        if not made and not ended:
            return ""
        self._made += made
        mark_ends = self._watch.add(made) if self._watch else None
        mark_begins = self._watch.begins if self._watch else None
        if mark_ends is not None and mark_ends < LONGEST:
            self.was_withheld, self._made = True, self._made[: max(self._said, mark_begins or 0)]
        else:
            self.was_cut = len(self._made) > LONGEST
        if len(self._made) <= _BY_SENTENCE or (ended and not self._ended):
            upto = len(self._made)
        else:
            upto = _last_end(self._made)
        if mark_begins is not None and not ended:
            upto = min(upto, mark_begins)
        piece, self._said = self._made[self._said : upto], max(self._said, upto)
        return piece


class Aloud:
    """Tells of a text that is being written as it can be spoken, whenever there is more of it."""

    def __init__(self, mark: Mark, tell: Callable[[str], Awaitable[None]]) -> None:
        self._spoken = Spoken(mark)
        self._tell = tell
        self._read = 0

    async def __call__(self, text: str) -> None:
        """Takes the text so far."""
        new, self._read = text[self._read :], len(text)
        if self._spoken.add(new):
            await self._tell(self._spoken.text)


def _last_end(text: str) -> int:
    """Returns where the last sentence ends that fits; where one that began early has no end, its last whole word."""
    ends = [end.end() for end in _END.finditer(text, _BY_SENTENCE - 9) if _BY_SENTENCE < end.end() <= LONGEST]
    whole = [end for end in ends if not _SHORT.search(text[max(0, end - 20) : end])]
    if whole:
        return whole[-1]
    space = text.rfind(" ", _BY_SENTENCE, LONGEST + 1)
    return space if space > 0 else min(len(text), LONGEST)


class _Units:
    """Turns units into speech: words, single characters of scripts without spaces, and the space between.

    The letters that a word begins with are let out at once, so that nothing waits for the word's end. Whatever
    becomes of the word then, it begins with them.
    """

    def __init__(self) -> None:
        self._rest = ""
        #: letters of the unit in `_rest` that were let out
        self._ahead = 0
        #: the space before the next unit: "", " ", or "\n" where a line or paragraph ended that wants a full stop
        self._gap = ""
        self._at_line_start = True
        self._marked = False
        self._in_target = False
        self._in_tag = False
        self._last = ""

    def add(self, text: str) -> str:
        """Takes a piece of text, and returns what can be said of it now."""
        units = _UNIT.findall(self._rest + text)
        self._rest = units.pop()[:_LONGEST_UNIT] if units else ""
        return "".join([*map(self._unit, units), self._begun()])

    def end(self) -> str:
        """Returns what can be said of the last unit."""
        unit, self._rest = self._rest, ""
        return self._unit(unit)

    def _unit(self, unit: str) -> str:
        if not unit.strip():
            self._space(unit)
            return ""
        ahead, self._ahead = self._ahead, 0
        if self._at_line_start and _MARKER.fullmatch(unit):
            self._marked = True
            self._gap = "\n" if self._gap else ""
            return ""
        text = self._sayable(unit[:_LONGEST_UNIT])
        self._at_line_start = False
        return self._say(text[ahead:], begun=ahead > 0)

    def _begun(self) -> str:
        """Lets out the letters that the unit in `_rest` begins with."""
        lead = _LEAD.match(self._rest)
        if lead is None or self._in_target or self._in_tag or _MAY_LINK.fullmatch(lead[0]):
            return ""
        text, begun = lead[0][self._ahead : _LONGEST_WORD], self._ahead > 0
        self._ahead += len(text)
        self._at_line_start = False
        return self._say(text, begun=begun)

    def _say(self, text: str, *, begun: bool) -> str:
        if not text:
            return ""
        gap = ""
        if not begun and self._last:
            full_stop = "." if self._gap == "\n" and self._last not in ".!?:;,…。！？" else ""
            gap = full_stop + (" " if self._gap else "")
        if not begun:
            self._gap = ""
        self._last = text[-1]
        return gap + text

    def _space(self, unit: str) -> None:
        lines = unit.count("\n")
        if lines:
            self._gap = "\n" if lines > 1 or self._marked or self._gap == "\n" else " "
            self._at_line_start, self._marked, self._in_target = True, False, False
        else:
            self._gap = self._gap or " "

    def _sayable(self, unit: str) -> str:
        if unit == "*":
            return "times" if self._last.isdigit() else ""
        text = self._behind_target(_UNSPEAKABLE.sub("", html.unescape(unit)))
        text = _TAG.sub("", self._behind_tag(text))
        text = _MARKS.sub("", _SHORTCODE.sub("", _ADDRESS.sub(_host, text))).replace("|", " ")
        text = text.replace("://", " ").strip()
        if len(text) > _LONGEST_WORD and " " not in text:
            lead = _LEAD.match(text)
            return lead[0][:_LONGEST_WORD] if lead else ""
        return text

    def _behind_target(self, text: str) -> str:
        """Leaves out where a link leads to."""
        if self._in_target:
            _, closed, text = text.partition(")")
            self._in_target = not closed
        found = list(_TARGET.finditer(text))
        self._in_target |= bool(found) and found[-1][0].startswith("](") and found[-1]["closed"] is None
        return _TARGET.sub("", text)

    def _behind_tag(self, text: str) -> str:
        """Leaves out the attributes of a tag."""
        if self._in_tag and _ATTRIBUTE.match(text):
            _, closed, text = text.partition(">")
            self._in_tag = not closed
            return text
        opened = _TAG_BEGINS.search(text)
        self._in_tag = opened is not None
        return text[: opened.start()] if opened else text


def _host(address: re.Match[str]) -> str:
    """Says an address as its host: “example dot com”."""
    bare = re.sub(r"^(?:\w+://)?(?:[^/@]*@(?=[^/]*/))?(?:www\.)?", "", address[0], flags=re.IGNORECASE)
    host = re.split(r"[/?#:]", bare, maxsplit=1)[0]
    return host.strip(".").replace("@", " at ").replace(".", " dot ")
