"""HR's system as it may be: an HTTP server in a process of its own that answers as it was told to.

`POST /control` with `{"path", "answers": [{"status", "headers", "hang"}]}`: the answers to what
comes to the path, one after the other; the last one stays. `GET /received`: all that came.
"""

import json
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any

ANSWERS: dict[str, list[dict[str, Any]]] = {}
RECEIVED: list[dict[str, Any]] = []
LOCK = Lock()


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/control":
            told = json.loads(body)
            with LOCK:
                ANSWERS[told["path"]] = told["answers"]
            self._answer(204)
            return
        with LOCK:
            headers = {name.lower(): value for name, value in self.headers.items()}
            RECEIVED.append({"path": self.path, "headers": headers, "body": body})
            left = ANSWERS.get(self.path) or [{"status": 200}]
            answer = left.pop(0) if len(left) > 1 else left[0]
        if "hang" in answer:
            time.sleep(answer["hang"])
        self._answer(answer.get("status", 200), answer.get("headers", {}))

    def do_GET(self) -> None:
        with LOCK:
            told = json.dumps(RECEIVED).encode()
        self._answer(200, {}, told)

    def _answer(self, status: int, headers: Any = (), body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


def main(port_file: str, certificate: str = "") -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    waiting = Path(port_file + ".new")
    waiting.write_text(str(server.server_address[1]))
    waiting.rename(port_file)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
