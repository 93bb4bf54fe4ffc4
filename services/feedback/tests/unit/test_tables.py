"""Holds the table of the child safety check in docs/models.md."""

from __future__ import annotations

from pathlib import Path

from services.feedback.tests.unit.safety_table import table

DOCUMENT = Path(__file__).parents[4] / "docs" / "models.md"


def test_the_document_has_the_table_of_the_safety_check_as_it_is() -> None:
    assert table() in DOCUMENT.read_text(encoding="utf-8")
