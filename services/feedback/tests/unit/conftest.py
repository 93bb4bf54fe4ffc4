"""Provides what several files of tests share."""

from __future__ import annotations

import pytest

from services.feedback.tests.unit.conversations import Talking, talking


@pytest.fixture
def talk() -> Talking:
    return talking()
