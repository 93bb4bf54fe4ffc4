"""Declares what the gateway gives into a copy of everything about a person."""

from __future__ import annotations

from chassis.privacy.export import LeftOut, Shown, export_of
from gateway.exports.own_files import FILES
from gateway.exports.recordings import RECORDINGS
from gateway.tables import (
    CONSENT_CONFIRMATIONS,
    CONSENT_FORMS,
    EXPORTS,
    GUARDIAN_INVITATIONS,
    GUARDIANS,
    IDEMPOTENCY,
    IDENTITIES,
    INACTIVE_PEOPLE,
    JOBS,
    KEPT_RECORDINGS,
    METADATA,
    OPERATOR_ACTS,
    PERSON_TURNS,
    SESSIONS,
)

_TECHNICAL = "It steers the work, and says nothing about you."
_RECOGNIZES = "It recognizes a token that you hold. Whoever had both could act as you."

EXPORT = export_of(
    METADATA,
    tables=(
        Shown(
            table=CONSENT_CONFIRMATIONS,
            about="Which decisions of a guardian were confirmed by a second mail.",
            columns={"consent_id": "the decision, by its id in consents.jsonl", "at": "when the mail was sent"},
        ),
        Shown(
            table=CONSENT_FORMS,
            about="Forms about you that guardians have signed and sent, one row each.",
            columns={
                "id": "the form",
                "media_type": "what kind of file it was",
                "size": "its size in bytes",
                "sha256": "the hash of its content, which is deleted once it is decided on",
                "state": "pending, approved, refused or expired",
                "at": "when it was sent",
                "decided_at": "when it was decided on; null: not yet",
            },
            without={
                "by_id": "It names somebody else.",
                "content": "It is what somebody else has signed, and may show their address.",
                "reason": "It is what an admin has written to the guardian.",
                "decided_by": "It names somebody else.",
            },
        ),
        Shown(
            table=EXPORTS,
            about="Copies like this one, one row for each that was asked for.",
            columns={
                "id": "the copy, and its job",
                "created_at": "when it was asked for",
                "size": "its size in bytes; null: not made",
                "sha256": "the hash of its file",
                "expires_at": "until when it can be fetched, once it is made",
            },
            without={
                "owner_id": "It names who has asked, who may be a guardian.",
                "parts": _TECHNICAL,
                "archive": _TECHNICAL,
            },
        ),
        Shown(
            table=KEPT_RECORDINGS,
            about="Recordings that are kept, as was agreed to; each lies in recordings/ under the id of its attempt.",
            columns={
                "id": "the attempt",
                "media_type": "what kind of file it is",
                "size": "its size in bytes",
                "created_at": "when it was sent",
            },
        ),
        Shown(
            table=GUARDIAN_INVITATIONS,
            about="Guardians whom you have asked and who have not answered yet.",
            columns={
                "id": "the invitation",
                "invited_at": "when the mail was sent",
                "expires_at": "when it is forgotten",
            },
            without={"email": "It is somebody else's address.", "hash": _RECOGNIZES},
        ),
        Shown(
            table=GUARDIANS,
            about="Your guardians, one row each.",
            columns={
                "linked_at": "since when they decide for you",
                "told_of": "the moment from which you decide alone, once they were told of it",
            },
            without={"guardian_id": "It names somebody else."},
        ),
        Shown(
            table=IDEMPOTENCY,
            about="Requests that are recognized when they are repeated, for 24 hours.",
            columns={
                "route": "what was asked",
                "key": "the key that your program gave it",
                "job_id": "the job that came of it",
                "expires_at": "when it is forgotten",
            },
            without={"fingerprint": "It is a hash of the request, which is in jobs.jsonl."},
        ),
        Shown(
            table=IDENTITIES,
            about="How you sign in with others, one row for each identity.",
            columns={
                "id": "the identity",
                "issuer": "who signs you in",
                "subject": "your id there",
                "email": "your address there, as they say it; null: they say none",
                "email_verified": "whether they say that it is proven",
                "created_at": "when it was linked",
            },
        ),
        Shown(
            table=INACTIVE_PEOPLE,
            about="That you were mailed because your account was not used.",
            columns={"warned_at": "when you were mailed"},
        ),
        Shown(
            table=JOBS,
            about="Your jobs, one row each: readings, copies like this one. What happened in each is in jobs.jsonl.",
            columns={
                "id": "the job",
                "kind": "its kind",
                "status": "accepted, running, succeeded, failed or cancelled",
                "created_at": "when it was accepted",
                "finished_at": "when it ended; null: not yet",
                "recording_bytes": "the size of its recording; null: it had none",
            },
            without=dict.fromkeys(("deadline", "last_seq", "heard_at", "ready_at"), _TECHNICAL),
        ),
        Shown(
            table=OPERATOR_ACTS,
            about="What operators looked at or changed that was yours, such as a message that had failed.",
            columns={
                "id": "the act",
                "time": "when",
                "act": "what was done",
                "object": "the message or the job it was done to",
                "outcome": "how it ended; null: nobody has heard",
            },
            without={
                "actor_id": "It names somebody else.",
                "operator": "It names somebody else.",
                "reason": "It is what somebody else has written.",
                "settled_at": _TECHNICAL,
                "detail": _TECHNICAL,
            },
        ),
        Shown(
            table=PERSON_TURNS,
            about="Your turn among all who wait, while a job of yours waits.",
            columns={"kind": "the kind of job", "turn": "the number of your last turn"},
        ),
        Shown(
            table=SESSIONS,
            about="Where you are or were signed in, one row a session.",
            columns={
                "id": "the session",
                "issuer": "by whom you signed in",
                "created_at": "when you signed in",
                "last_used_at": "when it was last used, to a quarter of an hour",
                "ends_at": "when it ends, or has ended",
                "why_ended": "why it has ended; null: it has not, or its time was over",
                "device": "the family of the browser",
            },
            without={
                "issuer_session": _RECOGNIZES,
                "address_key": "It recognizes an address that you signed in from, and tells it to nobody.",
                "generation": _TECHNICAL,
                "spent": _TECHNICAL,
                "used_generation": _TECHNICAL,
            },
        ),
    ),
    left_out=(
        LeftOut("consents", "It is in consents.jsonl, without the ids of those who decided for you."),
        LeftOut("erasures", "It is about those who are being erased, who can ask for no copy."),
        LeftOut("exchange_codes", f"It lives for a minute at a sign-in. {_RECOGNIZES}"),
        LeftOut("forgotten_passwords", "It notes for moments that a link is to be mailed."),
        LeftOut(
            "log",
            "The events of your jobs are in jobs.jsonl, decrypted. What belongs to no job, as a mail that was wanted, "
            "holds links with tokens.",
        ),
        LeftOut("mailed_links", f"It knows a link that was mailed to you. {_RECOGNIZES}"),
        LeftOut("oauth_states", f"It lives for ten minutes at a sign-in. {_RECOGNIZES}"),
        LeftOut("security_events", "It is in security.jsonl, without the ids of others."),
        LeftOut(
            "write_records",
            "It recognizes a repeated request for at most 24 hours, by hashes that say nothing by themselves.",
        ),
        LeftOut(
            "webhooks_before", "It notes until the next start that you had made a webhook, which is in webhooks.jsonl."
        ),
        LeftOut("tickets", f"It lives for minutes, for one stream. {_RECOGNIZES}"),
    ),
    files=FILES,
    folders=(RECORDINGS,),
)
