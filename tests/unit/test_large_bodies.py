"""Bodies that are too large to be held: what holds for others holds for them, and nothing keeps them in memory."""

from __future__ import annotations

import asyncio
import base64
import gzip
import os
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import httpx
import pytest
import requests
import urllib3

from api_mocker import CassetteError, CassetteUnreadable, Interaction, Request, Response, use_cassette
from api_mocker._core.exchange import Exchange
from api_mocker._core.large_body import LARGE
from api_mocker._session import set_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WINDOW = 2 << 20
SIZE = LARGE + 4321
SECRET = "kestrel harbour VIOLET 7731 lantern"  # of words: also where windows end behind a word
TOKEN = "ghp_" + "aZ3kQ9xW7bN2mV5cT8yR1dF4gH6jL0pS3uEo"
PASSWORD = "Tr0ub4dour-and-3-more"
TOLD = "9c1f7be2-quartz-04d7aa"


class Server:
    """Answers with what `bodies` hold by then; a list is sent as chunks."""

    def __init__(self) -> None:
        bodies: dict[str, tuple[dict[str, str], bytes | list[bytes]]] = {}

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
                """Keeps quiet."""

            def do_GET(self) -> None:  # the name that http.server looks for
                headers, body = bodies[self.path]
                self.send_response(200)
                for item in headers.items():
                    self.send_header(*item)
                if isinstance(body, bytes):
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                    return
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for piece in body:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                self.wfile.write(b"0\r\n\r\n")

        self.bodies = bodies
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A process of its own to api-mocker, in a project without options."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERVICE_API_SECRET", SECRET)
    (tmp_path / "pyproject.toml").write_text("")
    before = set_session(None)
    yield tmp_path
    set_session(before)


@pytest.fixture(scope="module")
def binary() -> bytes:
    """No text, with no secret in it, and none of its megabytes like another."""
    return b"".join(sha256(b"%d" % each).digest() * 2048 for each in range(SIZE // 65536 + 1))[:SIZE]


def dense(filler: str, secrets: list[str]) -> bytes:
    """A text over the threshold, where secrets stand close together around each end of a window."""
    some = " ".join(secrets)
    parts: list[str] = []
    size = 0
    while size < SIZE:
        near = (some + " ") * (2400 // len(some))
        plain = WINDOW - len(near) - (1800 if not parts else 0)
        parts.append((filler * (plain // len(filler) + 1))[:plain] + near)
        size += len(parts[-1])
    return "".join(parts).encode()


def files(folder: Path) -> dict[Path, bytes]:
    """Whatever was written, links and hidden ones included."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def require_gone(folder: Path, *secrets: str) -> None:
    """None of them stands in a file, as it is or as base64."""
    found = [
        (path.name, secret)
        for path, content in files(folder).items()
        for secret in secrets
        for form in (secret.encode(), base64.b64encode(secret.encode()).rstrip(b"="))
        if form in content
    ]
    assert not found


def by_requests(url: str) -> bytes:
    with requests.get(url, stream=True, timeout=60) as answer:
        return b"".join(answer.iter_content(1 << 20))


def by_httpx(url: str) -> bytes:
    with httpx.stream("GET", url) as answer:
        return b"".join(answer.iter_bytes())


def by_async_httpx(url: str) -> bytes:
    async def got() -> bytes:
        async with httpx.AsyncClient() as client, client.stream("GET", url) as answer:
            return b"".join([piece async for piece in answer.aiter_bytes()])

    return asyncio.run(got())


def by_urllib3(url: str) -> bytes:
    with urllib3.PoolManager() as pool:
        return pool.request("GET", url).data


def recorded(url: str, path: str | Path = "c.yaml", mode: str = "once") -> bytes:
    """What a caller gets while it is recorded, in a run of its own."""
    with use_cassette(path, record_mode=mode):
        body = by_requests(url)
    set_session(None)
    return body


def replayed(url: str, path: str | Path = "c.yaml") -> requests.Response:
    """What a caller gets later."""
    set_session(None)
    with use_cassette(path, record_mode="none"):
        return requests.get(url, timeout=60)


@pytest.mark.parametrize("client", [by_requests, by_httpx, by_async_httpx, by_urllib3])
def test_the_same_bytes_come_back(server: Server, binary: bytes, client: Callable[[str], bytes]) -> None:
    """Whichever client asks, it gets what the server sent, while recording and on replay."""
    server.bodies["/binary"] = {"Content-Type": "application/octet-stream"}, binary
    url = server.url + "/binary"
    with use_cassette("c.yaml", record_mode="once"):
        assert client(url) == binary
    set_session(None)
    with use_cassette("c.yaml", record_mode="none") as cassette:
        assert client(url) == binary
        assert asdict(cassette.interactions[0])["response"]["large"].content() == binary
    (beside,) = Path("c.bodies").iterdir()
    assert beside.read_bytes() == binary


@pytest.mark.parametrize(
    "filler", ["lorem ipsum dolor sit amet\n", "lorem ipsum dolor sit amet, ", "loremipsum"]
)
def test_secrets_are_hidden_wherever_they_lie(server: Server, project: Path, filler: str) -> None:
    """A known secret and one of a known form: also in text without lines or words, across ends of windows."""
    sent = dense(filler, [SECRET, TOKEN])
    server.bodies["/text"] = {"Content-Type": "text/plain"}, sent
    assert recorded(server.url + "/text") == sent
    require_gone(project, SECRET, TOKEN)

    answer = replayed(server.url + "/text")
    count = sent.count(SECRET.encode())
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert len(re.findall(rb"<redacted:[^>]*>", answer.content)) == 2 * count
    hidden = re.split(rb"<redacted:[^>]*>", answer.content)
    assert b"\0".join(hidden) == sent.replace(SECRET.encode(), b"\0").replace(TOKEN.encode(), b"\0")


def test_secrets_of_json_are_hidden_by_name(server: Server, project: Path) -> None:
    """A member called password is hidden in each item, also where a window ends in its name or value."""
    item = '{"id": 12345, "note": "' + "n" * 600 + '", "password": "%s"},'
    one = item % PASSWORD
    sent = ("[" + (one * (SIZE // len(one) + 1)).rstrip(",") + "]").encode()
    server.bodies["/json"] = {"Content-Type": "application/json"}, sent
    assert recorded(server.url + "/json") == sent
    require_gone(project, PASSWORD)

    answer = replayed(server.url + "/json")
    found = answer.json()
    assert len(found) == sent.count(b"password")
    assert {each["note"] for each in found} == {"n" * 600}
    assert len({each["password"] for each in found}) == 1


def test_what_a_later_answer_tells_is_hidden(server: Server, project: Path) -> None:
    """A value that another exchange shows to be secret is hidden in the body that came before it."""
    server.bodies["/text"] = {"Content-Type": "text/plain"}, dense("lorem ipsum dolor ", [TOLD])
    server.bodies["/login"] = {"Content-Type": "application/json"}, b'{"access_token": "%b"}' % TOLD.encode()
    with use_cassette("c.yaml", record_mode="once"):
        by_requests(server.url + "/text")
        by_requests(server.url + "/login")
    require_gone(project, TOLD)


def test_secrets_among_bytes_that_are_no_text(server: Server, project: Path, binary: bytes) -> None:
    """A known secret is hidden in what is no text, and all else stays as it came."""
    sent = binary[: WINDOW - 9] + SECRET.encode() + binary[WINDOW:] + b"\0" + TOKEN.encode() + b"\0"
    server.bodies["/mixed"] = {"Content-Type": "application/octet-stream"}, sent
    assert recorded(server.url + "/mixed") == sent
    require_gone(project, SECRET, TOKEN)
    content = replayed(server.url + "/mixed").content
    assert content.startswith(binary[: WINDOW - 9] + b"<redacted:")
    assert binary[WINDOW:] in content


def test_a_coded_body_is_hidden_in_and_coded_again(server: Server, project: Path) -> None:
    """The secret in a gzip-coded body is in no file, and on replay the client decodes what it says."""
    line = b"lorem ipsum dolor sit amet\n"
    before = line * (WINDOW // len(line))
    plain = before + SECRET.encode() + line * (SIZE // len(line))
    coded = gzip.compress(plain, 0)  # as large as the text, so that it is not held
    server.bodies["/gzip"] = {"Content-Type": "text/plain", "Content-Encoding": "gzip"}, coded
    assert recorded(server.url + "/gzip") == plain
    require_gone(project, SECRET)
    assert not any(coded[:4096] in content for content in files(project).values())

    answer = replayed(server.url + "/gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert re.sub(rb"<redacted:[^>]*>", SECRET.encode(), answer.content) == plain


def test_a_coded_body_without_secrets_stays_as_it_came(server: Server, binary: bytes) -> None:
    """Where nothing is to be hidden, the very bytes of the coding come back."""
    coded = gzip.compress(binary, 0, mtime=1_700_000_000)
    server.bodies["/gzip"] = {"Content-Encoding": "gzip"}, coded
    recorded(server.url + "/gzip")
    with (
        use_cassette("c.yaml", record_mode="none"),
        requests.get(server.url + "/gzip", stream=True) as answer,
    ):
        assert answer.raw.read(decode_content=False) == coded


def test_what_did_not_change_stays(server: Server, project: Path, binary: bytes) -> None:
    """Recorded anew, an unchanged body leaves all files byte for byte; a changed one changes both."""
    server.bodies["/binary"] = {}, binary
    recorded(server.url + "/binary")
    before = files(project / "c.bodies") | {project / "c.yaml": (project / "c.yaml").read_bytes()}
    recorded(server.url + "/binary", mode="all")
    assert files(project / "c.bodies") | {project / "c.yaml": (project / "c.yaml").read_bytes()} == before

    changed = b"other" + binary[5:]
    server.bodies["/binary"] = {}, changed
    recorded(server.url + "/binary", mode="all")
    assert replayed(server.url + "/binary").content == changed
    assert len(files(project / "c.bodies")) == 1


def test_a_failed_block_sets_it_aside(server: Server, project: Path, binary: bytes) -> None:
    """The recording of a block that fails waits beside, its body included, and the cassette is not made."""
    server.bodies["/binary"] = {}, binary
    with suppress(ZeroDivisionError), use_cassette("c.yaml", record_mode="once"):
        by_requests(server.url + "/binary")
        raise ZeroDivisionError
    assert not Path("c.yaml").exists()
    assert binary in files(project).values()


def test_a_changed_file_beside_is_refused(server: Server, binary: bytes) -> None:
    """A body that is not the one that was recorded is not replayed."""
    server.bodies["/binary"] = {}, binary
    recorded(server.url + "/binary")
    (beside,) = Path("c.bodies").iterdir()
    with beside.open("r+b") as file:
        file.seek(SIZE // 2)
        file.write(b"x")
    with pytest.raises(CassetteUnreadable, match="was changed"), use_cassette("c.yaml", record_mode="none"):
        by_requests(server.url + "/binary")


def test_chunks_come_back(server: Server, binary: bytes) -> None:
    """A chunked stream is read on replay in the pieces that its server sent."""
    pieces = [binary[: 3 << 20], *(binary[at : at + 777_777] for at in range(3 << 20, SIZE, 777_777))]
    server.bodies["/chunks"] = {"Content-Type": "application/octet-stream"}, pieces

    def sizes(mode: str) -> list[int]:
        with (
            use_cassette("c.yaml", record_mode=mode),
            httpx.stream("GET", server.url + "/chunks") as answer,
        ):
            return [len(piece) for piece in answer.iter_raw()]

    seen = sizes("once")
    set_session(None)
    assert sum(seen) == SIZE
    assert sizes("none") == seen


def test_what_cannot_be_searched_is_not_kept(server: Server, project: Path) -> None:
    """JSON over 256 MiB is refused where the block ends, its caller gets all of it, and what else came is kept."""
    body = b"[" + bytes(257 << 20).replace(b"\0", b" ") + b"]"
    server.bodies["/json"] = {"Content-Type": "application/json"}, body
    server.bodies["/other"] = {}, b"other"

    def run() -> None:
        with use_cassette("c.yaml", record_mode="once"):
            assert len(by_requests(server.url + "/json")) == len(body)
            assert by_requests(server.url + "/other") == b"other"

    with pytest.raises(CassetteError, match=r"json of 257 MiB.*passthrough"):
        run()
    assert "other" in "".join(path.read_text() for path in project.rglob("*.yaml"))
    assert not [*project.rglob("*.bodies")]


def test_many_small_pieces_take_no_more_than_their_bytes() -> None:
    """A million of them are put together, and come back as they came as long as there are not too many."""
    kept: list[Response | None] = []
    for count in (100_000, 300_000):
        exchange = Exchange(
            Request("GET", "http://h.example.com/"), outcome=lambda _, response, __: kept.append(response)
        )
        exchange.began(Response(200))
        for each in range(count):
            exchange.data(b"%d;" % (each % 10))
        exchange.ended()
    few, many = kept
    assert few is not None
    assert many is not None
    assert few.body == b"0;1;2;3;4;5;6;7;8;9;" * 10_000
    assert few.chunks == (2,) * 100_000
    assert many.body == b"0;1;2;3;4;5;6;7;8;9;" * 30_000
    assert many.chunks is None


def test_a_response_outlives_its_recording(server: Server, binary: bytes) -> None:
    """Who still reads a replayed response when its cassette is recorded anew gets it to its end."""
    server.bodies["/binary"] = {}, binary
    url = server.url + "/binary"
    recorded(url)
    with use_cassette("c.yaml", record_mode="none"):
        answer = requests.get(url, stream=True, timeout=60)
        first = next(pieces := answer.iter_content(1 << 20))
    server.bodies["/binary"] = {}, b"other" + binary
    recorded(url, mode="rewrite")
    assert first + b"".join(pieces) == binary


def test_a_hook_sees_all_of_it(server: Server) -> None:
    """`before_record` finds it in `body`, as it does any other, and what it puts there counts."""
    server.bodies["/text"] = {"Content-Type": "text/plain"}, b"lorem ipsum " * (SIZE // 12 + 1)
    seen: list[tuple[int, int, int]] = []

    def shortened(interaction: Interaction) -> Interaction:
        response = interaction.response
        assert response is not None
        seen.append((len(response.body), response.size, len(response.content)))
        return replace(interaction, response=replace(response, body=b"short"))

    with use_cassette("c.yaml", record_mode="once", before_record=shortened):
        by_requests(server.url + "/text")
    size = len(server.bodies["/text"][1])
    assert seen == [(size, size, size)]
    assert replayed(server.url + "/text").content == b"short"


def test_no_room_for_temporary_files(server: Server, project: Path, binary: bytes) -> None:
    """The caller gets every byte, and the block ends with an error that says what is wrong."""
    server.bodies["/binary"] = {}, binary
    script = (
        "import resource, signal, sys, requests, api_mocker\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10 << 20, 10 << 20))\n"
        "with api_mocker.use_cassette('c.yaml', record_mode='once'):\n"
        "    print(len(requests.get(sys.argv[1]).content), flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, server.url + "/binary"], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == str(SIZE)
    assert done.returncode
    assert "found no room in the folder for temporary files" in done.stderr
    assert "CassetteError" in done.stderr
    assert not (project / "c.yaml").exists()


def test_nothing_of_it_can_be_read_while_it_comes(server: Server, project: Path) -> None:
    """While it is recorded, it lies in a file that no folder shows, and whose bytes tell nothing."""
    place = project / "temporary"
    place.mkdir()
    script = (
        "import os, sys, requests, api_mocker\n"
        "with api_mocker.use_cassette('c.yaml', record_mode='once'):\n"
        "    requests.get(sys.argv[1]).content\n"
        "    print(os.listdir(os.environ['TMPDIR']), flush=True)\n"
        "    for each in os.listdir('/proc/self/fd'):\n"
        "        name = '/proc/self/fd/' + each\n"
        "        if os.environ['TMPDIR'] in os.path.realpath(name):\n"
        "            with open(name, 'rb') as file: sys.stdout.buffer.write(file.read())\n"
    )
    sent = dense("lorem ipsum dolor ", [SECRET])
    server.bodies["/text"] = {"Content-Type": "text/plain"}, sent
    done = subprocess.run(
        [sys.executable, "-c", script, server.url + "/text"],
        env={**os.environ, "TMPDIR": str(place)},
        capture_output=True,
        check=True,
    )
    listed, _, lies_there = done.stdout.partition(b"\n")
    assert listed == b"[]"
    assert len(lies_there) == len(sent)
    assert SECRET.encode() not in lies_there
    assert b"lorem" not in lies_there
    require_gone(project, SECRET)


def test_the_commands_take_it(server: Server, project: Path) -> None:
    """What lists, shows, checks and compares cassettes says its size, and none of its megabytes."""
    item = '{"id": 12345, "note": "' + "n" * 6000 + '"},'
    sent = ("[" + (item * (SIZE // len(item) + 1)).rstrip(",") + "]").encode()
    server.bodies["/json"] = {"Content-Type": "application/json"}, sent
    recorded(server.url + "/json", project / "cassettes" / "c.yaml")
    server.bodies["/json"] = {"Content-Type": "application/json"}, sent.replace(b"12345", b"54321", 1)
    recorded(server.url + "/json", project / "cassettes" / "d.yaml")
    one, other = "cassettes/c.yaml", "cassettes/d.yaml"
    for args, code, said in (
        (["list"], 0, ""),
        (["show", one], 0, "too large to be shown"),
        (["check", one], 0, ""),
        (["check", "--secrets", one], 0, ""),
        (["diff", one, other], 1, "54321"),
        (["diff", "--shape", one, other], 0, ""),
        (["to-mocks", one], 2, "too many bytes"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "api_mocker", "cassette", *args],
            capture_output=True, text=True, check=False, timeout=100,
        )  # fmt: skip
        told = done.stdout + done.stderr
        assert "Traceback" not in told, told
        assert len(told) < 20_000, args
        assert done.returncode == code, (args, told)
        assert said in re.sub(r"\s+", " ", told), (args, told)


def test_a_secret_left_in_it_is_found(server: Server, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`check --secrets` finds in which line it stands, and `redact` hides it."""
    monkeypatch.delenv("SERVICE_API_SECRET")
    line = b"lorem ipsum dolor sit amet\n"
    sent = line * 100_000 + SECRET.encode() + b"\n" + line * (SIZE // len(line) + 1 - 100_000)
    server.bodies["/text"] = {"Content-Type": "text/plain"}, sent
    recorded(server.url + "/text", project / "cassettes" / "c.yaml")
    environment = {**os.environ, "SERVICE_API_SECRET": SECRET}

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "api_mocker", "cassette", *args, "cassettes/c.yaml"],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    found = run("check", "--secrets")
    assert found.returncode == 1
    assert "line 100001" in re.sub(r"\s+", " ", found.stdout + found.stderr)
    assert SECRET not in found.stdout + found.stderr
    assert run("redact", "--write").returncode == 0
    require_gone(project, SECRET)
    assert run("check", "--secrets").returncode == 0
