"""``check --secrets`` and ``redact``: what is left is told by its place and never shown, and then it is hidden."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.program import run, saved

from api_mocker import Headers, Interaction, Request, Response
from api_mocker._storage.files import CassetteFile, bodies_folder

if TYPE_CHECKING:
    from pathlib import Path

MOMENT = datetime(2026, 11, 20, 20, 15, tzinfo=UTC)
JSON = Headers((("Content-Type", "application/json"),))
SECRET = "s3cr3t-t0ken-4711"
GITHUB = "ghp_" + "a1B2c3D4e5F6" * 3
CHANCE = "Xk29dLq0ZmP4vRt8WbYc1NsE"


def asked(url: str, answer: object, headers: Headers | None = None) -> Interaction:
    """A GET of this."""
    request = Request("GET", url, headers or Headers(()))
    return Interaction(request, Response(200, JSON, json.dumps(answer).encode(), ""), None, MOMENT)


LEAKY = [
    asked("https://a/login", {"access_token": SECRET, "n": 1}),
    asked("https://a/items", {"items": [1, 2, 3]}),
    asked(
        f"https://a/users/{SECRET}?page=1",
        {"note": f"see {GITHUB}"},
        Headers((("User-Agent", "me/1"), ("Authorization", f"Bearer {SECRET}"))),
    ),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a cassette that holds secrets, and a clean one."""
    (tmp_path / "pyproject.toml").write_text("", "utf-8")
    saved(tmp_path, "clean.yaml", [LEAKY[1]])
    saved(tmp_path, "leaky.yaml", LEAKY, "tests/test_a.py::test_a")
    return tmp_path


def found(project: Path, *args: str, **environment: str) -> list[dict[str, Any]]:
    """What ``check --secrets`` finds, and that neither form of it shows a secret."""
    done = run(project, "cassette", "check", "--secrets", "--format", "json", *args, **environment)
    findings: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    text = run(project, "cassette", "check", "--secrets", *args, **environment)
    for each in (done, text):
        assert each.returncode == (1 if findings else 0), each.stderr
        for secret in (SECRET, GITHUB, CHANCE):
            assert secret not in each.stdout + each.stderr
    return findings


def texts(findings: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(one["interaction"], one["text"]) for one in findings]


def test_what_is_left_is_told_by_place_kind_and_length(project: Path) -> None:
    """With the line, and without a word of it; what an interaction shows to be secret counts in all of them."""
    findings = found(project)
    assert texts(findings) == [
        (1, "response body $.access_token holds a secret: access_token (by its name), 17 characters"),
        (3, "request url holds a secret: access_token (by its name), 17 characters"),
        (3, "request header Authorization holds a secret: access_token (by its name), 17 characters"),
        (3, "response body $.note holds a secret: github_token (by its form, or known), 40 characters"),
    ]
    assert {(one["rule"], one["path"]) for one in findings} == {("secret", "cassettes/leaky.yaml")}
    lines = (project / "cassettes" / "leaky.yaml").read_text("utf-8").splitlines()
    named = [lines[one["line"] - 1].strip() for one in findings]
    assert named == [
        "body:",
        f"url: https://a/users/{SECRET}?page=1",
        f"Authorization: Bearer {SECRET}",
        "body:",
    ]


def test_known_values_are_found(project: Path) -> None:
    """Those of the environment, and those of ``.env`` files."""
    saved(project, "known.yaml", [asked("https://a/x", {"echo": "of q8Zk3mX0vT71bLw9"})])
    (project / ".env").write_text("OTHER_SECRET=https-a-items-4711\n", "utf-8")
    path = "cassettes/known.yaml"
    assert found(project, path) == []
    (one,) = found(project, path, MY_TOKEN="q8Zk3mX0vT71bLw9")
    assert one["text"].startswith("response body $.echo holds a secret: my_token")
    (project / ".env").write_text("FILE_TOKEN=q8Zk3mX0vT71bLw9\n", "utf-8")
    (one,) = found(project, path)
    assert one["text"].startswith("response body $.echo holds a secret: file_token")


def test_what_looks_like_chance_is_a_finding_and_can_be_kept(project: Path) -> None:
    """It is told, never changed; and what is shown on purpose is said each time."""
    path = saved(project, "chance.yaml", [asked("https://a/x", {"seed": CHANCE, "password": "none-7 of it"})])
    before = path.read_bytes()
    name = "cassettes/chance.yaml"
    assert [
        text.partition(" holds")[0].partition(" looks")[0] for _, text in texts(found(project, name))
    ] == [
        "response body $.seed",
        "response body $.password",
    ]
    keep = '[tool.api_mocker.redact]\nkeep = ["json:$.seed", "json:$.password"]\n'
    (project / "pyproject.toml").write_text(keep, "utf-8")
    assert found(project, name) == []
    done = run(project, "cassette", "check", "--secrets", name)
    assert "shown on purpose (redact.keep): json:$.seed, json:$.password" in done.stdout
    held = json.loads(run(project, "cassette", "check", "--secrets", "--format", "json", name).stdout)
    assert held["kept"] == ["json:$.seed", "json:$.password"]
    run(project, "cassette", "redact", "--write", name)
    assert path.read_bytes() == before
    shown = run(project, "config")
    assert "shown on purpose (redact.keep): json:$.seed, json:$.password" in shown.stdout
    assert json.loads(run(project, "config", "--format", "json").stdout)["kept"] == [
        "json:$.seed",
        "json:$.password",
    ]


def test_of_many_in_one_interaction_the_first_are_listed(project: Path) -> None:
    """A hundred of them, then how many more there are; the next interaction is listed, too."""
    many = asked("https://a/many", [{"password": f"hunter2-{number}!"} for number in range(1250)])
    saved(project, "many.yaml", [many, LEAKY[0]])
    findings = found(project, "cassettes/many.yaml")
    assert [each["interaction"] for each in findings] == [1] * 101 + [2]
    assert "$[99].password" in findings[99]["text"]
    assert findings[100]["text"] == "and 1,150 more in the same interaction, which are not listed"
    assert {each["line"] for each in findings[:100]} == {findings[0]["line"]}
    assert findings[0]["line"] > findings[100]["line"]


def test_a_broken_cassette_is_no_clean_one(project: Path) -> None:
    """Nobody can vouch for what cannot be read."""
    (project / "cassettes" / "broken.yaml").write_text(
        "# api-mocker cassette\ncassette: 1\n---\nreq", "utf-8"
    )
    assert [one["rule"] for one in found(project, "cassettes/broken.yaml")] == ["unreadable"]
    assert run(project, "cassette", "redact", "cassettes/broken.yaml").returncode == 2


def test_there_is_nothing_to_skip(project: Path) -> None:
    """--secrets is one rule."""
    done = run(project, "cassette", "check", "--secrets", "--skip", "owner")
    assert done.returncode == 2
    assert "nothing to --skip" in done.stderr


def test_redact_is_a_dry_run_first(project: Path) -> None:
    """It says what it would do, and does nothing."""
    before = {path: path.read_bytes() for path in (project / "cassettes").iterdir()}
    done = run(project, "cassette", "redact")
    assert done.returncode == 0
    assert done.stdout == dedent("""\
        cassettes/leaky.yaml: to hide in 2 of 3 interactions
            response body $.access_token holds a secret: access_token (by its name), 17 characters
            request url holds a secret: access_token (by its name), 17 characters
            request header Authorization holds a secret: access_token (by its name), 17 characters
            response body $.note holds a secret: github_token (by its form, or known), 40 characters
        1 cassette without secrets left as it is
        nothing was changed; to do it:  --write
        """)
    assert run(project, "cassette", "redact", "--check").returncode == 1
    assert {path: path.read_bytes() for path in (project / "cassettes").iterdir()} == before


def test_redact_hides_what_check_finds(project: Path) -> None:
    """One placeholder for one value; what holds none keeps its bytes, headers that were stored stay."""
    leaky = project / "cassettes" / "leaky.yaml"
    clean = (project / "cassettes" / "clean.yaml").stat().st_mtime_ns
    text = leaky.read_text("utf-8").replace("items: ", "items:  ")
    by_hand = text.replace("url: https://a/items", "url: 'https://a/items' # by hand")
    leaky.write_text(by_hand, "utf-8")
    done = run(project, "cassette", "redact", "--write", "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["checked"], told["written"]) == (2, True)
    assert told["cassettes"][0]["secrets"][0] == {
        "place": "response body $.access_token",
        "kind": "name",
        "what": "access_token",
        "length": 17,
    }
    now = leaky.read_text("utf-8")
    assert "'https://a/items' # by hand" in now
    assert "https://a/users/<redacted:access_token:1>?page=1" in now
    assert "Bearer <redacted:access_token:1>" in now
    assert '"access_token": "<redacted:access_token:1>"' in now
    assert "User-Agent: me/1" in now
    assert "test: tests/test_a.py::test_a" in now
    assert SECRET not in now
    assert GITHUB not in now
    assert (project / "cassettes" / "clean.yaml").stat().st_mtime_ns == clean
    assert found(project) == []
    assert run(project, "cassette", "redact", "--check").returncode == 0
    assert run(project, "cassette", "check", "--skip", "owner").returncode == 0


def test_redact_numbers_beside_what_is_there(project: Path) -> None:
    """A placeholder of before stays, and stands for another value."""
    path = saved(
        project,
        "some.yaml",
        [asked("https://a/1", {"token": "<redacted:token:1>"}), asked("https://a/2", {"token": "an-0ther"})],
    )
    run(project, "cassette", "redact", "--write", "cassettes/some.yaml")
    bodies = [entry.interaction.response.body for entry in CassetteFile(path).entries()]  # type: ignore[union-attr]  # each has one
    assert bodies == [b'{"token": "<redacted:token:1>"}', b'{"token": "<redacted:token:2>"}']


def test_bodies_beside_the_cassette_are_hidden_too(project: Path) -> None:
    """The file that held the secret is gone, and another one is named."""
    path = saved(project, "big.yaml", [asked("https://a/big", {"token": SECRET, "text": "x" * 200_000})])
    (body,) = bodies_folder(path).iterdir()
    assert [text for _, text in texts(found(project, "cassettes/big.yaml"))]
    run(project, "cassette", "redact", "--write", "cassettes/big.yaml")
    (after,) = bodies_folder(path).iterdir()
    assert after != body
    assert SECRET.encode() not in after.read_bytes()
    assert found(project, "cassettes/big.yaml") == []


def test_bodies_that_are_kept_coded_are_looked_into(project: Path) -> None:
    """A secret in a compressed body is no less one."""
    import gzip

    coded = gzip.compress(json.dumps({"password": SECRET}).encode())
    headers = Headers((*JSON, ("Content-Encoding", "gzip"), ("Digest", "sha-256=abc")))
    interaction = Interaction(Request("GET", "https://a/"), Response(200, headers, coded, ""), None, MOMENT)
    path = saved(project, "coded.yaml", [interaction])
    (one,) = found(project, "cassettes/coded.yaml")
    assert one["text"].startswith("response body $.password holds a secret: password")
    run(project, "cassette", "redact", "--write", "cassettes/coded.yaml")
    assert "<redacted:password:1>" in path.read_text("utf-8")
    assert found(project, "cassettes/coded.yaml") == []


FOREIGN = """
import sys
from api_mocker import Interaction, Request
from api_mocker._core.cassette import Entry
from api_mocker.cli import main
from api_mocker.maintain import sources

def lines(source, content):
    if not content.startswith(b"URLS"):
        return None
    urls = content.decode().splitlines()[1:]
    entries = [Entry(at, lambda url=url: Interaction(Request("GET", url))) for at, url in enumerate(urls)]
    return sources.Recording(None, tuple(entries))

sources.READERS.update({"urls": lines, "api-mocker": sources.READERS.pop("api-mocker")})
main(sys.argv[1:])
"""


def test_other_formats_are_looked_at_where_there_is_a_reader(project: Path) -> None:
    """Whatever can be compared can be checked."""
    (project / "foreign.txt").write_text(f"URLS\nhttps://a/?token={SECRET}\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", FOREIGN, "cassette", "check", "--secrets", "foreign.txt"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "foreign.txt: secret (interaction 1): request url holds a secret: token" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("show", "cassettes/leaky.yaml"),
        ("show", "--format", "json", "cassettes/leaky.yaml"),
        ("show", "--flow", "cassettes/leaky.yaml"),
        ("show", "--interaction", "3", "cassettes/leaky.yaml"),
        ("to-mocks", "cassettes/leaky.yaml"),
        *(("diff", *form, "cassettes/clean.yaml", "cassettes/leaky.yaml") for form in ((), ("--format", "json"), ("--format", "markdown"))),
        ("list",),
        ("check",),
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_command_shows_what_is_left(project: Path, words: tuple[str, ...]) -> None:
    """What an old cassette holds in plain is shown as a placeholder; the file is left as it is."""
    before = (project / "cassettes" / "leaky.yaml").read_bytes()
    done = run(project, "cassette", *words)
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout
    for secret in (SECRET, GITHUB):
        assert secret not in done.stdout + done.stderr
    assert (project / "cassettes" / "leaky.yaml").read_bytes() == before


def test_a_secret_that_came_is_a_difference(project: Path) -> None:
    """A value in plain is not the one that a placeholder stands for."""
    saved(project, "old.yaml", [asked("https://a/1", {"token": "<redacted:token:1>"})])
    saved(project, "new.yaml", [asked("https://a/1", {"token": SECRET})])
    done = run(project, "cassette", "diff", "cassettes/old.yaml", "cassettes/new.yaml")
    assert done.returncode == 1
    assert '$.token: "<redacted:token:1>" -> "<redacted:token.plain:1>"' in done.stdout


FLOW = """
import httpx, pytest, requests

@pytest.mark.cassette("leaky")
@pytest.mark.parametrize("client", [requests, httpx])
def test_flow(client):
    token = client.get("https://a/login").json()["access_token"]
    assert client.get("https://a/items").json() == {"items": [1, 2, 3]}
    user = client.get(f"https://a/users/{token}", params={"page": 1}, headers={"Authorization": f"Bearer {token}"})
    assert user.json()["note"].startswith("see ")
"""


def test_a_flow_replays_after_it_was_redacted(project: Path) -> None:
    """A token that an answer gives and a request uses is one value before and after."""
    (project / "test_flow.py").write_text(FLOW, "utf-8")
    pytest_ = [sys.executable, "-m", "pytest", "-p", "no:recording", "-p", "no:cassetter", "-q"]
    for _ in range(2):
        done = subprocess.run(pytest_, cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        run(project, "cassette", "redact", "--write")
    assert SECRET not in (project / "cassettes" / "leaky.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    "does",
    [
        "pass",  # what is unused is listed
        "requests.get('https://a/users/another')",
        "requests.get('https://a/users/another', headers={'Authorization': 'Bearer an0ther-t0ken-1234'})",
        "cassette.interactions; requests.post('https://a/login')",
    ],
)
def test_a_report_shows_nothing_that_was_recorded_in_plain(project: Path, does: str) -> None:
    """Neither as the nearest recording, nor as one that nobody asked for, nor as one that is old."""
    code = f"import pytest, requests\n@pytest.mark.cassette('leaky', max_age='1d')\ndef test_it(cassette):\n    {does}\n"
    (project / "test_it.py").write_text(code, "utf-8")
    pytest_ = [sys.executable, "-m", "pytest", "-p", "no:recording", "-p", "no:cassetter", "--tb=short"]
    done = subprocess.run(pytest_, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    assert "/users/<redacted:authorization:1>" in done.stdout
    assert SECRET not in done.stdout + done.stderr
    assert GITHUB not in done.stdout + done.stderr
