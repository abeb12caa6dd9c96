"""``api-mocker cassette show``: one interaction whole, and the flow as a diagram."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.cli.program import run, saved

from api_mocker import Headers, Interaction, Request, Response
from api_mocker._core.model import Failure

if TYPE_CHECKING:
    from pathlib import Path

MOMENT = datetime(2026, 11, 20, 20, 15, 7, tzinfo=UTC)
JSON = Headers((("Content-Type", "application/json"),))
LONG = b'{"items":[' + b",".join(b"%d" % n for n in range(30)) + b"]}"

FLOW = [
    Interaction(
        Request("POST", "https://pay.example.com/token", JSON, b'{"grant":"client"}'),
        Response(200, JSON, LONG, "OK"),
        None,
        MOMENT.replace(day=19),
    ),
    Interaction(
        Request("GET", "https://stock.example.com:8443/items?a=1;b=%3C2#"),
        Response(503, Headers(), b"<b>", "Service Unavailable", truncated=True),
        Failure("closed_early", "gone"),
        MOMENT,
    ),
    Interaction(Request("GET", "https://pay.example.com/charges"), None, Failure("read_timeout"), MOMENT),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one cassette."""
    saved(tmp_path, "flow.yaml", FLOW, "tests/test_a.py::TestPay::test_pay[eur]")
    return tmp_path


FLOW_TEXT = """\
cassettes/flow.yaml
test tests/test_a.py::TestPay::test_pay[eur], 3 interactions, recorded 2026-11-20 20:15 UTC

test_pay[eur]          pay.example.com        stock.example.com:8443
      │                       │                          │
      │ 1  POST /token  18 B  │                          │
      │──────────────────────▶│                          │
      │ 200 OK  91 B          │                          │
      │◀╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│                          │
      │                       │                          │
      │ 2  GET /items?a=1;b=%3C2                         │
      │─────────────────────────────────────────────────▶│
      │ 503 Service Unavailable  3 B, then closed_early  │
      │✕╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│
      │                       │                          │
      │ 3  GET /charges       │                          │
      │──────────────────────▶│                          │
      │ read_timeout          │                          │
      │✕╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌│                          │
"""

MERMAID = """\
sequenceDiagram
    participant T as test_pay[eur]
    participant H1 as pay.example.com
    participant H2 as stock.example.com:8443
    T->>H1: 1  POST /token  18 B
    H1-->>T: 200 OK  91 B
    T->>H2: 2  GET /items?a=1#59;b=#37;3C2
    H2--xT: 503 Service Unavailable  3 B, then closed_early
    T->>H1: 3  GET /charges
    H1--xT: read_timeout
"""


def test_the_flow_is_drawn(project: Path) -> None:
    """One lane for the test and one for each host, an arrow out and one back for each interaction."""
    drawn = run(project, "cassette", "show", "cassettes/flow.yaml", "--flow", PYTHONIOENCODING="utf-8")
    assert drawn.stdout == FLOW_TEXT
    assert drawn.returncode == 0


def test_the_flow_degrades_to_ascii(project: Path) -> None:
    """An encoding that has no such characters gets others, in the same places."""
    drawn = run(project, "cassette", "show", "cassettes/flow.yaml", "--flow", PYTHONIOENCODING="ascii")
    typed = str.maketrans("│─╌▶◀✕", "|-.><x")
    assert drawn.stdout == FLOW_TEXT.translate(typed)


def test_the_flow_in_mermaid(project: Path) -> None:
    """What Mermaid would read as syntax is written as its entity."""
    drawn = run(project, "cassette", "show", "cassettes/flow.yaml", "--format", "mermaid")
    assert drawn.stdout == MERMAID


def test_a_diagram_keeps_to_a_narrow_terminal(project: Path) -> None:
    """Names and labels are cut where the terminal is narrow."""
    drawn = run(
        project, "cassette", "show", "cassettes/flow.yaml", "--flow", "--interaction", "2",
        FORCE_COLOR="1", NO_COLOR="1", COLUMNS="40", TERM="xterm", PYTHONIOENCODING="utf-8",
    )  # fmt: skip
    _, _, diagram = drawn.stdout.partition("\n\n")
    rows = [re.sub(r"\x1b\[\d*m", "", row) for row in diagram.splitlines()]
    assert max(map(len, rows)) <= 40
    assert "stock.example.co…" in rows[0]
    assert any("2  GET /i" in row and "…" in row for row in rows)


ONE = """\
cassettes/flow.yaml
test tests/test_a.py::TestPay::test_pay[eur], 1 interaction, recorded 2026-11-19 20:15 UTC

  1  POST https://pay.example.com/token  application/json, 18 B
        Content-Type: application/json
        {
          "grant": "client"
        }
     <- 200 OK  application/json, 91 B, 20:15:07
        Content-Type: application/json
        {
          "items": [
"""


def test_one_interaction_is_shown_whole(project: Path) -> None:
    """With its headers, and nothing folded."""
    shown = run(project, "cassette", "show", "cassettes/flow.yaml", "--interaction", "1")
    lines = [line.rstrip() for line in shown.stdout.splitlines()]
    assert lines[: ONE.count("\n")] == ONE.splitlines()
    assert len(lines) == ONE.count("\n") + 30 + 2
    assert "more line" not in shown.stdout


def test_an_older_interaction_says_its_day(project: Path) -> None:
    """The time of an answer has its date where it is not that of the newest one."""
    shown = run(project, "cassette", "show", "cassettes/flow.yaml", "--no-bodies")
    assert "91 B, 2026-11-19 20:15:07\n" in shown.stdout
    assert "3 B, closed early by the caller, 20:15:07  then closed_early\n" in shown.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--interaction", "4"], "there is no interaction 4: the last one is 3"),
        (["--interaction", "0"], "Invalid value for '--interaction'"),
        (["--flow", "--format", "json"], "--flow is drawn as text or as mermaid"),
        (["--intraction", "1"], "Did you mean '--interaction'?"),
    ],
)
def test_what_cannot_be_shown_is_said(project: Path, args: list[str], said: str) -> None:
    """A mistake ends in one message and exit code 2."""
    shown = run(project, "cassette", "show", "cassettes/flow.yaml", *args)
    assert said in shown.stderr
    assert shown.returncode == 2
