"""Keeps what became of each recording in a file, a line for each, so that a run that was ended goes on where it was."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.hearing.voices import Reading
from speech.assess import SCORER, Assessment, WordResult, refused
from speech.gate import Refusal


class Kept:
    """Holds the lines of a file, and adds to it. Those of other scorers stay in it and count for nothing.

    A line says the circumstance, how the reading was made, the transcript, the reason of a refusal, and the verdicts.
    Without a file nothing is kept.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lines: dict[str, Assessment] = {}
        if path is not None and path.exists():
            whole = path.read_bytes()
            whole = whole[: whole.rfind(b"\n") + 1]  # the last line may have been cut
            path.write_bytes(whole)
            for line in whole.splitlines():
                kept = json.loads(line)
                if kept["scorer"] == SCORER:
                    self._lines[_key(kept["circumstance"], kept["reading"])] = _assessment(kept)

    def find(self, circumstance: str, reading: Reading) -> Assessment | None:
        """Returns what this scorer made of a reading in a circumstance; None if that is not kept."""
        return self._lines.get(_key(circumstance, asdict(reading)))

    def add(self, circumstance: str, reading: Reading, transcript: str | None, assessment: Assessment) -> None:
        """Adds what became of a reading; the line is in the file when this returns."""
        if self._path is None:
            return
        line = {
            "scorer": assessment.scorer,
            "circumstance": circumstance,
            "reading": asdict(reading),
            "transcript": transcript,
            "refusal": assessment.refusal and asdict(assessment.refusal),
            "words": [asdict(word) for word in assessment.words],
            "findings": assessment.findings,
        }
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        self._lines[_key(circumstance, line["reading"])] = assessment


def _key(circumstance: str, reading: object) -> str:
    return f"{circumstance}: {json.dumps(reading)}"


def _assessment(line: dict[str, Any]) -> Assessment:
    """Returns what a line keeps of an assessment: words and findings, or the refusal."""
    if line["refusal"]:
        return refused(Refusal(**line["refusal"]))
    words = tuple(WordResult(**{**word, "findings": tuple(word["findings"])}) for word in line["words"])
    return Assessment(words, None, None, (), line["scorer"], tuple(line["findings"]))
