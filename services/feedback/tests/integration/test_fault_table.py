"""Holds the table of providers' faults in docs/models.md: what a client sees of each, and how many calls it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.feedback.tests.integration.fault_table import table

DOCUMENT = Path(__file__).parents[4] / "docs" / "models.md"


@pytest.mark.in_full
async def test_the_document_has_the_table_of_faults_as_it_is() -> None:
    assert await table() in DOCUMENT.read_text(encoding="utf-8")
