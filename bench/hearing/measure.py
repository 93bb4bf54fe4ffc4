"""Gives recordings to the same functions as the service does, and counts what became of each word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from speech.assess import Assessment
from speech.decoder import decode_one
from speech.worker import Assess, Transcribe, Transcription, setup

CORRECTED = ("mispronounced", "omitted")


class Listener:
    """Holds the models of one child of the service, in this process."""

    def __init__(self) -> None:
        self._answer = setup()

    def transcribe(self, text: str, recording: bytes) -> Transcription:
        """Decodes, checks and transcribes a recording of a text."""
        heard = self._answer(Transcribe(decode_one(recording), text))
        assert isinstance(heard, Transcription)
        return heard

    def assess(self, text: str, recording: bytes | Transcription) -> Assessment:
        """Assesses a recording, or one that is transcribed."""
        heard = self.transcribe(text, recording) if isinstance(recording, bytes) else recording
        assessment = self._answer(Assess(text, heard))
        assert isinstance(assessment, Assessment)
        return assessment


@dataclass
class Counts:
    """Counts words and readings of one circumstance."""

    readings: int = 0
    #: readings that were refused, by reason
    refused: Counter[str] = field(default_factory=Counter)
    #: words that were right, by verdict
    right: Counter[str] = field(default_factory=Counter)
    #: words that were not, by how they were wrong and by verdict
    wrong: Counter[str] = field(default_factory=Counter)

    def add(self, assessment: Assessment, wrong: int | None = None, kind: str = "wrong") -> None:
        """Counts one reading, of which the word with the number `wrong` was not said as it is written."""
        self.readings += 1
        if assessment.refusal:
            self.refused[assessment.refusal.reason] += 1
            return
        text = [word for word in assessment.words if word.verdict not in ("inserted", "repeated")]
        for number, word in enumerate(text):
            if number == wrong:
                self.wrong[f"{kind}: {_named(word.verdict)}"] += 1
            else:
                self.right[_named(word.verdict)] += 1

    @property
    def row(self) -> dict[str, str]:
        """Returns the figures that the table shows."""
        total, wrong = sum(self.right.values()), sum(self.wrong.values())
        return {
            "readings": str(self.readings),
            "refused": ", ".join(f"{count} {reason}" for reason, count in self.refused.most_common()) or "0",
            "right words": str(total),
            "corrected": _share(self.right["corrected"], total),
            "unsure": _share(self.right["unsure"], total),
            "wrong words": str(wrong),
            "found": _share(_sum(self.wrong, "corrected"), wrong),
            "wrong unsure": _share(_sum(self.wrong, "unsure"), wrong),
        }


def _named(verdict: str) -> str:
    return "corrected" if verdict in CORRECTED else verdict


def _sum(counts: Counter[str], verdict: str) -> int:
    return sum(count for name, count in counts.items() if name.endswith(f": {verdict}"))


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.1f} %)" if whole else "-"


def word_errors(said: list[str], heard: list[str]) -> int:
    """Returns how many words must be put in, left out or exchanged to make one list of the other."""
    row = list(range(len(heard) + 1))
    for number, one in enumerate(said, start=1):
        before, row[0] = row[0], number
        for position, other in enumerate(heard, start=1):
            exchanged = before + (one != other)
            before = row[position]
            row[position] = min(exchanged, row[position] + 1, row[position - 1] + 1)
    return row[-1]


def table(rows: dict[str, dict[str, str]]) -> str:
    """Lays out rows of figures below their names."""
    columns = ["", *next(iter(rows.values()))]
    lines = [columns, *([name, *row.values()] for name, row in rows.items())]
    widths = [max(len(line[n]) for line in lines) for n in range(len(columns))]
    return "\n".join("  ".join(_laid(line, widths)) for line in lines)


def _laid(line: list[str], widths: list[int]) -> Iterable[str]:
    return [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
