"""Plans what a nemesis strikes and when: draws it from a seed, or reads it from an earlier history."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from random import Random

from tests.faults.chaos_env import Fault

#: seconds of load between two full checks; a round ends with the strike that is under way by then
ROUND = (100.0, 150.0)
#: seconds of quiet before a strike: from none to speak of, to as long as most things need to recover
PAUSE = (1.0, 12.0)
#: of what a fault takes in a whole run
PART = (0.3, 1.0)
#: how often a second fault, of another part of the system, begins while the first one goes on
TWO_AT_ONCE = 0.2


@dataclass(frozen=True, slots=True)
class Strike:
    """Holds a fault and its time. Faults of one `moment` may overlap; those of the next one wait for their end."""

    round: int
    moment: int
    #: seconds after the beginning of the round
    at: float
    fault: str
    seconds: float


def plan(seed: int, seconds: float, faults: Sequence[Fault]) -> list[Strike]:
    """Plans about that many seconds of load and strikes, always the same for a seed, time and table of faults."""
    dice = Random(seed)
    strikes: list[Strike] = []
    number = 0
    while seconds > 0:
        number += 1
        length = min(seconds, dice.uniform(*ROUND))
        strikes += _round(dice, number, length, faults)
        seconds -= length
    return strikes


def _round(dice: Random, number: int, length: float, faults: Sequence[Fault]) -> list[Strike]:
    strikes: list[Strike] = []
    at, moment = dice.uniform(*PAUSE), 0
    while not strikes or at < length:
        moment += 1
        fault = dice.choice(faults)
        seconds = _seconds(dice, fault)
        strikes.append(Strike(number, moment, round(at, 1), fault.name, seconds))
        ends = at + seconds
        beside = [other for other in faults if fault.upon and other.upon not in (None, fault.upon)]
        if beside and dice.random() < TWO_AT_ONCE:
            second = dice.choice(beside)
            begins, takes = at + dice.uniform(0, seconds), _seconds(dice, second)
            strikes.append(Strike(number, moment, round(begins, 1), second.name, takes))
            ends = max(ends, begins + takes)
        at = ends + dice.uniform(*PAUSE)
    return strikes


def _seconds(dice: Random, fault: Fault) -> float:
    return round(fault.seconds * dice.uniform(*PART), 1)


def rounds(strikes: Iterable[Strike]) -> list[list[list[Strike]]]:
    """Groups strikes by round and moment, both in their order."""
    return [
        [list(moment) for _, moment in groupby(of_round, key=lambda strike: strike.moment)]
        for _, of_round in groupby(strikes, key=lambda strike: strike.round)
    ]


def struck(history: Iterable[str]) -> list[Strike]:
    """Reads from the lines of a history what was struck, and when it really was."""
    strikes = []
    for line in history:
        facts = json.loads(line)
        if facts["kind"] == "strike":
            strikes.append(Strike(*(facts[name] for name in ("round", "moment", "at", "fault", "seconds"))))
    return strikes
