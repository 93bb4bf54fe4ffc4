"""Tests which models a role asks, what the settings change in that, and that a wrong file later changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from chassis.errors import SettingsError
from chassis.observe import metrics
from chassis.settings import load
from feedback.models.catalogue import Catalogue
from feedback.models.roles import ROLES
from feedback.models.settings import ModelSettings

TODAY = date(2026, 11, 29)
RENAMED = '[[model]]\nid = "gpt-6-luna"\naliases = ["moon"]\n'


def catalogue(today: date = TODAY, **settings: object) -> Catalogue:
    return Catalogue(ModelSettings(**settings), today=lambda: today)  # type: ignore[arg-type]


def chain(found: Catalogue, role: str) -> list[str]:
    return [model.id for model in found.chains[role]]


def gauge(name: str, **labels: str) -> float | None:
    return metrics.REGISTRY.get_sample_value(name, labels)


def test_every_role_asks_models_of_three_vendors_and_has_a_setting() -> None:
    found = catalogue()
    for role in ROLES.values():
        providers = {model.provider for model in found.chains[role.name]}
        assert providers == ({"openai", "anthropic", "gemini"} if role.kind == "chat" else {"openai"})
        assert ModelSettings().order_of(role.name) is None


def test_a_setting_names_the_models_of_a_role_however_they_are_written() -> None:
    found = catalogue(role_conversation="Claude 3.7 Sonnet, gpt-6-luna", role_child_feedback=" rules ")
    assert chain(found, "conversation") == ["claude-3-7-sonnet-20250219", "gpt-6-luna"]
    assert chain(found, "child_feedback") == []


@pytest.mark.parametrize("order", ["gpt-6-luna,sk-not-a-model", "gpt-6-luna,", "gpt-6-luna, gpt-realtime-2.1"])
def test_a_setting_that_names_no_model_ends_the_start(order: str) -> None:
    with pytest.raises(SettingsError, match=r"^VOXBUS_ROLE_CONVERSATION is wrong: its item 2 is no chat model") as told:
        catalogue(role_conversation=order)
    assert "sk-" not in str(told.value)


def test_a_model_of_ones_own_comes_first_in_each_role_of_text() -> None:
    found = catalogue(local_base_url="http://127.0.0.1:9/v1", local_model="qwen2.5:7b")
    assert chain(found, "child_feedback")[:2] == ["qwen2.5:7b", "gpt-6-luna"]
    assert chain(found, "realtime")[0] == "gpt-realtime-2.1-mini"
    assert found.registry.models["qwen2.5:7b"].provider == "local"


def test_a_model_of_ones_own_takes_no_name_of_another() -> None:
    with pytest.raises(SettingsError, match=r"^VOXBUS_LOCAL_MODEL is wrong: a model of another provider"):
        catalogue(local_base_url="http://127.0.0.1:9/v1", local_model="GPT-4o")


def test_a_wrong_file_ends_the_start_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    with pytest.raises(SettingsError, match=r"^VOXBUS_MODELS_FILE cannot be read: No such file"):
        catalogue(models_file=file)
    file.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match=r"^VOXBUS_MODELS_FILE cannot be read: it is not UTF-8"):
        catalogue(models_file=file)
    file.write_text("\n[[model]]\nid = 'x'\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"^VOXBUS_MODELS_FILE line 2: model x needs "):
        catalogue(models_file=file)


def test_a_file_is_read_again_and_a_wrong_one_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text(RENAMED, encoding="utf-8")
    found = catalogue(models_file=file)
    file.write_text(RENAMED.replace("moon", "lune"), encoding="utf-8")
    found.look()
    assert found.registry.find("moon") is None and found.registry.find("lune") is not None
    assert gauge("voxbus_ai_models_file_wrong") == 0
    for wrong in (b"\xff", b"[[model]]\nid = 'x'\n"):
        file.write_bytes(wrong)
        found.look()
        assert found.registry.find("lune") is not None
        assert gauge("voxbus_ai_models_file_wrong") == 1
    file.unlink()
    found.look()
    assert gauge("voxbus_ai_models_file_wrong") == 1
    file.write_text(RENAMED, encoding="utf-8")
    found.look()
    assert found.registry.find("moon") is not None
    assert gauge("voxbus_ai_models_file_wrong") == 0


def test_a_file_that_takes_a_role_its_model_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text(RENAMED, encoding="utf-8")
    found = catalogue(models_file=file, role_conversation="moon")
    file.write_text(RENAMED.replace("moon", "lune"), encoding="utf-8")
    found.look()
    assert chain(found, "conversation") == ["gpt-6-luna"]
    assert gauge("voxbus_ai_models_file_wrong") == 1


def test_the_days_left_are_told_of_models_that_roles_use() -> None:
    found = catalogue(role_conversation="gpt-4o,gpt-6-luna")
    found.look()
    assert gauge("voxbus_ai_model_days_left", model="gpt-4o") == 46
    assert gauge("voxbus_ai_model_days_left", model="gpt-5") is None
    catalogue().look()


def test_the_start_warns_of_models_that_will_be_gone() -> None:
    with capture_logs() as lines:
        catalogue().warn()
    assert lines == []
    with capture_logs() as lines:
        catalogue(role_conversation="gpt-4o,gpt-6-luna").warn()
    [line] = lines
    assert (line["log_level"], line["model"], line["days"]) == ("warning", "gpt-4o", 46)
    assert line["roles"] == ["conversation"]


def test_another_model_that_answers_is_counted_each_time_and_logged_once_an_hour() -> None:
    now = [7.0]
    found = Catalogue(ModelSettings(), today=lambda: TODAY, clock=lambda: now[0])
    model = found.registry.models["gpt-4o"]
    before = gauge("voxbus_ai_model_replaced_total", model="gpt-4o", used="gpt-6-luna") or 0
    with capture_logs() as lines:
        for at in (7.0, 3606.0, 3607.0):
            now[0] = at
            answering = found.answering_for(model).used
            assert answering is not None and answering.id == "gpt-6-luna"
    assert gauge("voxbus_ai_model_replaced_total", model="gpt-4o", used="gpt-6-luna") == before + 3
    assert [(line["requested"], line["used"]) for line in lines] == [("gpt-4o", "gpt-6-luna")] * 2


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("OPENAI_API_KEY", "sk with spaces", "must be 8 to 256 visible characters"),
        ("OPENAI_BASE_URL", "ftp://host", "must be an address such as"),
        ("GEMINI_BASE_URL", "https://user:secret@host/v1", "must be an address such as"),
        ("LOCAL_MODEL", "qwen", "needs VOXBUS_LOCAL_BASE_URL"),
        ("AI_BREAKER", "0/30/30", "must be like 5/30/30"),
        ("AI_ROLE_DAY_USD", "nobody=1", "must be like child_feedback=1.50"),
        ("AI_CALL_USD", "-1", "greater than or equal to 0"),
        ("AI_CONCURRENCY", "0", "greater than or equal to 1"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"VOXBUS_{name}", value)
    with pytest.raises(SettingsError, match=rf"^VOXBUS_{name} is wrong: .*{sentence}") as told:
        load(ModelSettings)
    assert value not in str(told.value)
