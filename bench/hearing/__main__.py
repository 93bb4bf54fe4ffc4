"""Runs `make bench-hearing`: reads, makes noise and whispers, and prints what speech made of it."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.hearing.circumstances import CIRCUMSTANCES
from bench.hearing.human import Clip, clips, common_words, pairs
from bench.hearing.kept import Kept
from bench.hearing.measure import CORRECTED, Counts, Listener, table, word_errors
from bench.hearing.noises import NOISES, make
from bench.hearing.signals import Change, Signal, at_level, to_wav, whispered
from bench.hearing.stutters import FINDINGS, Stutter, stutters
from bench.hearing.voices import READINGS, VOICES, FliteMissing, Reading, right, say, wrong
from speech.acoustic import Dictionary
from speech.assess import SCORER, Assessment
from speech.assess.text import words

PARTS = ("readings", "noises", "whispers", "human", "stutters")
SAID = {"right": right, "wrong": wrong}
WHISPERED_TEXTS, WHISPERED_DBFS = 8, (-30.0, -38.0)


class Bench:
    """Holds the listener, the folder of sounds, and how much to measure."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.cache: Path = arguments.cache
        self.cache.mkdir(parents=True, exist_ok=True)
        self.readings, self.voices, self.verbose = arguments.readings, arguments.voices, arguments.verbose
        self.only, self.said, self.kept = arguments.only, arguments.said, Kept(arguments.keep)
        self.listener = Listener()

    def in_circumstances(self) -> dict[str, dict[str, str]]:
        """Reads right and wrong in every circumstance; prints each row when it is known."""
        read = [reading for said in self.said for reading in SAID[said](self.readings, self.voices)]
        signals = [say(reading.spoken, self.cache) for reading in read]
        rows: dict[str, dict[str, str]] = {}
        kinds: Counter[str] = Counter()
        for name, change in CIRCUMSTANCES.items():
            if self.only and not any(part in name for part in self.only):
                continue
            counts = Counts()
            for reading, signal in zip(read, signals, strict=True):
                assessment = self._assessed(name, reading, change, signal)
                counts.add(assessment, reading.wrong, reading.kind)
                self._note(name, reading, assessment.words, assessment.refusal)
            rows[name] = counts.row
            kinds += counts.wrong
            print(name, rows[name], flush=True)
        print("wrong words by kind:", dict(sorted(kinds.items())))
        return rows

    def _assessed(self, name: str, reading: Reading, change: Change, signal: Signal) -> Assessment:
        """Returns what becomes of a reading in a circumstance, or what is kept of it."""
        assessment = self.kept.find(name, reading)
        if assessment is None:
            heard = self.listener.transcribe(reading.text, change(signal))
            assessment = self.listener.assess(reading.text, heard)
            self.kept.add(name, reading, heard.transcript, assessment)
        return assessment

    def _note(self, name: str, reading: Reading, judged: object, refusal: object) -> None:
        if self.verbose:
            print(f"  {name} | {reading.spoken} | {reading.kind} {reading.wrong} | {refusal or judged}")

    def noises(self) -> dict[str, dict[str, str]]:
        """Gives every sound in which nobody speaks, at two levels."""
        outcomes: dict[float, Counter[str]] = {-18.0: Counter(), -38.0: Counter()}
        for name in NOISES:
            for level, counted in outcomes.items():
                heard = self.listener.transcribe(READINGS[0], to_wav(make(name, level)))
                outcome = heard.refusal.reason if heard.refusal else self._judged_noise(name, heard)
                counted[outcome] += 1
        return {f"{len(NOISES)} sounds at {level:g} dBFS": _counted(counted) for level, counted in outcomes.items()}

    def _judged_noise(self, name: str, heard: object) -> str:
        assessment = self.listener.assess(READINGS[0], heard)  # type: ignore[arg-type]
        outcome = assessment.refusal.reason if assessment.refusal else "assessed"
        print(f"  {name}: {outcome}", getattr(heard, "transcript", ""))
        return outcome

    def whispers(self) -> dict[str, dict[str, str]]:
        """Gives whispered readings at two levels."""
        rows = {}
        for level in WHISPERED_DBFS:
            outcomes: Counter[str] = Counter()
            counts = Counts()
            for reading in right(min(WHISPERED_TEXTS, self.readings), self.voices):
                sound = at_level(whispered(say(reading.spoken, self.cache)), level)
                assessment = self.listener.assess(reading.text, to_wav(sound))
                counts.add(assessment)
                outcomes[assessment.refusal.reason if assessment.refusal else "assessed"] += 1
            rows[f"whispers at {level:g} dBFS"] = {**_counted(outcomes), "corrected": counts.row["corrected"]}
        return rows

    def human(self) -> dict[str, dict[str, str]]:
        """Gives clips of people: their words, and texts that differ from them in one sound."""
        found = clips(self.cache)
        dictionary, common = Dictionary(), common_words([clip.text for clip in found])
        errors = total = 0
        same, other = Counts(), Counts()
        for clip in found:
            heard = self.listener.transcribe(clip.text, to_wav(clip.sound))
            said = _spoken(clip.text)
            errors += word_errors(said, _spoken(heard.transcript or ""))
            total += len(said)
            same.add(self.listener.assess(clip.text, heard))
            for text, number in pairs(clip, dictionary, common):
                other.add(self.listener.assess(text, heard), number)
        print(f"{len(found)} clips of people, {_length(found):.0f} s: {errors} of {total} words heard otherwise")
        return {"clips as said": same.row, "clips, one sound differs": other.row}

    def stutters(self) -> dict[str, dict[str, str]]:
        """Gives readings with a sound repeated, held or blocked, ordinary ones, and the clips of people."""
        rows: dict[str, Counter[str]] = {}
        said = [Stutter(clip.text, clip.name, clip.sound, "clips of people") for clip in clips(self.cache)]
        for made in [*stutters(self.readings, self.voices, self.cache), *said]:
            assessment = self.listener.assess(made.text, to_wav(made.signal))
            counted = rows.setdefault(made.kind, Counter())
            found = {finding for finding in assessment.findings if finding in FINDINGS.values()}
            counted["readings"] += 1
            counted["refused"] += assessment.refusal is not None
            counted["found"] += FINDINGS.get(made.kind) in found
            counted["found falsely"] += bool(found - {FINDINGS.get(made.kind)})
            counted["words corrected"] += sum(word.verdict in CORRECTED for word in assessment.words)
            if self.verbose:
                print(f"  {made.kind} | {made.name} | {made.text} | {assessment.findings}", flush=True)
        columns = ("readings", "refused", "found", "found falsely", "words corrected")
        return {kind: {column: str(counted[column]) for column in columns} for kind, counted in rows.items()}


def _spoken(text: str) -> list[str]:
    return [part for word in words(text) for part in word.spoken]


def _length(found: list[Clip]) -> float:
    return sum(clip.sound.size for clip in found) / 16_000


def _counted(outcomes: Counter[str]) -> dict[str, str]:
    return {"outcomes": ", ".join(f"{count} {name}" for name, count in outcomes.most_common())}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-hearing", description=__doc__)
    parser.add_argument("--readings", type=int, default=len(READINGS), help="how many of the readings")
    parser.add_argument("--voices", type=int, default=len(VOICES), help="how many of the voices")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    parser.add_argument("--said", nargs="+", choices=SAID, default=tuple(SAID), help="without an error, with one")
    parser.add_argument("--only", nargs="+", help="measure only circumstances whose name holds one of these")
    parser.add_argument("--keep", type=Path, help="add what becomes of each reading to this file; measure none twice")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "voxbus-bench-hearing")
    parser.add_argument("--write", type=Path, help="write the figures to this file")
    parser.add_argument("--before", type=Path, help="print the figures of this file first")
    parser.add_argument("--verbose", action="store_true", help="print what became of every reading")
    return parser.parse_args()


def _parts(bench: Bench, chosen: tuple[str, ...]) -> Iterator[tuple[str, dict[str, dict[str, str]]]]:
    measured = {
        "readings": bench.in_circumstances,
        "noises": bench.noises,
        "whispers": bench.whispers,
        "human": bench.human,
        "stutters": bench.stutters,
    }
    for name in chosen:
        yield name, measured[name]()


def main() -> int:
    arguments = _arguments()
    started, processor = time.monotonic(), time.process_time()
    before = json.loads(arguments.before.read_text()) if arguments.before else {}
    try:
        figures = dict(_parts(Bench(arguments), tuple(arguments.parts)))
    except FliteMissing as error:
        print(error, file=sys.stderr)
        return 1
    for name, rows in figures.items():
        for when, shown in (("before", before.get(name)), (f"scorer {SCORER}", rows)):
            if shown:
                print(f"\n{name}, {when}\n{table(shown)}")
    print(f"\n{time.monotonic() - started:.0f} s, {time.process_time() - processor:.0f} s of processor time")
    if arguments.write:
        arguments.write.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
