"""Says signs that stand within words and numbers: powers, a slash for “per”, dots and spaces between groups, “&”."""

import re
from itertools import product

from speech.assess.abbreviations import MONTHS, SIGNS, UNITS
from speech.assess.forms import END, FREE, Kinds, Short, as_one
from speech.assess.numbers import cardinals, digits_apart, fractions, number, ordinals, pairs, whole

_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_MONTHS = tuple(MONTHS.values())
_EACH = "hour|day|night|week|month|year|minute|second|person|head|child|game|pound|kilo|ounce|unit|piece|mile|meter"
#: what may stand before a slash that means “per”
_MEASURED = re.compile(rf"\d\s?(?:{_UNIT}|[%€¢£])?$")
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_POWERS = {2: ["squared"], 3: ["cubed"]}


def _per(found: re.Match[str]) -> list[Short]:
    if not _MEASURED.search(found.string[max(0, found.start() - 8) : found.start()]):
        return []
    names = [name for name in UNITS.get(found["per"], (found["per"],)) if not name.endswith("s")]
    links = [("per", "an" if name[0] in "aeiou" or name.startswith("hour") else "a") for name in names[:3]]
    return as_one(found, [f"{link} {name}" for name, both in zip(names, links, strict=False) for link in both])


def _power(found: re.Match[str]) -> list[Short]:
    up = int(found["up"] or "".join(str(_RAISED.index(digit)) for digit in found["raised"]))
    base = number(found["base"])[:2] if found["base"].isdigit() else [" ".join(found["base"].lower())]
    nth, plain = ordinals(up)[0], cardinals(up)[0]
    raised = [
        *_POWERS.get(up, []),
        f"to the {nth}",
        f"to the {plain}",
        f"to the power of {plain}",
        f"to the {nth} power",
    ]
    return as_one(found, [f"{one} {way}" for way, one in product(raised, base)])


def _dotted(found: re.Match[str]) -> list[Short]:
    """Says telephone numbers, versions and addresses, whose groups dots part; what may be a date is none of them."""
    groups = found["dotted"].split(".")
    if len(groups) == 3 and len(groups[2]) in (2, 4) and max(map(int, groups[:2])) <= 31:
        return []
    usual, apart = ([way(group)[0] for group in groups] for way in (whole, digits_apart))
    ways = [f" {link} ".join(said) for said, link in product((usual, apart), ("point", "dot", ""))]
    return as_one(found, [*ways, " ".join(pairs(group) for group in groups), digits_apart("".join(groups))[-1]])


def _spaced(found: re.Match[str]) -> list[Short]:
    """Says a number whose groups of three digits stand apart: a count, or as it is written."""
    groups = found["spaced"].split()
    joined = "".join(groups)
    apart = [" ".join(way(group) for group in groups) for way in (lambda group: whole(group)[0], pairs)]
    return as_one(found, [*cardinals(int(joined))[:4], *digits_apart(joined)[:2], *apart])


def _day(found: re.Match[str]) -> list[Short]:
    """Says what may be a date without its year, and may be a fraction."""
    top, bottom = int(found["month"]), int(found["day"])
    dates = [
        way
        for month, day in dict.fromkeys(((top, bottom), (bottom, top)))
        if 1 <= month <= 12 and 1 <= day <= 31
        for name, nth in ((_MONTHS[month - 1], ordinals(day)[0]),)
        for way in (f"{name} {nth}", f"{name} the {nth}", f"the {nth} of {name}")
    ]
    said = fractions(top, bottom)
    if not dates:
        return as_one(found, said)
    if bottom <= 10:
        return as_one(found, [*said[:4], said[-1], *dates])
    return as_one(found, [*dates, said[-1], said[0], said[-2]])


def _sign(found: re.Match[str]) -> list[Short]:
    return as_one(found, SIGNS[found["sign"]])


#: those that go before the kinds of numbers, and those that come behind them and those of letters
BEFORE: Kinds = {
    "spaced": (rf"{FREE}(?P<spaced>[1-9]\d{{0,2}}(?: \d{{3}})+)(?![\w,]| \d|[.:]\d)", _spaced),
    "dotted": (rf"{FREE}(?P<dotted>\d{{1,4}}(?:\.\d{{1,4}}){{2,}}){END}", _dotted),
    "power": (
        rf"(?<!\w)(?P<base>\d+|[A-Za-z]{{1,2}})(?:\^(?P<up>\d{{1,2}})|(?P<raised>[{_RAISED}]{{1,2}})){END}",
        _power,
    ),
    "day": (rf"{FREE}(?P<month>\d{{1,2}})/(?P<day>[1-9]\d?)(?![\w/])", _day),
}
BEHIND: Kinds = {
    "per": (rf"/\s?(?P<per>{_UNIT}|{_EACH}){END}", _per),
    "sign": (r"(?<=\w)(?P<sign>[&@])(?=\w)", _sign),
}
