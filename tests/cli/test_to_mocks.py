"""``api-mocker cassette to-mocks``, run as people run it; and what it prints, run as people would."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api_mocker import Headers, Interaction, Request, Response
from api_mocker._core.model import Coding, Failure
from api_mocker._storage import files, schema
from api_mocker._storage.emit import emit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOMENT = datetime(2026, 11, 20, 20, 15, tzinfo=UTC)
JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
GET = "GET https://stock.example.com/v1"


def headers(*pairs: tuple[str, str], body: bytes | None = None) -> Headers:
    length = () if body is None else (("Content-Length", str(len(body))),)
    return Headers((*pairs, *length))


def asked(line: str, *pairs: tuple[str, str], body: bytes = b"") -> Request:
    method, _, url = line.partition(" ")
    return Request(method, url, headers(*pairs), body)


def said(body: bytes = b"", *pairs: tuple[str, str], status: int = 200, reason: str = "OK") -> Response:
    return Response(status, headers(*pairs, body=body), body, reason)


FLOW = [
    Interaction(
        asked("POST https://pay.example.com/token", FORM, body=b"grant_type=code&code=%3Credacted%3Acode%3A1%3E"),
        said(b'{"access_token":"<redacted:access_token:1>","expires_in":3600}', JSON),
    ),
    Interaction(asked(f"{GET}/jobs/7"), said(b'{"state":"queued"}', JSON)),
    Interaction(asked(f"{GET}/jobs/7"), said(b'{"state":"queued"}', JSON)),
    Interaction(asked(f"{GET}/jobs/7"), said(b'{"state": "done"}\n', JSON)),
    Interaction(asked(f"{GET}/users/%3Credacted%3Aid%3A1%3E?fields=name"), said(b'{"id":909090001}', JSON)),
    Interaction(
        asked("POST https://stock.example.com/v1/orders", JSON, body=b'{"sku":"A-1","request_id":"f3a"}'),
        said(
            b"made",
            ("X-Part", "a=1"),
            ("X-Part", "b=2"),
            ("Content-Type", "text/plain; charset=utf-8"),
            status=201,
            reason="Made",
        ),
    ),
    Interaction(asked("POST https://stock.example.com/v1/orders"), said(status=400, reason="Bad Request")),
    Interaction(
        asked(f"{GET}/report"),
        Response(
            200,
            headers(("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("Content-Length", "31")),
            b"<h1>Report</h1>",
            "OK",
            coding=Coding("gzip"),
        ),
    ),
    Interaction(
        asked(f"{GET}/events"),
        Response(
            200,
            headers(("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked")),
            b'data: {"n":1}\n\nevent: end\ndata: bye\n\n',
            "OK",
            chunks=(15, 22),
            truncated=True,
        ),
    ),
    Interaction(asked("HEAD https://stock.example.com/v1/image"), Response(200, headers(("Content-Length", "812")), reason="OK")),
    Interaction(asked(f"{GET}/image"), said(bytes(range(128, 256)), ("Content-Type", "image/png"))),
    Interaction(
        asked(f"{GET}/old"),
        Response(200, headers(("Server", "old")), b"as long as it lasts", "OK", "HTTP/1.0"),
    ),
    Interaction(
        asked(f"{GET}/cut"),
        Response(200, headers(("Content-Type", "text/plain"), ("Content-Length", "100")), b"short", "OK"),
        Failure("closed_early", "peer closed connection"),
    ),
    Interaction(asked(f"{GET}/slow"), None, Failure("read_timeout", "timed out")),
    Interaction(asked(f"{GET}/gone"), None, Failure("refused", "[Errno 111] Connection refused")),
    Interaction(asked("PURGE https://stock.example.com/v1/cache", body=b"\x00\x01"), said(status=204, reason="No Content")),
]  # fmt: skip

PRINTED = '''\
"""What flow.yaml recorded, as mocks."""

import base64
import json
from unittest.mock import ANY

from api_mocker import Headers, Mocker, Response


def declare(api_mocker: Mocker) -> None:
    """Declare what flow.yaml recorded."""
    stock = api_mocker.base("https://stock.example.com/v1")

    api_mocker.post(
        "https://pay.example.com/token", data={"grant_type": "code", "code": ANY}
    ).respond_with(json={"access_token": "<redacted:access_token:1>", "expires_in": 3600})
    (
        stock.get("/jobs/7")
        .respond_with(json={"state": "queued"})
        .times(2)
        .respond_with(
            content=json.dumps({"state": "done"}) + "\\n",
            headers={"Content-Type": "application/json"},
        )
    )
    stock.get("/users/{id}", query={"fields": "name"}).respond_with(json={"id": 909090001})
    stock.post("/orders", json={"sku": "A-1", "request_id": ANY}).respond_with(
        status=201, reason="Made", text="made", headers={"X-Part": ["a=1", "b=2"]}
    )
    stock.post("/orders", content=b"").respond_with(status=400)
    stock.get("/report").respond_with(
        html="<h1>Report</h1>", headers={"Content-Type": "text/html", "Content-Encoding": "gzip"}
    )
    # The caller closed an answer of this route early: there may have been more.
    stock.get("/events").respond_with(events=[{"data": {"n": 1}}, {"event": "end", "data": "bye"}])
    stock.head("/image").respond_with(headers={"Content-Length": "812"})
    stock.get("/image").respond_with(
        content=base64.b64decode(
            "gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp+goaKjpKWmp6ipqqusra6vsLGys7S1tre4"
            "ubq7vL2+v8DBwsPExcbHyMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5ufo6err7O3u7/Dx"
            "8vP09fb3+Pn6+/z9/v8="
        ),
        headers={"Content-Type": "image/png"},
    )
    stock.get("/old").respond_with(
        Response(
            200,
            headers=Headers.of([("Server", "old")]),
            body=b"as long as it lasts",
            reason="OK",
            http_version="HTTP/1.0",
        )
    )
    stock.get("/cut").respond_with(
        text="short",
        headers={"Content-Type": "text/plain", "Content-Length": "100"},
        error="closed_early",
        after=5,
    )
    stock.get("/slow").respond_with(error="read_timeout")
    stock.get("/gone").raises("refused", "[Errno 111] Connection refused")
    stock.route("PURGE", "/cache", content=b"\\x00\\x01").respond_with(
        status=204, headers={"Content-Length": "0"}
    )
'''


def save(folder: Path, flow: Sequence[Interaction], test: str | None = None) -> Path:
    path = folder / "flow.yaml"
    flow = [replace(one, recorded_at=MOMENT) for one in flow]
    files.save(path, emit(schema.header(test)), flow, opened=None, root=folder)
    return path


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Runs the program in the folder."""
    return subprocess.run(
        [sys.executable, "-m", "api_mocker", "cassette", "to-mocks", *args],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def printed(folder: Path, flow: Sequence[Interaction], *args: str) -> str:
    result = run(folder, str(save(folder, flow).relative_to(folder)), *args)
    assert result.stderr == ""
    assert result.returncode == 0
    return result.stdout


def test_the_code_is_what_people_would_write(tmp_path: Path) -> None:
    """Prefixes factored out, a sequence for equal requests, what was redacted or is ignored left open."""
    assert printed(tmp_path, FLOW, "--ignore", "json:$.request_id") == PRINTED


@pytest.mark.skipif(find_spec("ruff") is None, reason="ruff is in the dependency group lint")
@pytest.mark.parametrize("options", [[], ["--test"]])
def test_formatters_have_nothing_to_do(tmp_path: Path, options: list[str]) -> None:
    """What is printed is laid out and sorted as ruff and black would leave it."""
    (tmp_path / "mocks.py").write_text(printed(tmp_path, [*FLOW, *ODD], *options), "utf-8")
    for check in (["format", "--check"], ["check", "--select", "I,F,D", "--ignore", "D203,D213"]):
        line = ["ruff", *check, "--isolated", "--line-length", "100", "mocks.py"]
        done = subprocess.run(
            [sys.executable, "-m", *line], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


ODD = [
    Interaction(asked(f"GET https://{host}/{'x' * size}?q={'y' * size}"), said(body, (("Content-Type", kind))))
    for host, size, body, kind in [
        ("api.stripe.com", 40, json.dumps({"text": "日本語" * 20, "n": 1e300}).encode(), "application/json"),
        ("127.0.0.1:8080", 80, b"line\n" * 40, "application/xml"),
        ("127.0.0.1:8081", 8, b"line\n" * 40_000, "text/plain; charset=utf-8"),
        ("[::1]:9", 8, bytes(range(256)) * 200, "application/octet-stream"),
        ("class.example.com", 8, json.dumps({"a": ["b" * 60, "c" * 60]}, indent=2).encode() + b"\n", "a/b+json"),
        ("list.example.com", 8, "größe".encode("latin-1"), "text/plain; charset=latin-1"),
        ("7.example.com", 8, b"it's a \"quoted\" one", ""),
    ]
    for _ in range(2)
]  # fmt: skip
"""Hosts whose names are no names, and bodies that are long, wide, odd or not text at all."""


def test_names_are_names(tmp_path: Path) -> None:
    """A variable is called after its host, and is never a keyword, a builtin or taken already."""
    flow = [
        Interaction(asked(f"GET https://{host}/{path}"), said())
        for host in ("api.stripe.com", "127.0.0.1:80", "[::1]:9", "class.a.com", "list.b.com", "7.c.com", "json", "10.0.0.1")
        for path in "ab"
    ]  # fmt: skip
    text = printed(tmp_path, flow)
    names = [line.split()[0] for line in text.splitlines() if ".base(" in line]
    assert names == [
        "stripe",
        "localhost",
        "localhost_2",
        "class_api",
        "list_api",
        "host_7",
        "json_api",
        "server",
    ]
    ast.parse(text)


def declared(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if "respond_with" in line or "in_order" in line]


def test_who_would_take_too_much_comes_later(tmp_path: Path) -> None:
    """A declaration that is open goes behind those whose requests it would take; a body that is none is said."""
    flow = [
        Interaction(asked(f"{GET}/users/%3Credacted%3Aid%3A1%3E"), said()),
        Interaction(asked(f"{GET}/users/me"), said()),
        Interaction(asked("POST https://stock.example.com/v1/users/me"), said()),
        Interaction(asked("POST https://stock.example.com/v1/users/me", JSON, body=b"1"), said(b"1", JSON)),
    ]
    assert declared(printed(tmp_path, flow)) == [
        'stock.get("/me").respond_with()',
        'stock.get("/{id}").respond_with()',
        'stock.post("/me", content=b"").respond_with()',
        'stock.post("/me", json=1).respond_with(json=1)',
    ]


SAME = [
    Interaction(asked(f"{GET}/job?t={n}"), said(body.encode(), ("Content-Type", "text/plain; charset=utf-8")))
    for n, body in enumerate(("queued", "done"))
] + [Interaction(asked(f"{GET}/end"), said())]


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ({}, ['stock.get("/job", query={"t": "0"}).respond_with(text="queued")',
              'stock.get("/job", query={"t": "1"}).respond_with(text="done")']),
        ({"ignore": ["query:t"]},
         ['stock.get("/job", query={"t": ANY}).respond_with(text="queued").respond_with(text="done")']),
        ({"match_on": ["method", "path"], "repeat": "last"}, ['.respond_with(text="queued")',
              '.respond_with(text="done")']),
        ({"order": "strict", "ignore": ["query:t"]},
         ["api_mocker.in_order()",
          'stock.get("/job", query={"t": ANY}).respond_with(text="queued").respond_with(text="done")']),
    ],
)  # fmt: skip
def test_the_project_says_what_is_compared(
    tmp_path: Path, options: dict[str, object], lines: list[str]
) -> None:
    """`ignore`, `match_on`, `repeat` and `order` of the project mean in the code what they mean on replay."""
    table = "\n".join(f"{name} = {json.dumps(value)}" for name, value in options.items())
    (tmp_path / "pyproject.toml").write_text(f"[tool.api_mocker]\n{table}\n", "utf-8")
    text = printed(tmp_path, SAME)
    assert declared(text)[: len(lines)] == lines
    assert ("repeat_last()" in text) == ("repeat" in options)


class Shop(BaseHTTPRequestHandler):
    """A service with a token, a job and a list."""

    polls = 0

    def do_GET(self) -> None:
        Shop.polls += 1
        self.answer(
            {
                "state": "done" if Shop.polls > 1 else "queued",
                "seen": self.headers["Authorization"] == "Bearer s3cr3t-1",
            }
        )

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer({"access_token": "s3cr3t-1"})

    def answer(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object, **__: object) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.server_close()


CODE = """
import urllib3

def checkout(base):
    pool = urllib3.PoolManager(retries=False)
    token = pool.request("POST", base + "/token", fields={"password": "s3cr3t-2"}).json()["access_token"]
    headers = {"Authorization": "Bearer " + token}
    return [pool.request("GET", base + "/job", headers=headers).json()["state"] for _ in range(2)]
"""


def test_the_flow_passes_when_the_server_is_gone(tmp_path: Path, shop: ThreadingHTTPServer) -> None:
    """Record a test, print the cassette as a test file, call the code in it: it passes without any server."""
    base = f"http://127.0.0.1:{shop.server_address[1]}"
    call = f"    assert checkout({base!r}) == ['queued', 'done']\n"
    (tmp_path / "shop.py").write_text(CODE, "utf-8")
    recorded = (
        f"import pytest\nfrom shop import checkout\n\n@pytest.mark.cassette('flow')\ndef test_it():\n{call}"
    )
    (tmp_path / "test_recorded.py").write_text(recorded, "utf-8")
    pytest_in(tmp_path, "test_recorded.py", "--api-mocker-mode=once")
    shop.shutdown()
    shop.server_close()

    result = run(tmp_path, "cassettes/flow.yaml", "--test", "--output", "test_mocked.py")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    text = (tmp_path / "test_mocked.py").read_text("utf-8")
    assert "s3cr3t" not in text
    assert "def test_it(api_mocker: Mocker) -> None:" in text
    (tmp_path / "test_mocked.py").write_text(f"from shop import checkout\n{text}{call}", "utf-8")
    pytest_in(tmp_path, "test_mocked.py")
    (tmp_path / "test_mocked.py").write_text(text, "utf-8")
    assert "2 declared routes were not used" in pytest_in(tmp_path, "test_mocked.py", code=1)


def pytest_in(folder: Path, *args: str, code: int = 0) -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder), "CI": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    line = [sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider", "-papi_mocker.pytest_plugin", *args]
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """-o writes a new file, and never over an old one."""
    save(tmp_path, FLOW)
    (tmp_path / "mocks.py").write_text("mine", "utf-8")
    result = run(tmp_path, "flow.yaml", "-o", "mocks.py")
    assert result.returncode == 2
    assert "mocks.py exists, and is left alone" in result.stderr
    assert (tmp_path / "mocks.py").read_text("utf-8") == "mine"


def test_trouble_is_one_message(tmp_path: Path) -> None:
    """No cassette, no such file, an ignore entry that is none: exit code 2 and no traceback."""
    save(tmp_path, FLOW)
    (tmp_path / "other.yaml").write_text("a: 1\n", "utf-8")
    for args in (["nope.yaml"], ["other.yaml"], ["flow.yaml", "--ignore", "jsn:$.a"]):
        result = run(tmp_path, *args)
        assert result.returncode == 2
        assert result.stderr.startswith(("Error: ", "Usage: "))
        assert "Traceback" not in result.stderr


def test_no_http_client_is_loaded(tmp_path: Path) -> None:
    """The code is tried without any client."""
    code = (
        f"import sys; from api_mocker.cli import main\n"
        f"try: main(['cassette', 'to-mocks', {str(save(tmp_path, FLOW))!r}])\n"
        f"except SystemExit: pass\n"
        f"print(sorted({{'httpx', 'requests', 'urllib3', 'rich'}} & sys.modules.keys()))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"


def test_an_empty_cassette_declares_nothing(tmp_path: Path) -> None:
    """The function is there all the same, and what is printed can be imported."""
    text = printed(tmp_path, [])
    ast.parse(text)
    assert "respond_with" not in text
