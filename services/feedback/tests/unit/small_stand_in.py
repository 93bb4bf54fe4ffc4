"""Stands in for the engine of the small model, in a child process. It imports little: each child imports it anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

from feedback.models.providers.small_server import NotLoaded


class Server(BaseHTTPRequestHandler):
    """Stands in for the engine: says its model's path to whoever has the key."""

    said: ClassVar[str]
    key: ClassVar[str]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        if self.headers["authorization"] != f"Bearer {self.key}":
            self.send_error(401)
            return
        chunks = [{"delta": {"content": self.said}}, {"delta": {}, "finish_reason": "stop"}]
        lines = [f"data: {json.dumps({'choices': [chunk]})}\n\n" for chunk in chunks]
        body = "".join([*lines, "data: [DONE]\n\n"]).encode()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve_stand_in(path: str, threads: int, key: str) -> Callable[[None], str]:
    """Serves in the child as `small_server.serve` does. A path of “broken” cannot be loaded."""
    if path == "broken":
        raise NotLoaded("the model's file cannot be loaded")
    Server.said, Server.key = f"{path} in {threads}", key
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    Thread(target=server.serve_forever, daemon=True).start()
    return lambda _: f"http://127.0.0.1:{server.server_port}/v1"
