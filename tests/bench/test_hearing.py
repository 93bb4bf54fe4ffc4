"""Tests that what became of readings in `make bench-hearing` is kept, so that a run that was ended goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.hearing.kept import Kept
from bench.hearing.measure import Counts
from bench.hearing.voices import Reading, Spoken
from speech.assess import SCORER, Assessment, WordResult, refused
from speech.gate import Refusal

_READING = Reading("A peck.", Spoken("A voxslip.", "slt", (("voxslip", "p eh1 t"),)), 1, "wrong sound")
_WORDS = (WordResult("A", "correct"), WordResult("peck", "mispronounced", "pet", 0.3, 0.6, 41.5, 0.8))
_ASSESSED = Assessment(_WORDS, None, None, (), SCORER, ("reading.other_text",))
_REFUSED = refused(Refusal("noisy", "Too noisy."))


@pytest.mark.parametrize("outcome", [_ASSESSED, _REFUSED])
def test_an_outcome_is_found_again_for_its_reading_in_its_circumstance(tmp_path: Path, outcome: Assessment) -> None:
    Kept(tmp_path / "kept").add("clean", _READING, "a pet", outcome)
    again = Kept(tmp_path / "kept")
    found = again.find("clean", _READING)
    assert found == outcome
    assert again.find("headset", _READING) is None
    assert again.find("clean", Reading(_READING.text, Spoken("A peck.", "slt"))) is None
    counts, as_before = Counts(), Counts()
    counts.add(found, _READING.wrong, _READING.kind)
    as_before.add(outcome, _READING.wrong, _READING.kind)
    assert counts == as_before


def test_what_another_scorer_said_stays_and_is_not_found(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    Kept(path).add("clean", _READING, "a pet", _ASSESSED)
    older = path.read_text().replace(f'"scorer": "{SCORER}"', '"scorer": "0.1.0"')
    path.write_text(older)
    kept = Kept(path)
    assert kept.find("clean", _READING) is None
    kept.add("clean", _READING, "a pet", _ASSESSED)
    assert path.read_text().startswith(older)
    assert Kept(path).find("clean", _READING) == _ASSESSED


def test_a_line_that_was_cut_is_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    Kept(path).add("clean", _READING, "a pet", _ASSESSED)
    whole = path.read_text()
    path.write_text(whole + whole.replace("clean", "headset")[:-9])
    kept = Kept(path)
    assert kept.find("clean", _READING) == _ASSESSED
    assert kept.find("headset", _READING) is None
    kept.add("headset", _READING, None, _REFUSED)
    assert Kept(path).find("headset", _READING) == _REFUSED


def test_nothing_is_kept_without_a_file() -> None:
    kept = Kept()
    kept.add("clean", _READING, "a pet", _ASSESSED)
    assert kept.find("clean", _READING) is None
