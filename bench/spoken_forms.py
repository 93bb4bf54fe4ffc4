"""Writes docs/spoken-forms.md: what is written short, said in each right way, and what the real path makes of it.

`make bench-spoken` synthesizes every sentence (needs Debian's package flite), transcribes and assesses it as
the product does, and counts. It takes some minutes.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from services.speech.tests.unit.spoken_rows import ROWS, Row
from speech.assess import Assessment
from speech.assess.text import words
from speech.decoder import decode_one
from speech.worker import Assess, Result, Transcribe, Transcription, setup

PAGE = Path(__file__).parent.parent / "docs" / "spoken-forms.md"
VOICES = ("rms", "slt")
HEAD = """# Written short, said in full

One written form has several spoken ones, and each right one counts. `make bench-spoken` wrote this page: two
synthetic voices (flite: {voices}) read each row within a sentence, which was decoded, transcribed and assessed as a
recording is. “Right” counts readings in which every word of the written form is `correct`, “unsure” those with one that
is `unsure`; “neighbours” are the other words of the sentence that are `correct`. No person was recorded for it.

| written | said | right | unsure | neighbours |
|---|---|---|---|---|
"""


@dataclass
class Count:
    """Counts readings of a row, and the words around it."""

    readings: int = 0
    right: int = 0
    unsure: int = 0
    neighbours: int = 0
    neighbours_right: int = 0

    def add(self, row: Row, assessment: Assessment) -> list[str]:
        """Counts a reading; returns its words that are not right."""
        text = [word for word in assessment.words if word.verdict not in ("inserted", "repeated")]
        first = len(words(row.sentence.partition("{}")[0]))
        behind = len(words(row.sentence.partition("{}")[2]))
        own, around = text[first : len(text) - behind], text[:first] + text[len(text) - behind :]
        verdicts = {word.verdict for word in own}
        self.readings += 1
        self.right += verdicts == {"correct"}
        self.unsure += "unsure" in verdicts and verdicts <= {"correct", "unsure"}
        self.neighbours += len(around)
        self.neighbours_right += sum(word.verdict == "correct" for word in around)
        others = [word for word in assessment.words if word.verdict != "correct"]
        return [f"{word.word}: {word.verdict}" for word in others]


def synthesize(text: str, voice: str) -> bytes:
    """Returns a reading of the text as a WAV file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
        return path.read_bytes()


def main() -> None:
    """Runs all rows, prints what was not right, and writes the page."""
    handle = setup()
    started, total, lines = time.process_time(), Count(), []
    for row in ROWS:
        count = Count()
        for said in row.spoken:
            for voice in VOICES:
                text, recording = row.sentence.format(row.written), synthesize(row.sentence.format(said), voice)
                heard = _ask(handle(Transcribe(decode_one(recording), text)))
                assessment = handle(Assess(text, heard))
                assert isinstance(assessment, Assessment)
                for one in (count, total):
                    missed = one.add(row, assessment)
                if missed:
                    print(f"{row.written} | {said} | {voice} | {heard.transcript} | {', '.join(missed)}", flush=True)
        lines.append(
            _line(
                f"`{row.written}`" if "`" not in row.written else f"`` {row.written} ``", "; ".join(row.spoken), count
            )
        )
    lines.append(_line("all", f"{sum(len(row.spoken) for row in ROWS)} ways of {len(ROWS)} rows", total))
    PAGE.write_text(HEAD.format(voices=", ".join(VOICES)) + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{total} in {time.process_time() - started:.0f} s of processor time")


def _line(written: str, said: str, count: Count) -> str:
    right, around = f"{count.right} of {count.readings}", f"{count.neighbours_right} of {count.neighbours}"
    return f"| {written} | {said} | {right} | {count.unsure} | {around} |"


def _ask(result: Result) -> Transcription:
    assert isinstance(result, Transcription)
    return result


if __name__ == "__main__":
    main()
