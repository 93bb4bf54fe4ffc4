"""Says what is written with few letters: abbreviations, initials, Roman numerals, months, endings of addresses."""

import re

from speech.assess.abbreviations import ABBREVIATIONS, DAYS, MONTHS, ONLY_DOTTED
from speech.assess.forms import END, Kinds, Short, as_one
from speech.assess.numbers import number, ordinals

_SHORT = "|".join(re.escape(short) for short in sorted(ABBREVIATIONS, key=len, reverse=True))
_ROMAN = re.compile("M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def _letters(found: re.Match[str]) -> list[Short]:
    letters = re.findall("[a-z]", found["letters"].lower())
    listed = ABBREVIATIONS.get(found["letters"].lower().rstrip("."), ())
    return as_one(found, [*listed, " ".join(letters), "".join(letters)])


def _abbreviation(found: re.Match[str]) -> list[Short]:
    written, dot = found["short"], bool(found["dot"])
    ways = ABBREVIATIONS[written.lower()]
    if written.lower() in ONLY_DOTTED and not dot:
        return []
    return as_one(found, [*ways, written.lower()] if written.isalpha() and "." not in written else ways)


def _and(found: re.Match[str]) -> list[Short]:
    return as_one(found, ["and", "an", "n"])


def _month(found: re.Match[str]) -> list[Short]:
    name = MONTHS[found["month"][:3].lower()]
    return as_one(found, [name, found["month"].lower()])


def _weekday(found: re.Match[str]) -> list[Short]:
    return as_one(found, [DAYS[found["weekday"].lower()], found["weekday"].lower()])


def _roman(found: re.Match[str]) -> list[Short]:
    written = found["roman"]
    behind_a_title = _behind_a_title(found)
    if not _ROMAN.fullmatch(written.upper()) or (written in ("I", "i") and not behind_a_title):
        return []
    value = 0
    for one, following in zip(written.upper(), [*written.upper()[1:], ""], strict=True):
        amount = _ROMAN_VALUES[one]
        value += -amount if amount < _ROMAN_VALUES.get(following, 0) else amount
    spelled, counted = " ".join(written.lower()), number(str(value))[:2]
    nth = [f"the {way}" for way in ordinals(value)[:1]]
    kept = [] if set(written.upper()) <= set("IVX") else [written.lower()]
    as_number = behind_a_title or (len(written) > 1 and not kept)
    ways = [*counted, *nth, spelled] if as_number else [spelled, *kept, *counted, *nth]
    behind_a_name = re.search(r"[A-Z][a-z]+ $", found.string[max(0, found.start() - 20) : found.start()])
    if behind_a_name and not behind_a_title:
        ways = [*nth, *ways] if len(written) > 1 else [spelled, *nth, *ways]
    return as_one(found, ways)


def _behind_a_title(found: re.Match[str]) -> bool:
    before = found.string[max(0, found.start() - 12) : found.start()].lower()
    return bool(
        re.search(
            r"\b(chapter|part|book|act|scene|volume|section|war|type|class|phase|level|grade|stage|game|round)\s$",
            before,
        )
    )


def _initials(found: re.Match[str]) -> list[Short]:
    if found.string.isupper() and " " in found.string:
        return []  # all words are in capitals, so this one need not be initials
    written = found["initials"].lower()
    plural = " s" if found["plural"] else ""
    return as_one(found, [written + plural.strip(), " ".join(written) + plural])


def _dot(found: re.Match[str]) -> list[Short]:
    return as_one(
        found, [f"dot {found['ending'].lower()}", f"point {found['ending'].lower()}", found["ending"].lower()]
    )


#: the more special first
LETTER_KINDS: Kinds = {
    "letters": (rf"(?<![\w.])(?P<letters>(?:[A-Za-z]\.){{2,}}(?:[A-Za-z]{END})?)", _letters),
    "and": (r"(?<!\w)(?:'n'?|n')(?!\w)", _and),
    "month": (r"(?<!\w)(?P<month>(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec))(?:\.(?=\s)|(?=\s\d))", _month),
    "weekday": (
        rf"(?<!\w)(?P<weekday>{'|'.join(sorted(map(str.title, DAYS), key=len, reverse=True))})"
        rf"(?:\.(?=[\s,])|(?=,?\s(?:\d|(?:{'|'.join(map(str.title, MONTHS))})[a-z]*\.?\s\d)))",
        _weekday,
    ),
    "short": (rf"(?<![\w'])(?P<short>{_SHORT})(?P<dot>\.(?!\w))?(?![\w'])", _abbreviation),
    "roman": (r"(?<![\w'])(?P<roman>[IVXLCDM]+|[ivx]{2,})(?![\w'])", _roman),
    "initials": (r"(?<![\w'])(?P<initials>[A-Z]{2,5})(?P<plural>'?s)?(?![\w'])", _initials),
    "dot": (r"(?<=[A-Za-z0-9])\.(?P<ending>[A-Za-z]{2,6})(?![\w])", _dot),
}
