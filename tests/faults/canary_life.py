"""Lives the life of a person who leaves a canary word wherever one can be left, through every feature there is."""

from __future__ import annotations

import email
import email.policy
import io
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID

import av
from httpx2 import AsyncClient, Response

from chassis.testing import until
from tests.faults.canary_words import Words
from tests.faults.client import Client
from tests.faults.fake_speech import REFUSES
from tests.faults.system import System
from tests.receiver import Receiver

#: headers that clients, proxies and browsers send, besides those of the document
_HEADERS = (
    "User-Agent",
    "Accept-Language",
    "Referer",
    "X-Request-Id",
    "X-Forwarded-For",
    "Cookie",
    "Tracestate",
    "X-Own",
)


def with_words_in(recording: bytes, words: Words) -> bytes:
    """Returns a recording whose metadata have words: of the file and of its track."""
    output = io.BytesIO()
    with av.open(io.BytesIO(recording), "r") as source, av.open(output, "w", format="webm") as target:
        track = source.streams.audio[0]
        copy = target.add_stream_from_template(track)
        target.metadata["title"] = words.new("metadata of the recording")
        copy.metadata["artist"] = words.new("metadata of the track")
        for packet in source.demux(track):
            if packet.dts is not None:
                packet.stream = copy
                target.mux(packet)
    return output.getvalue()


@dataclass
class Life:
    """Is a person's, with the words that are left on the way."""

    system: System
    client: Client
    words: Words
    recording: bytes
    address: str = ""
    password: str = ""
    jobs: list[UUID] = field(default_factory=list)

    @property
    def http(self) -> AsyncClient:
        return self.client.http

    async def sign_up(self) -> None:
        """Makes the account, and proves the address."""
        self.address = f"{self.words.new('address')}@example.org"
        self.password = self.words.new("password")
        self.http.headers.update({name: self.words.new(f"header {name}") for name in _HEADERS})
        await self.client.sign_up(
            {
                "email": self.address,
                "password": self.password,
                "username": self.words.new("name"),
                "birth_date": "1990-01-01",
                "time_zone": "Europe/Berlin",
                "country": "DE",
            }
        )
        token = await self.link("verify-email", self.address)
        assert (await self.http.post("/auth/verify", json={"token": token})).status_code < 300

    async def change_everything(self) -> None:
        """Changes name, address and password, so that the former ones are dead rows; forgets the password, too."""
        for _ in range(2):
            done(await self.http.patch("/me", json={"username": self.words.new("another name"), "language": "en"}))
        new = f"{self.words.new('another address')}@example.org"
        done(await self.http.post("/me/email", json={"email": new, "password": self.password}))
        token = await self.link("change-email", new)
        done(await self.http.post("/auth/email/confirm", json={"token": token}))
        self.address = new
        password = self.words.new("another password")
        done(await self.http.post("/me/password", json={"current_password": self.password, "password": password}))
        self.password = password
        wrong = {"email": self.address, "password": self.words.new("a wrong password")}
        assert (await self.http.post("/auth/login", json=wrong)).status_code == 401
        done(await self.http.post("/auth/password/forgot", json={"email": self.address}))
        await self.link("reset-password", self.address)
        other = done(await self.http.post("/auth/login", json={"email": self.address, "password": self.password}))
        bearer = {"Authorization": f"Bearer {other.json()['access_token']}"}
        done(await self.http.post("/auth/logout", headers=bearer, json={}))

    async def agree(self, receiver: Receiver) -> None:
        """Agrees to what an adult may agree to, and makes webhooks, one of which is deleted."""
        consents = done(await self.http.get("/me/consents")).json()
        version = done(await self.http.get("/notices/current")).json()["version"]
        for each in consents["items"] if "items" in consents else consents["consents"]:
            path = f"/me/consents/{each['purpose']}/{each['recipient']}"
            await self.http.put(path, json={"notice_version": version})
        for name in ("a webhook", "a webhook that is deleted"):
            url = f"{receiver.url}/{self.words.new(name)}?key={self.words.new(name + ' (query)')}"
            made = done(await self.http.post("/webhooks", json={"url": url, "events": ["job.succeeded"]}))
        done(await self.http.delete(made.headers["Location"]))

    async def practise(self) -> None:
        """Reads twice, once in vain, each with words in text, file name, recording and key."""
        job = await self.submit("Red lorry, yellow lorry")
        refused = await self.submit(REFUSES, ends="failed")
        for each in (job, refused):
            await self.client.follow(each)
        for notification in done(await self.http.get("/notifications")).json()["items"]:
            done(await self.http.post(f"/notifications/{notification['id']}/read"))

    async def be_heard(self) -> None:
        """Reads once to the real service of speech: the recording is a synthesized voice."""
        await self.client.follow(await self.submit("She sells sea shells by the sea shore"), within=240)

    async def be_guardian(self, child: Client, admin: AsyncClient) -> None:
        """Becomes a guardian, and sends two signed forms, of which an admin decides on one."""
        await ask_to_be_guardian(child, self.address)
        token = await self.link("guardian-invitation", self.address)
        linked = done(await self.http.post("/guardian/invitations/accept", json={"token": token})).json()
        version = done(await self.http.get("/notices/current")).json()["version"]
        for number, pair in enumerate(("publish/voxbus", "notify/webhook")):
            content = f"%PDF-1.7\nI, {self.words.new('signed form')}, agree.".encode() + bytes(2_000)
            file = (f"{self.words.new('file name of a form')}.pdf", content, "application/pdf")
            sent = done(
                await self.http.post("/guardian/evidence", files={"form": file}, data={"child_id": linked["id"]})
            )
            wish = {"notice_version": version, "method": "signed_form", "evidence_id": sent.json()["id"]}
            done(await self.http.put(f"/guardian/children/{linked['id']}/consents/{pair}", json=wish))
            if number == 0:
                decided = {"approve": True, "reason": "Signed by the mother, names the child."}
                done(await admin.post(f"/admin/evidence/{sent.json()['id']}", json=decided))

    async def take_a_copy(self) -> None:
        """Has a copy of everything made, which waits to be fetched."""
        made = done(await self.http.post("/me/export")).json()
        job = UUID(made["job"]["id"])
        self.client.observed.jobs[job] = "succeeded"
        await self.client.follow(job)
        done(await self.http.get(f"/me/export/{made['export']['id']}"))

    async def submit(self, text: str, *, ends: str = "succeeded") -> UUID:
        """Sends a reading."""
        file = (f"{self.words.new('file name')}.webm", with_words_in(self.recording, self.words), "audio/webm")
        key = {"Idempotency-Key": self.words.new("key")}
        content = {"text": f"{text} {self.words.new('text')}"}
        sent = done(await self.http.post("/attempts", files={"recording": file}, data=content, headers=key))
        job = UUID(sent.json()["job"]["id"])
        self.client.observed.jobs[job] = ends
        self.jobs.append(job)
        return job

    async def link(self, template: str, to: str) -> str:
        """Waits for a mail on disk, and returns the token of its link."""

        async def token() -> str | None:
            for path in (self.system.folder / "mail").glob("*.eml"):
                mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                if (mail["To"], mail["X-Voxbus-Template"]) == (to, template):
                    part = mail.get_body(("plain",))
                    assert part is not None
                    return str(re.findall(r"#(?:token=)?(\S+)", part.get_content())[0])
            return None

        return str(await until(token, within=60, what=f"the mail {template}"))


async def ask_to_be_guardian(child: Client, address: str) -> None:
    """Has a child ask a person, whose address stands with the child from then on."""
    born = date.today().replace(year=date.today().year - 9, day=1)
    await child.sign_up({"birth_date": born.isoformat(), "country": "DE"})
    done(await child.http.post("/me/guardian", json={"email": address}))


def mails_in(folder: Path) -> int:
    """Returns how many mails are on disk."""
    return len(list((folder / "mail").glob("*.eml")))


def done(answer: Response) -> Response:
    """Returns an answer that is a success."""
    assert answer.status_code < 300, (str(answer.request.url), answer.status_code, answer.text)
    return answer
