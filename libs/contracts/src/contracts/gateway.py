"""Defines the messages of the gateway: commands, which only it issues, each with one handler, and its facts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from contracts.base import PERSONAL, Command, Event, Ref


class AssessAttempt(Command):
    """Asks to assess one recorded attempt at a text word by word. An attempt's id is its job's id.

    `by_consent`: a guardian has agreed, so whoever takes the message asks again whether that still holds. Otherwise the
    person is of age.
    """

    type = "attempt.assess"
    version = (1, 1)
    consent = ("assess_voice", "voxbus")
    stream_name = "attempt.accepted"
    public_fields = ("attempt_id", "twister_id", "text", "language")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "attempt_id": "018f6a1e-0000-7000-8000-000000000001",
                    "person_id": "018f6a1e-0000-7000-8000-000000000002",
                    "twister_id": None,
                    "text": "Red lorry, yellow lorry",
                    "language": "en",
                    "recording": {
                        "key": "recordings/018f6a1e-0000-7000-8000-000000000001",
                        "media_type": "audio/webm",
                        "size": 20480,
                        "sha256": "0" * 64,
                    },
                }
            ]
        }
    )

    attempt_id: UUID
    person_id: UUID
    twister_id: UUID | None = None
    text: Annotated[str, Field(min_length=1, max_length=300), PERSONAL]
    language: str = "en"
    recording: Annotated[Ref, PERSONAL]
    by_consent: bool = False


class MarkNotificationRead(Command):
    """Asks to mark one notification as read by the person it is about."""

    type = "notification.mark_read"
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "notification_id": "018f6a1e-0000-7000-8000-000000000003",
                    "person_id": "018f6a1e-0000-7000-8000-000000000002",
                }
            ]
        }
    )

    notification_id: UUID
    person_id: UUID


WebhookEvent = Literal["job.succeeded", "job.failed", "job.cancelled"]
_WEBHOOK = {
    "webhook_id": "018f6a1e-0000-7000-8000-000000000005",
    "person_id": "018f6a1e-0000-7000-8000-000000000002",
}


class CreateWebhook(Command):
    """Asks to make a webhook, which calls a person's URL when their jobs have ended. Its id is the id of the job."""

    type = "webhook.create"
    stream_name = "webhook.accepted"
    public_fields = ("webhook_id",)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**_WEBHOOK, "url": "https://example.org/voxbus", "events": ["job.succeeded", "job.failed"]}]
        }
    )

    webhook_id: UUID
    person_id: UUID
    url: Annotated[str, Field(min_length=1, max_length=2000), PERSONAL]
    events: tuple[WebhookEvent, ...] = Field(min_length=1)


class DeleteWebhook(Command):
    """Asks to delete a webhook and the record of its deliveries."""

    type = "webhook.delete"
    model_config = ConfigDict(json_schema_extra={"examples": [{**_WEBHOOK}]})

    webhook_id: UUID
    person_id: UUID


_EXPORT: JsonDict = {
    "export_id": "018f6a1e-0000-7000-8000-00000000000a",
    "person_id": "018f6a1e-0000-7000-8000-000000000002",
}


class MakeExport(Command):
    """Asks for a copy of everything about a person, for `owner_id`: the same, or their guardian.

    Its id is the id of the job.
    """

    type = "export.make"
    stream_name = "export.accepted"
    public_fields = ("export_id",)
    model_config = ConfigDict(json_schema_extra={"examples": [{**_EXPORT, "owner_id": _EXPORT["person_id"]}]})

    export_id: UUID
    person_id: UUID
    owner_id: UUID


class ExportGathered(Event):
    """Every service has written its part of an export, so that the archive can be made."""

    type = "export.gathered"
    model_config = ConfigDict(json_schema_extra={"examples": [{**_EXPORT}]})

    export_id: UUID
    person_id: UUID


class ExportMade(Event):
    """The archive of an export can be fetched until `expires_at`. `size` is in bytes."""

    type = "export.made"
    public_fields = ("export_id", "size", "expires_at")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"export_id": _EXPORT["export_id"], "size": 20480, "expires_at": "2026-11-27T10:00:00Z"}]
        }
    )

    export_id: UUID
    size: int = Field(ge=0)
    expires_at: datetime


#: the texts of mails; an older notify keeps one that it does not know for a newer release
MailTemplate = Literal[
    "verify-email",
    "reset-password",
    "change-email",
    "email-changed",
    "signed-out",
    "guardian-invitation",
    "consent-confirmation",
    "coming-of-age",
    "child-erased",
    "inactive-account",
]


class MailWanted(Event):
    """A mail to a person is wanted. It belongs to no job: nothing cancels it, and a request never waits for it.

    `mail_id` makes the Message-ID, so that a mail program recognises a mail that is sent twice. `link` is the address
    of a page, with a token in its fragment if it needs one. `child` is the user name of the child whom the mail is
    about, and `notice` the text that its reader is told. A mail that could not be sent by `until` has lost its use.
    """

    type = "mail.wanted"
    version = (1, 1)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "mail_id": "018f6a1e-0000-7000-8000-000000000008",
                    "person_id": "018f6a1e-0000-7000-8000-000000000002",
                    "template": "verify-email",
                    "language": "en",
                    "to": "robin@example.org",
                    "link": "https://voxbus.example/account/verify#token=T2ggd2hhdCBhIHNlY3JldA",
                    "wanted_at": "2026-11-20T10:00:00Z",
                    "until": "2026-11-21T10:00:00Z",
                }
            ]
        }
    )

    mail_id: UUID
    person_id: UUID
    template: str = Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=50)
    language: str = "en"
    to: Annotated[str, Field(min_length=1, max_length=254), PERSONAL]
    link: Annotated[str | None, Field(max_length=2000), PERSONAL] = None
    child: Annotated[str | None, Field(max_length=50), PERSONAL] = None
    notice: Annotated[str | None, Field(max_length=10_000), PERSONAL] = None
    wanted_at: datetime
    until: datetime


class ConsentConfirmationDue(Event):
    """The second mail about consents that a guardian gave by mail is due: it repeats the notice and how to revoke.

    `guardian_id` gave them for the person, whose consents may have been revoked since.
    """

    type = "consent.confirmation_due"
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person_id": "018f6a1e-0000-7000-8000-000000000002",
                    "guardian_id": "018f6a1e-0000-7000-8000-000000000003",
                }
            ]
        }
    )

    person_id: UUID
    guardian_id: UUID


class ComesOfAge(Event):
    """A child with a guardian will soon decide alone: on `day` the guardians' consents end, at midnight of their zone.

    It is told again with another day when that changes, as by a move to another country.
    """

    type = "person.comes_of_age"
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"person_id": "018f6a1e-0000-7000-8000-000000000002", "day": "2026-12-01"}]}
    )

    person_id: UUID
    day: date


class PersonChanged(Event):
    """A person signed up, or what others may rely on has changed: this is all of it, as it is since `at`.

    A service keeps its own copy with the latest `at`, and asks nobody. `time_zone` is a name of the IANA database,
    `language` a BCP 47 tag, `country` an ISO 3166-1 code. `adult`: known to be 18 or older.
    """

    type = "person.changed"
    version = (1, 1)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person_id": "018f6a1e-0000-7000-8000-000000000002",
                    "time_zone": "Europe/Berlin",
                    "language": "en",
                    "country": "DE",
                    "age_band": "of_age",
                    "username": "Robin",
                    "email": "robin@example.org",
                    "email_verified": True,
                    "adult": True,
                    "at": "2026-11-20T10:00:00Z",
                }
            ]
        }
    )

    person_id: UUID
    time_zone: Annotated[str, Field(max_length=100), PERSONAL]
    language: Annotated[str, Field(max_length=35), PERSONAL]
    country: Annotated[str | None, Field(max_length=2), PERSONAL] = None
    age_band: Annotated[Literal["unknown", "under_consent_age", "of_age"], PERSONAL]
    username: Annotated[str, Field(max_length=50), PERSONAL]
    email: Annotated[str | None, Field(max_length=254), PERSONAL] = None
    email_verified: Annotated[bool, PERSONAL]
    adult: Annotated[bool, PERSONAL] = False
    at: datetime
