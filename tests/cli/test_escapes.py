"""What was recorded drives no terminal: every command, in every format, with every text of a cassette full of it."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.cli.program import run
from tests.unit.hostile import written
from tests.unit.interactions import MOMENT

from api_mocker import Headers, Interaction, Request, Response
from api_mocker._core.model import Failure
from api_mocker._storage.waiting import put_aside

if TYPE_CHECKING:
    from pathlib import Path

RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Control characters but for tab and newline, other line breaks, and what reorders text."""

BYTES = "\x1b[31m\x1b]0;pwn\x07\x9b2J\x08\x7f"  # what a header may carry
TEXT = f"{BYTES}\u202e\u2066\u2028\r"


def hostile(more: str = "", *, plain: bool = False) -> list[Interaction]:
    """Interactions of every kind with terminal sequences in each text that a cassette has; `plain`: not in methods and URLs."""
    json = f'{{"k{TEXT}": "v{TEXT}{more}", "n": [1, "{TEXT}"]}}'.replace("\r", "\\r").replace(
        "\x1b", "\\u001b"
    )
    kinds = [
        ("text/plain", f"{TEXT}{more}".encode()),
        (f"text/{BYTES}", b"\x1b[2J" + more.encode()),
        ("application/json", json.encode()),
        ("application/json", f'{{"k": "{TEXT}{more}"}}'.encode()),
        ("application/x-www-form-urlencoded", f"a{TEXT}={TEXT}{more}".encode()),
        ("text/event-stream", f"data: {TEXT}{more}\n\n".encode()),
        ("application/xml", f"<a{TEXT}>{more}</a>".encode()),
    ]
    made = []
    for number, (kind, body) in enumerate(kinds):
        sent = Headers.of([("Content-Type", kind), (f"X-{BYTES}", f"{BYTES}{more}")])
        got = Headers.of(
            [("Content-Type", kind), (f"Y-{BYTES}", f"{BYTES}{more}"), ("Location", f"/{BYTES}")]
        )
        asked = Request(
            f"P{BYTES}", f"https://h{number}.example.com/{TEXT[:-1]}?q{BYTES}={BYTES}", sent, body
        )
        made.append(Interaction(asked, Response(302, got, body, f"Found {BYTES}"), None, MOMENT))
        made.append(Interaction(asked, None, Failure("reset", f"gone {TEXT}{more}"), MOMENT))
    return made


BROKEN = {
    "key": 'cassette: 1\n---\n"k\\e[31m\\x07\\x9b\\u202e": 1\n...\n',
    "twice": 'cassette: 1\n---\n"\\e[31m": 1\n"\\e[31m": 1\n...\n',
    "header": 'cassette: "\\e[31m\\u202e"\n...\n',
    "time": "cassette: 1\n---\nrequest:\n  method: GET\n  url: https://h/\nresponse:\n  status: 200\n"
    'recorded_at: "\\e[31m\\u202e"\n...\n',
    "kind": "cassette: 1\n---\nrequest:\n  method: GET\n  url: https://h/\nerror:\n  kind: \"\\e[31m\"\nrecorded_at: '2026-01-01T00:00:00Z'\n...\n",
    "coding": "cassette: 1\n---\nrequest:\n  method: GET\n  url: https://h/\nresponse:\n  status: 200\n  body:\n"
    '    encoding: "\\e[31m"\n    recipe: "\\e[31m"\n    text: a\nrecorded_at: \'2026-01-01T00:00:00Z\'\n...\n',
    "raw": "cassette: \x1b[31m\n...\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two versions of a hostile cassette, broken ones, one that waits, and file names of that kind."""
    (tmp_path / "pyproject.toml").write_text("")
    folder = tmp_path / "cassettes"
    folder.mkdir()
    owner = f"t{TEXT}.py::test_x"
    (folder / "a.yaml").write_bytes(written(hostile(), owner))
    (folder / "b.yaml").write_bytes(written(hostile("changed"), owner))
    (folder / "plain.yaml").write_bytes(written(hostile(plain=True), owner))
    (folder / f"n{BYTES}\u202e.yaml").write_bytes(written(hostile(), owner))
    shutil.copy(folder / "a.yaml", folder / "waits.yaml")
    for kind in ("review", "failed"):
        put_aside(folder / "waits.yaml", written([], owner).split(b"...")[0], hostile("x"), tmp_path, kind)
    (tmp_path / "broken").mkdir()
    for name, text in BROKEN.items():
        (tmp_path / "broken" / f"{name}\x1b[31m.yaml").write_text(text)
    return tmp_path


COMMANDS = [
    *("list", "list --sort size", "list --format json"),
    *("show cassettes/a.yaml", "show cassettes/a.yaml --bodies", "show cassettes/a.yaml --flow"),
    *("show cassettes/a.yaml --format json", "show cassettes/a.yaml --format mermaid"),
    *(f"show cassettes/a.yaml --interaction {number}" for number in range(1, 15)),
    *("check", "check --format json"),
    *(
        f"diff cassettes/a.yaml cassettes/b.yaml --format {kind} --all"
        for kind in ("text", "json", "markdown")
    ),
    *("diff cassettes/a.yaml cassettes/plain.yaml --shape", "diff cassettes/a.yaml cassettes/b.yaml --stat"),
    *("prune", "prune --format json", "migrate --check", "migrate --check --format json"),
    *("review --list", "review --list --format json", "review"),
    *(
        "reject --all --kind failed",
        "accept --all --kind review --force",
        "accept --all --format json --force",
    ),
    *(f"to-mocks cassettes/{name}.yaml{option}" for name in ("a", "plain") for option in ("", " --test")),
    *(
        f"{command} broken"
        for command in ("list", "check", "check --format json", "prune", "migrate", "diff cassettes")
    ),
    *("show {broken}", "to-mocks {broken}", "diff {broken} cassettes/a.yaml"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_prints_no_control_characters(project: Path, command: str) -> None:
    """Escape sequences, C1 controls, bells, lone carriage returns and bidi marks come out visible, or as JSON's escapes."""
    for broken in sorted((project / "broken").iterdir()) if "{broken}" in command else [None]:
        words = [str(broken) if word == "{broken}" else word for word in command.split()]
        done = run(project, "cassette", *words)
        assert "Traceback" not in done.stderr
        assert done.stdout + done.stderr or not done.returncode
        assert RAW.findall(done.stdout + done.stderr) == []
