"""Catches mails at port 1025 and lists them at port 8025 as Mailpit does. It runs in a container, as a stand-in."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.policy import default
from email.utils import getaddresses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

MAILS: list[dict[str, Any]] = []


class Catcher:
    """Keeps what each mail says of itself."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        [sender] = _people(mail.get_all("From", []))
        MAILS.append({"From": sender, "To": _people(mail.get_all("To", [])), "Subject": str(mail["Subject"])})
        return "250 OK"


class Pages(BaseHTTPRequestHandler):
    """Answers `/api/v1/messages` and `/readyz`."""

    def do_GET(self) -> None:
        body = json.dumps({"total": len(MAILS), "messages": MAILS} if self.path == "/api/v1/messages" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _people(fields: list[str]) -> list[dict[str, str]]:
    return [{"Name": name, "Address": address} for name, address in getaddresses([str(each) for each in fields])]


if __name__ == "__main__":
    Controller(Catcher(), hostname="0.0.0.0", port=1025).start()
    ThreadingHTTPServer(("0.0.0.0", 8025), Pages).serve_forever()
