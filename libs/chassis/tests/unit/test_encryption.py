"""Tests that personal fields are encrypted in the body, for one message and with one person's key."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import pytest

from chassis.errors import Erased, Permanent
from chassis.message.codec import PERSONAL, decode, encode
from chassis.message.crypto import Key, new_key
from chassis.message.envelope import Envelope, new_id
from contracts.base import PERSONAL as MARK
from contracts.base import Event

KEY = new_key()


class Said(Event):
    type = "test.said"
    number: int
    words: Annotated[str, MARK]
    score: Annotated[float | None, MARK] = None


SAID = Said(number=7, words="canary ☂", score=0.5)


def envelope() -> Envelope:
    return Envelope(
        id=new_id(), type=Said.type, version=(1, 0), source="test", time=datetime.now(UTC), person_id=new_id()
    )


def encrypted(key: Key = KEY) -> tuple[Envelope, bytes]:
    return encode(SAID, envelope(), key)


def changed(body: bytes) -> bytes:
    """Returns the same body with one character of the ciphertext changed."""
    payload = json.loads(body)
    payload[PERSONAL] = payload[PERSONAL][:20] + ("A" if payload[PERSONAL][20] != "A" else "B") + payload[PERSONAL][21:]
    return json.dumps(payload).encode()


def test_only_the_persons_key_opens_what_was_sealed() -> None:
    known, body = encrypted()
    assert known.enc == KEY.id
    assert json.loads(body).keys() == {"number", PERSONAL}
    assert b"canary" not in body
    assert decode(Said, known, body, KEY) == SAID


class Whispered(Event):
    type = "test.whispered"
    words: Annotated[str, MARK]


def test_a_message_may_be_personal_altogether() -> None:
    payload, known = Whispered(words="canary"), replace(envelope(), type=Whispered.type)
    known, body = encode(payload, known, KEY)
    assert json.loads(body).keys() == {PERSONAL}
    assert decode(Whispered, known, body, KEY) == payload


def test_what_was_sealed_counts_before_what_somebody_has_written_beside_it() -> None:
    known, body = encrypted()
    forged = body.replace(b'{"number":7', b'{"number":7,"words":"forged"')
    assert forged != body
    assert decode(Said, known, forged, KEY) == SAID


def test_two_messages_of_the_same_words_do_not_look_alike() -> None:
    assert json.loads(encrypted()[1])[PERSONAL] != json.loads(encrypted()[1])[PERSONAL]


@pytest.mark.parametrize("key", [None, new_key()], ids=["none", "another's"])
def test_without_its_key_a_message_is_of_an_erased_person(key: Key | None) -> None:
    known, body = encrypted()
    with pytest.raises(Erased):
        decode(Said, known, body, key)


def test_what_was_changed_or_moved_is_refused_and_not_repeated() -> None:
    known, body = encrypted()
    bad = [
        (known, changed(body), KEY),
        (replace(known, id=new_id()), body, KEY),
        (known, body, Key(KEY.id, new_key().secret)),
        (known, b'{"number": 7}', KEY),
        (known, b'{"number": 7, "_personal": 12}', KEY),
        (known, b'{"number": 7, "_personal": "QQ=="}', KEY),
        (known, b"[]", KEY),
        (known, b"\xff", KEY),
    ]
    for where, what, key in bad:
        with pytest.raises(Permanent) as refused:
            decode(Said, where, what, key)
        assert refused.value.problem.type == "/problems/unreadable"
        assert "canary" not in str(refused.value)


def test_what_is_personal_never_leaves_without_a_key() -> None:
    with pytest.raises(RuntimeError, match="key"):
        encode(SAID, envelope())


def test_what_was_written_before_there_was_encryption_is_still_read() -> None:
    assert decode(Said, envelope(), SAID.model_dump_json().encode()) == SAID


def test_a_key_does_not_show_its_secret() -> None:
    assert KEY.secret.hex() not in repr(KEY)
    assert repr(KEY.secret) not in repr(KEY)
