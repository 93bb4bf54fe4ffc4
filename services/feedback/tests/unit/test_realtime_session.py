"""Tests what a spoken session does at each event of a client and a provider, with the time passed in."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import pytest

from feedback.conversation.realtime.actions import (
    Action,
    Asks,
    Close,
    HangUp,
    Reconnect,
    Record,
    TakeUp,
    ToClient,
    ToProvider,
)
from feedback.conversation.realtime.limits import Limits, Prices
from feedback.conversation.realtime.meanings import (
    AnswerBegan,
    AnswerDone,
    AudioMade,
    Configure,
    Create,
    Delete,
    Frame,
    Item,
    ItemGone,
    ItemIs,
    KeyRefused,
    MoneySpent,
    ProviderMeaning,
    SessionExpired,
    SessionIs,
    SpeechStarted,
    SpeechStopped,
    Truncate,
    Turn,
    Usage,
    UserSaid,
    WordsMade,
)
from feedback.conversation.realtime.session import PCM_RATE, Session, Terms

PRICES = Prices(Decimal(4), Decimal(24), Decimal(32), Decimal(64), Decimal("0.4"))
SECOND = PCM_RATE


def session(*, ours: bool = False, **limits: Any) -> Session:
    terms = Terms(
        id="s1",
        model="gpt-realtime-2.1",
        limits=Limits(**{"seconds": 3300, **limits}),
        prices=PRICES,
        is_ours=ours,
        notices=[{"code": "model-retiring"}],
    )
    return Session(terms, now=0.0)


def hears(of: Session, *meanings: ProviderMeaning, now: float = 1.0) -> list[Action]:
    return [action for each in meanings for action in of.from_provider(Frame("frame", each), now)]


def says(of: Session, now: float = 1.0, **event: Any) -> list[Action]:
    return of.from_client(json.dumps(event), now)


def answers(of: Session, item: str = "a", seconds: float = 2.0, text: str = "one two three four") -> None:
    hears(
        of,
        AnswerBegan(),
        ItemIs(item, None, "assistant", ""),
        AudioMade(item, 0, int(seconds * SECOND)),
        WordsMade(item, text),
    )


def told(actions: list[Action]) -> list[dict[str, Any]]:
    """Returns our own events to the client."""
    return [json.loads(each.text) for each in actions if isinstance(each, ToClient) and each.text != "frame"]


def asked(actions: list[Action]) -> list[object]:
    return [each.command for each in actions if isinstance(each, Asks)]


# what passes


def test_the_first_event_tells_the_terms() -> None:
    [first] = told(session(tokens=20_000, usd=Decimal("0.5"), seconds=600).opened("word"))
    assert first.pop("event_id").startswith("event_")
    assert first == {
        "type": "voxbus.session",
        "session_id": "s1",
        "resume": "word",
        "limits": {"seconds": 600, "tokens": 20_000, "usd": "0.500000"},
        "model": "gpt-realtime-2.1",
        "notices": [{"code": "model-retiring"}],
    }


def test_events_pass_unchanged_both_ways() -> None:
    of = session()
    text = '{ "type":  "response.create", "event_id": "é" }'
    assert of.from_client(text, 0.0) == [ToProvider(text)]
    assert of.from_provider(Frame("{ }"), 0.0) == [ToClient("{ }")]


def test_a_refused_event_stays_here() -> None:
    [action] = says(session(), type="session.create")
    [event] = told([action])
    assert (event["type"], event["error"]["code"], event["error"]["event_id"]) == ("error", "invalid_event", None)


def test_what_the_client_has_played_is_for_us_alone() -> None:
    assert says(session(), type="voxbus.played", item_id="a", ms=1) == []
    assert says(session(), type="voxbus.resume", word="w") == [TakeUp("w")]


def test_who_sends_too_fast_is_told_and_at_last_sent_away() -> None:
    of = session()
    actions = [action for _ in range(100) for action in says(of, type="response.cancel")]
    assert all(isinstance(each, ToProvider) for each in actions)
    [refused] = told(says(of, type="response.cancel"))
    assert refused["error"]["code"] == "rate_limited"
    actions = [action for _ in range(100) for action in says(of, type="response.cancel")]
    assert [actions[-3], actions[-1]] == [HangUp(), Close(1008)]
    assert of.is_over
    assert says(of, type="response.cancel") == []
    assert hears(of, AnswerBegan()) == []
    assert of.tick(1e9) == []


def test_audio_is_measured_by_the_format_that_holds() -> None:
    audio = base64.b64encode(bytes(8_000)).decode()
    of = session()
    hears(of, SessionIs(8_000, 8_000, interrupts=True, begins=True))
    sent = [says(of, type="input_audio_buffer.append", audio=audio) for _ in range(7)]
    assert [isinstance(actions[0], ToProvider) for actions in sent] == [True] * 5 + [False] * 2
    assert of.meter.tokens == 50


# limits


def test_a_limit_hangs_up_the_provider_before_the_client_is_told() -> None:
    of = session(tokens=100)
    hears(of, AnswerBegan())
    actions = hears(of, AudioMade("a", 0, 5 * SECOND))
    assert [type(each) for each in actions] == [ToClient, HangUp, Record, ToClient, Close]
    assert told(actions)[0]["limit"] == "tokens"
    assert actions[-1] == Close(4008)


def test_a_warning_comes_before_and_has_a_sentence_to_speak() -> None:
    of = session(usd=Decimal("0.0064"))
    [passed, warning] = hears(of, AudioMade("a", 0, int(4.5 * SECOND)))
    assert passed == ToClient("frame")
    [event] = told([warning])
    assert (event["type"], event["limit"], event["left"]) == ("voxbus.warning", "usd", "0.000640")
    assert event["say"]


def test_time_ends_a_session_that_is_busy() -> None:
    of = session(seconds=600)
    says(of, 539.0, type="response.cancel")
    assert of.next_tick() == 540.0
    assert [event["limit"] for event in told(of.tick(540.0))] == ["seconds"]
    says(of, 599.0, type="response.cancel")
    assert of.tick(600.0)[-1] == Close(4008)


def test_a_minute_without_any_event_ends_a_session() -> None:
    of = session()
    says(of, 10.0, type="response.cancel")
    assert of.next_tick() == 70.0
    assert of.tick(69.9) == []
    hears(of, SpeechStopped(), now=69.0)
    assert of.tick(70.0) == []
    assert of.tick(129.0) == [HangUp(), Close(4009)]


def test_reported_tokens_take_the_place_of_the_estimate() -> None:
    of = session(tokens=200)
    answers(of, seconds=8)
    hears(of, AnswerDone(Usage(input_audio=5, output_audio=50)))
    assert of.meter.tokens == 55


def test_an_answer_that_nobody_counted_stays_estimated() -> None:
    of = session()
    answers(of, seconds=8)
    hears(of, AnswerDone(None))
    answers(of, "b", seconds=1)
    hears(of, AnswerDone(Usage(output_audio=7)))
    assert of.meter.tokens == 160 + 7


# barge-in


def test_speech_stops_an_answer_where_it_was_heard() -> None:
    of = session()
    answers(of)
    says(of, type="voxbus.played", item_id="a", ms=1000)
    actions = hears(of, SpeechStarted())
    assert actions[0] == ToClient("frame")
    assert [(event["type"], event["item_id"]) for event in told(actions)] == [("voxbus.stop", "a")]
    assert asked(actions) == [Truncate("a", 0, 1000)]
    assert of.kept.items() == [Item("a", "assistant", "one two")]
    assert asked(hears(of, SpeechStarted())) == []


def test_a_late_barge_in_is_not_missed() -> None:
    of = session()
    answers(of)
    hears(of, AnswerDone(Usage(output_audio=40)))
    says(of, type="voxbus.played", item_id="a", ms=500)
    actions = hears(of, SpeechStarted(), now=20.0)
    assert asked(actions) == [Truncate("a", 0, 500)]
    [record] = [each for each in actions if isinstance(each, Record)]
    assert record.turn.interrupted_at_ms == 500


def test_what_nobody_heard_is_deleted_and_does_not_come_back() -> None:
    of = session()
    answers(of)
    says(of, type="voxbus.played", item_id="a", ms=0)
    assert asked(hears(of, SpeechStarted())) == [Delete("a")]
    hears(of, ItemGone("a"), ItemIs("a", None, "assistant", "one two three four"))
    assert of.kept.items() == []


def test_a_client_that_cuts_an_answer_itself_is_not_helped() -> None:
    of = session()
    answers(of)
    says(of, type="voxbus.played", item_id="a", ms=1000)
    at = {"item_id": "a", "content_index": 0, "audio_end_ms": 1000}
    cut: dict[str, Any] = {"type": "conversation.item.truncate", **at}
    assert says(of, **cut) == [ToProvider(json.dumps(cut))]
    actions = hears(of, SpeechStarted())
    assert (asked(actions), told(actions)) == ([], [])
    assert of.kept.items() == [Item("a", "assistant", "one two")]
    assert says(of, **cut) == []  # twice would be an error at the provider


def test_the_client_does_not_cut_again_what_the_relay_has_cut() -> None:
    of = session()
    answers(of)
    says(of, type="voxbus.played", item_id="a", ms=1000)
    hears(of, SpeechStarted())
    assert says(of, type="conversation.item.truncate", item_id="a", content_index=0, audio_end_ms=900) == []


def test_an_answer_heard_to_its_end_is_left_whole() -> None:
    of = session()
    answers(of)
    says(of, type="voxbus.played", item_id="a", ms=2000)
    assert hears(of, SpeechStarted()) == [ToClient("frame")]
    assert of.kept.items() == [Item("a", "assistant", "one two three four")]


def test_speech_interrupts_nothing_where_the_client_has_said_so() -> None:
    of = session()
    hears(of, SessionIs(SECOND, SECOND, interrupts=False))
    answers(of)
    says(of, type="voxbus.played", item_id="a", ms=1000)
    assert hears(of, SpeechStarted()) == [ToClient("frame")]


def test_words_that_come_after_the_barge_in_are_not_kept() -> None:
    of = session()
    answers(of)
    says(of, type="voxbus.played", item_id="a", ms=1000)
    hears(of, SpeechStarted(), WordsMade("a", " five"), WordsMade("a", "one two three four five", whole=True))
    assert of.kept.items() == [Item("a", "assistant", "one two")]


# a provider that is lost


def spoken_with() -> Session:
    of = session()
    says(of, type="session.update", session={"audio": {"input": {"format": {"type": "audio/pcm"}, "x": 1}}})
    says(of, type="session.update", session={"instructions": "Be kind.", "audio": {"input": {"x": None}}})
    hears(
        of,
        SessionIs(SECOND, SECOND, interrupts=True, begins=True),
        ItemIs("u", None, "user", ""),
        UserSaid("u", "Hello"),
        ItemIs("tool", "u", None, ""),
    )
    answers(of)
    return of


def test_everything_is_told_again_once_and_as_text() -> None:
    of = spoken_with()
    actions = of.replay()
    settings = {"audio": {"input": {"format": {"type": "audio/pcm"}, "x": None}}, "instructions": "Be kind."}
    items = [Item("u", "user", "Hello"), Item("a", "assistant", "one two three four")]
    assert asked(actions) == [Configure(settings), *map(Create, items)]
    [event] = told(actions)
    assert (event["type"], event["items"], event["by"]) == ("voxbus.resumed", 2, "relay")
    assert actions[-1] == ToClient(json.dumps(event))


def test_the_client_does_not_hear_what_the_provider_says_to_that() -> None:
    of = spoken_with()
    of.replay()
    again = SessionIs(8000, 8000, interrupts=False, begins=True)
    assert hears(of, again, again, ItemIs("u", None, "user", "Hello"), ItemIs("u", None, "user", "Hello")) == []
    assert hears(of, SessionIs(SECOND, SECOND, interrupts=True)) == [ToClient("frame")]
    assert hears(of, ItemIs("new", "a", "user", "Hi")) == [ToClient("frame")]
    assert [item.id for item in of.kept.items()] == ["u", "a", "new"]


def test_speech_still_stops_what_sounds_from_before_the_loss() -> None:
    of = spoken_with()
    says(of, type="voxbus.played", item_id="a", ms=1000)
    of.replay()
    actions = hears(of, SpeechStarted())
    assert [event["type"] for event in told(actions)] == ["voxbus.stop"]
    assert asked(actions) == []
    assert of.kept.items()[1] == Item("a", "assistant", "one two")


def test_an_answer_that_broke_off_is_counted_as_estimated() -> None:
    of = spoken_with()
    [record] = of.provider_lost(3.0)
    assert isinstance(record, Record)
    assert (record.turn.estimated, record.turn.output_tokens) == (True, 40)
    assert of.provider_lost(4.0) == []
    assert of.meter.tokens == 40


def test_a_session_that_expires_at_the_provider_goes_on_with_a_new_one() -> None:
    assert hears(session(), SessionExpired()) == [Reconnect()]


def test_a_refused_key_ends_the_session() -> None:
    assert hears(session(), KeyRefused()) == [HangUp(), ToClient("frame"), Close(4001)]


def test_an_account_without_money_ends_it_with_a_code_of_its_own() -> None:
    assert hears(session(), MoneySpent()) == [HangUp(), ToClient("frame"), Close(4002)]


# a client that is lost


def test_a_client_goes_on_with_the_same_session_and_gets_a_new_word() -> None:
    of = spoken_with()
    first, second = told(of.taken_up("next", 50.0))
    assert (first["type"], first["resume"], first["session_id"]) == ("voxbus.session", "next", "s1")
    assert (second["type"], second["items"], second["by"]) == ("voxbus.resumed", 2, "client")
    assert of.next_tick() == 110.0


# turns


def test_each_turn_is_recorded_once_without_its_words() -> None:
    of = session()
    hears(of, SpeechStopped(), now=10.0)
    hears(of, AnswerBegan(), now=10.1)
    hears(of, AudioMade("a", 0, SECOND), now=10.4)
    hears(of, AnswerDone(Usage(input_audio=100, output_audio=20)), now=11.0)
    actions = says(of, 12.0, type="response.create")
    assert actions == [ToProvider('{"type": "response.create"}')]
    [record, passed] = hears(of, AnswerBegan(), now=12.1)
    assert record == Record(Turn(400, 1000, None, 100, 20, Decimal("0.00448"), estimated=False))
    assert passed == ToClient("frame")
    ended = of.over(13.0, 1001)
    assert ended == [HangUp(), Record(Turn(None, 1000, None, 0, 0, Decimal(0), estimated=True)), Close(1001)]
    assert of.over(14.0, 1001) == []


@pytest.mark.parametrize("text", ["{}", "", "[1]", "not json"])
def test_bad_input_ends_nothing(text: str) -> None:
    of = session()
    assert [event["type"] for event in told(of.from_client(text, 0.0))] == ["error"]
    assert not of.is_over
