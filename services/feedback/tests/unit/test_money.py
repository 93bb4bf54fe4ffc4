"""Tests how amounts of money are shown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from feedback.models.money import dollars


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "0.000000"),
        ("0.0000001", "0.000001"),
        ("0.25", "0.250000"),
        ("0.0000675", "0.000068"),
        ("12345678.9", "12345678.900000"),
    ],
)
def test_amounts_are_shown_rounded_up(amount: str, shown: str) -> None:
    assert dollars(Decimal(amount)) == shown
