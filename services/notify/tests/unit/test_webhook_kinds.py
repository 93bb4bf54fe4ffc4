"""Tests of which kinds of job webhooks are told, and in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from openapi_spec_validator import validate

from chassis.web.document import fragment_of
from contracts.catalogue import ATTEMPT, JOB_KINDS, NOTIFICATION_READ, RETIRED
from contracts.notify import WebhookDue
from notify.service import ROUTES
from notify.webhooks.handlers import body, told_of
from notify.webhooks.webhook import WebhookCall


def test_people_are_told_of_every_kind_but_the_retired_ones() -> None:
    """Tests a verb such as the how-to's `askHint`, which makes nothing with an id, but whose end its caller awaits."""
    hint = replace(ATTEMPT, name="riddle_hint", result=None)
    assert told_of([ATTEMPT, hint, NOTIFICATION_READ], RETIRED) == {"attempt", "riddle_hint"}
    assert told_of(JOB_KINDS.values(), RETIRED) == JOB_KINDS.keys() - {kind.name for kind in RETIRED}


@pytest.mark.parametrize("problem", [None, "/problems/recording-too-long"])
def test_what_is_sent_is_what_is_described(problem: str | None) -> None:
    due = WebhookDue.model_validate({**WebhookDue.examples()[0], "problem": problem})
    sent = body(due)
    assert WebhookCall.model_validate_json(sent, strict=False).model_dump_json(exclude_none=True) == sent.decode()


def test_the_document_describes_each_event_of_a_webhook() -> None:
    fragment = fragment_of("notify", ROUTES)
    validate(fragment)
    assert fragment["webhooks"].keys() == {"job.succeeded", "job.failed", "job.cancelled"}
    for each in fragment["webhooks"].values():
        signed = {parameter["name"] for parameter in each["post"]["parameters"] if parameter["required"]}
        assert signed == {"webhook-id", "webhook-timestamp", "webhook-signature"}
        [content] = each["post"]["requestBody"]["content"].values()
        assert content["schema"] == {"$ref": "#/components/schemas/WebhookCall"}
