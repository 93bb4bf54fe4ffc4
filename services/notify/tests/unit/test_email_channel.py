"""Tests the mails of notifications as they are written, and what they say of the address that they go to."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID

import pytest

from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from notify.mail.letter import Letter, sender_of
from notify.notifications.channels.channel import NoTarget, Told
from notify.notifications.channels.email import Email
from notify.notifications.channels.seal import Sealing
from notify.notifications.channels.tools import Tools

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
ID, CHANNEL, PERSON = (UUID(int=number) for number in (1, 2, 3))


class Box:
    """Takes mails, as the tests' own mailer."""

    outcome = "sent"

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def send(self, letter: Letter, *, may_begin: object = None) -> None:
        self.letters.append(letter)


def sealing() -> Sealing:
    return Sealing(Keys(KeysInMemory()), "a secret of more than thirty-two characters")


def tools(**more: Any) -> Tools:
    """Returns what channels are made from."""
    sender = sender_of("n@v.example")
    return Tools(mailer=Box(), sender=sender, public_url="https://v.example", sealing=sealing(), **more)


def told(**changes: object) -> Told:
    values: dict[str, object] = {
        "id": ID,
        "delivery_id": ID,
        "channel_id": CHANNEL,
        "person_id": PERSON,
        "type": "custom",
        "title": "Hello",
        "body": "One.\n\nTwo <b>.",
        "link": "/lessons/1",
        "at": AT,
        "urgent": False,
        "stale_at": AT + timedelta(hours=1),
    }
    return Told(**{**values, **changes})  # type: ignore[arg-type]


def may_begin() -> AbstractAsyncContextManager[None]:
    return nullcontext()


async def written(address: str = "robin@example.org", **changes: object) -> tuple[bytes, EmailMessage]:
    box = Box()
    tools = Tools(
        mailer=box, sender=sender_of("Voxbus <no@voxbus.example>"), public_url="https://v.example", sealing=sealing()
    )
    channel = Email(tools)
    ended = await channel.deliver(told(**changes), channel.target(address), may_begin=may_begin)
    assert ended.ending == "sent"
    [letter] = box.letters
    mail = message_from_bytes(letter.content, policy=default)
    assert isinstance(mail, EmailMessage)
    return letter.content, mail


async def test_the_address_to_unsubscribe_is_one_line_that_every_program_can_read() -> None:
    content, mail = await written()
    token = sealing().token(CHANNEL)
    line = f"List-Unsubscribe: <https://v.example/notifications/unsubscribe?token={token}>\r\n"
    assert line.encode() in content
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content
    assert mail["Message-ID"] == f"<{ID}@voxbus.example>"


async def test_the_page_shows_text_as_text_and_links_to_this_installation_alone() -> None:
    _, mail = await written()
    page = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "Two &lt;b&gt;." in page
    assert page.count("href=") == 1 and 'href="https://v.example/lessons/1"' in page


async def test_every_try_writes_the_same_bytes() -> None:
    assert (await written(title="Ünïcode ✓", body="ß"))[0] == (await written(title="Ünïcode ✓", body="ß"))[0]


async def test_a_title_that_is_no_single_line_is_sent_nowhere() -> None:
    box = Box()
    tools = Tools(mailer=box, sender=sender_of("n@v.example"), public_url="https://v.example", sealing=sealing())
    for title in ("a\r\nBcc: b@c.org", "a\nb", "a\x00b"):
        ended = await Email(tools).deliver(told(title=title), {"address": "r@e.org"}, may_begin=may_begin)
        assert (ended.ending, box.letters) == ("failed", [])


@pytest.mark.parametrize(
    "given", ["", "robin", "a@b@", "a@b.org\r\nBcc: c@d.org", "a@b.org, c@d.org", 7, None, "a" * 255]
)
def test_what_is_no_address_is_no_target(given: object) -> None:
    tools = Tools(mailer=Box(), sender=sender_of("n@v.example"), public_url="https://v.example", sealing=sealing())
    with pytest.raises(NoTarget):
        Email(tools).target(given)


def test_a_token_is_good_for_one_channel_and_survives_a_turned_key() -> None:
    first = sealing()
    token = first.token(CHANNEL)
    turned = Sealing(
        Keys(KeysInMemory()), "another secret, of as many characters", "a secret of more than thirty-two characters"
    )
    assert first.channel_of(token) == turned.channel_of(token) == CHANNEL
    assert turned.channel_of(turned.token(CHANNEL)) == CHANNEL != first.channel_of(turned.token(CHANNEL))
    for wrong in ("", "é", token[:-1], token + "A", token[::-1]):
        assert first.channel_of(wrong) is None


async def test_a_target_can_be_read_with_its_persons_key_alone() -> None:
    keys = Keys(KeysInMemory())
    sealed = await Sealing(keys, "s" * 32).seal(PERSON, CHANNEL, {"address": "robin@example.org"})
    assert b"robin" not in sealed
    assert await Sealing(keys, "t" * 32).open(PERSON, CHANNEL, sealed) == {"address": "robin@example.org"}
    seal = await Sealing(keys, "s" * 32).seals(PERSON, {"address": "ada@example.org"})
    again = seal(UUID(int=7))  # asks no key store, so it may stand in a transaction
    assert await Sealing(keys, "t" * 32).open(PERSON, UUID(int=7), again) == {"address": "ada@example.org"}
    await keys.destroy(PERSON)
    with pytest.raises(Exception, match="a channel"):
        await Sealing(keys, "s" * 32).open(PERSON, CHANNEL, sealed)
