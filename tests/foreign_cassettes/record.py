"""Writes the cassettes in this folder with the tools whose formats they are; README.md says which releases.

Run by hand, in an environment of its own:  python record.py NAME FOLDER  (NAME is a tool of TOOLS)
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import sys
import threading
import urllib.request
import warnings
from http.cookiejar import DefaultCookiePolicy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "tok-7f3K9q2LmX0vT8bR"
COOKIE = "c00kie-5hQ8wZ1nYp"
KEY = "k3y-Vb6Nc2Xs9Lq4"
IDENTITY = "1d-Wc3Ty6Un0Bm"
VAULT = "vau1t-Ee4Gp7Kd9Zx2"
PASSWORD = "pa55-hunter2-Gx8"
CLIENT = "cl1ent-Zr4Tq7Wm2"
ZIPPED = "z1pped-Jk5Pd8Fs3"
PROSE = "it is said, at some length, that a text which is folded is read as one which is not; "


class Service(BaseHTTPRequestHandler):
    """Answers each path in a way of its own."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A login, a page in gzip, or bytes that are no text."""
        if self.path.startswith("/zip"):
            coded = gzip.compress(json.dumps({"refresh_token": ZIPPED, "n": 1}).encode(), mtime=0)
            self._answer(coded, "application/json", **{"Content-Encoding": "gzip"})
        elif self.path.startswith("/bytes"):
            self._answer(b"\x00\xff\xfe bytes of " + TOKEN.encode() + b"\n\x80", "application/octet-stream")
        else:
            content = {
                "access_token": TOKEN,
                "id_token": IDENTITY,
                "note": PROSE * 3,
                "again": f"he said: {TOKEN}\nyes",
                "caf\u00e9": "\u20ac",
            }
            self._answer(
                json.dumps(content, indent=1, ensure_ascii=False).encode(),
                "application/json",
                **{"Set-Cookie": f"sid={COOKIE}; Path=/; HttpOnly"},
            )

    def do_POST(self) -> None:
        """What was sent is counted."""
        length = len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self._answer(f'{{"length": {length}, "echo": "{PASSWORD}"}}'.encode(), "application/json")

    def _answer(self, content: bytes, kind: str, **headers: str) -> None:
        self.send_response(200)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as the base has it
        """Says nothing."""


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The service, on a port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def flow_of_text(get: Callable[..., Any], post: Callable[..., Any], base: str) -> None:
    """Secrets in most places of a request and an answer, all of them text."""
    get(
        f"{base}/login?api_key={KEY}&page=1",
        headers={"Authorization": f"Bearer {TOKEN}", "Cookie": f"sid={COOKIE}"},
    )
    post(f"{base}/form", data={"grant_type": "password", "client_secret": CLIENT, "password": PASSWORD})
    post(f"{base}/json", json={"user": "ada", "password": PASSWORD})
    get(f"{base}/users/{TOKEN}?id={IDENTITY}", headers={"X-Api-Key": KEY, "X-Vault-Token": VAULT})


def flow(get: Callable[..., Any], post: Callable[..., Any], base: str) -> None:
    """Secrets in each place of a request and an answer."""
    flow_of_text(get, post, base)
    get(f"{base}/zip")
    get(f"{base}/bytes")


def vcrpy(folder: Path) -> None:
    """YAML, JSON, and YAML with bodies that were decoded."""
    requests, vcr = (import_module(name) for name in ("requests", "vcr"))

    with served() as base:
        kinds: dict[str, dict[str, Any]] = {
            "vcrpy.yaml": {},
            "vcrpy.json": {"serializer": "json"},
            "vcrpy_decoded.yaml": {"decode_compressed_response": True},
        }
        for name, options in kinds.items():
            with vcr.VCR(**options).use_cassette(str(folder / name), record_mode="all"):
                if name == "vcrpy.json":  # it writes no bytes as JSON
                    flow_of_text(requests.get, requests.post, base)
                    continue
                flow(requests.get, requests.post, base)
                urllib.request.urlopen(f"{base}/zip").read()  # which leaves the body coded


def betamax(folder: Path) -> None:
    """JSON; bodies as text, and as base64."""
    requests, tool = (import_module(name) for name in ("requests", "betamax"))

    with served() as base:
        for name, preserve in {"betamax": False, "betamax_bytes": True}.items():
            session = requests.Session()
            recorder = tool.Betamax(session, cassette_library_dir=str(folder))
            with recorder.use_cassette(name, record="once", preserve_exact_body_bytes=preserve):
                if preserve:
                    flow(session.get, session.post, base)
                else:  # it spoils bytes that are no text, then
                    flow_of_text(session.get, session.post, base)
                    session.get(f"{base}/zip")


def cassetter(folder: Path) -> None:
    """YAML and TOML; what the tool scrubs by its own rules is not there."""
    requests, tool = (import_module(name) for name in ("requests", "cassetter"))

    with served() as base:
        for name in ("cassetter.yaml", "cassetter.toml"):
            with tool.use_cassette(folder / name, record_mode="all"):
                flow(requests.get, requests.post, base)


def har(folder: Path) -> None:
    """The layout that browsers export, put together from a real exchange: no browser runs here."""
    requests = import_module("requests")
    entries: list[dict[str, Any]] = []

    def told(answer: Any, *_: object, **__: object) -> None:
        asked = answer.request
        body = asked.body.decode() if isinstance(asked.body, bytes) else asked.body
        kind = asked.headers.get("Content-Type", "")
        post: dict[str, Any] = {"mimeType": kind, "text": body}
        if "form" in kind:
            post["params"] = [{"name": name, "value": value} for name, value in parse_qsl(body or "")]
        text, plain = answer.content, answer.headers["Content-Type"] == "application/json"
        content: dict[str, Any] = {"size": len(text), "mimeType": answer.headers["Content-Type"]}
        content |= (
            {"text": text.decode()}
            if plain
            else {"text": base64.b64encode(text).decode(), "encoding": "base64"}
        )
        entries.append({
            "_resourceType": "fetch",
            "startedDateTime": "2026-11-26T04:49:39.000Z",
            "time": 12.5,
            "request": {
                "method": asked.method, "url": asked.url, "httpVersion": "http/1.1",
                "headers": _pairs(asked.headers), "queryString": _pairs(dict(parse_qsl(urlsplit(asked.url or "").query))),
                "cookies": _pairs(dict(item.split("=") for item in asked.headers.get("Cookie", "").split(";") if item)),
                "headersSize": -1, "bodySize": len(body or ""), **({"postData": post} if body else {}),
            },
            "response": {
                "status": answer.status_code, "statusText": answer.reason, "httpVersion": "http/1.1",
                "headers": _pairs(answer.headers), "cookies": _pairs(dict(answer.cookies)), "content": content,
                "redirectURL": "", "headersSize": -1, "bodySize": -1,
            },
            "cache": {},
            "timings": {"send": 0.1, "wait": 12, "receive": 0.4},
        })  # fmt: skip

    with served() as base:
        session = requests.Session()
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.hooks["response"].append(told)
        flow(session.get, session.post, base)
    log = {
        "version": "1.2",
        "creator": {"name": "WebInspector", "version": "537.36"},
        "pages": [],
        "entries": entries,
    }
    (folder / "browser.har").write_text(json.dumps({"log": log}, indent=2, ensure_ascii=False), "utf-8")


def _pairs(of: Any) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in of.items()]


TOOLS = {"har": har, "vcrpy": vcrpy, "betamax": betamax, "cassetter": cassetter}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    TOOLS[sys.argv[1]](Path(sys.argv[2]))
