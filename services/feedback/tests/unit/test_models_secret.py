"""Tests that a key cannot be shown by mistake."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from feedback.models.request import ChatMessage, ModelRequest, Text
from feedback.models.secret import Secret

KEY = "sk-canary-0123456789"


def test_a_secret_prints_as_stars() -> None:
    secret = Secret(KEY)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>40}", "%s %r" % (secret, secret), repr([secret])]  # noqa: UP031
    assert secret.reveal() == KEY
    assert not any("canary" in text for text in shown)


def test_a_secret_goes_nowhere_else() -> None:
    secret = Secret(KEY)
    for write in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            write(secret)
    assert not hasattr(secret, "__dict__")
    assert KEY not in repr([getattr(secret, name) for name in dir(secret) if name != "reveal"])
    assert secret != Secret(KEY)


def test_words_are_not_printed() -> None:
    request = ModelRequest(model="m", messages=[ChatMessage("user", "my words")], max_output_tokens=9, schema={"w": 1})
    assert "words" not in repr(request) + repr(Text("my words"))
