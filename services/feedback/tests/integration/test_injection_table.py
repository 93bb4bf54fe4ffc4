"""Holds the tables of injections in docs/models.md: what becomes of an obedient model's answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.feedback.tests.integration.injection_table import by_language, by_role
from services.feedback.tests.unit.test_injections import INJECTIONS

DOCUMENT = Path(__file__).parents[4] / "docs" / "models.md"


@pytest.mark.in_full
def test_the_document_has_the_tables_of_injections_as_they_are() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert by_role(INJECTIONS) in text
    assert by_language(INJECTIONS) in text
