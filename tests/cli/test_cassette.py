"""``api-mocker cassette show`` and ``list``, run as people run them: as a program."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.cli.program import run

from api_mocker import Headers, Interaction, Request, Response
from api_mocker._core.model import Coding, Failure
from api_mocker._storage import files, schema
from api_mocker._storage.emit import emit

MOMENT = datetime(2026, 11, 20, 20, 15, tzinfo=UTC)
JSON = Headers((("Content-Type", "application/json"),))

FLOW = [
    Interaction(
        Request("POST", "https://pay.example.com/token", JSON, b'{"grant_type":"client_credentials"}'),
        Response(200, JSON, b'{"access_token":"<redacted:access_token:1>","expires_in":3600}', "OK"),
        None,
        MOMENT,
    ),
    Interaction(
        Request("GET", "https://stock.example.com/items/A-1"),
        Response(302, Headers((("Location", "https://stock.example.com/v2/items/A-1"),)), b"", "Found"),
        None,
        MOMENT,
    ),
    Interaction(
        Request("GET", "https://stock.example.com/v2/items/A-1"),
        Response(
            200,
            Headers((("Content-Type", "application/json"), ("Content-Encoding", "gzip"))),
            json.dumps({f"key{n}": n for n in range(20)}, separators=(",", ":")).encode(),
            "OK",
            coding=Coding("gzip", "level=6"),
        ),
        None,
        MOMENT,
    ),
    Interaction(
        Request("GET", "https://ship.example.com/events"),
        Response(
            200,
            Headers((("Content-Type", "text/event-stream"),)),
            b"data: a\n\ndata: b\n\n",
            "OK",
            chunks=(9, 9),
            truncated=True,
        ),
        None,
        MOMENT,
    ),
    Interaction(
        Request("GET", "https://ship.example.com/image"),
        Response(200, Headers((("Content-Type", "image/png"),)), b"\x89PNG\x00" * 300, "OK"),
        None,
        MOMENT,
    ),
    Interaction(
        Request("GET", "https://slow.example.com/\x1b[31m"),
        None,
        Failure("read_timeout", "timed out"),
        MOMENT,
    ),
]

SHOWN = """\
cassettes/flow.yaml
test tests/test_flow.py::test_flow, 6 interactions, recorded 2026-11-20 20:15 UTC

  1  POST https://pay.example.com/token  application/json, 35 B
        {
          "grant_type": "client_credentials"
        }
     <- 200 OK  application/json, 62 B, 20:15:00
        {
          "access_token": "<redacted:access_token:1>",
          "expires_in": 3600
        }

  2  GET https://stock.example.com/items/A-1
     <- 302 Found  0 B, 20:15:00  -> https://stock.example.com/v2/items/A-1

  3  GET https://stock.example.com/v2/items/A-1
     <- 200 OK  application/json, 201 B, sent as gzip, 20:15:00
        {
          "key0": 0,
          "key1": 1,
          "key2": 2,
          "key3": 3,
          "key4": 4,
          "key5": 5,
          "key6": 6,
          "key7": 7,
          "key8": 8,
          "key9": 9,
          "key10": 10,
        ... 10 more lines

  4  GET https://ship.example.com/events
     <- 200 OK  text/event-stream, 18 B, 2 chunks, closed early by the caller, 20:15:00
        data: a

        data: b

  5  GET https://ship.example.com/image
     <- 200 OK  image/png, 1.5 kB, 20:15:00
        (1.5 kB of binary content)

  6  GET https://slow.example.com/\\x1b[31m
     <- read_timeout  20:15:00
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a cassette, a broken one, and a YAML file of somebody else's."""
    folder = tmp_path / "cassettes"
    files.save(
        folder / "flow.yaml",
        emit(schema.header("tests/test_flow.py::test_flow")),
        FLOW,
        opened=None,
        root=tmp_path,
    )
    text = (folder / "flow.yaml").read_text("utf-8")
    (folder / "cut.yaml").write_text(text[: len(text) // 2], "utf-8")
    (folder / "compose.yaml").write_text("services:\n  web: {}\n", "utf-8")
    return tmp_path


def test_show_tells_the_flow(project: Path) -> None:
    """Who was asked what, in which order, and what came back; long bodies folded, binary ones named."""
    shown = run(project, "cassette", "show", "cassettes/flow.yaml")
    assert shown.stderr == ""
    assert [line.rstrip() for line in shown.stdout.splitlines()] == SHOWN.splitlines()
    assert shown.returncode == 0


def test_a_long_line_is_folded(project: Path) -> None:
    """A body in one line does not fill the screen, nor does a long value in JSON."""
    bodies = {"text/plain": b"x" * 5000, "application/json": json.dumps({"a": "y" * 5000}).encode()}
    flow = [
        Interaction(
            Request("GET", "https://a/"),
            Response(200, Headers((("Content-Type", kind),)), body),
            None,
            MOMENT,
        )
        for kind, body in bodies.items()
    ]
    files.save(project / "long.yaml", emit(schema.header(None)), flow, opened=None, root=project)
    shown = run(project, "cassette", "show", "long.yaml")
    assert max(map(len, shown.stdout.splitlines())) < 500
    assert shown.stdout.count(" more characters") == 2
    assert "x ... 4600 more characters" in shown.stdout


@pytest.mark.parametrize("place", ["nope.yaml", "cassettes"])
def test_where_there_is_no_file_none_is_to_be_deleted(project: Path, place: str) -> None:
    """What is no file is named in one line, with no advice about a file."""
    shown = run(project, "cassette", "show", place)
    assert shown.stderr.count("\n") == 1
    assert "delete" not in shown.stderr
    assert shown.returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no disk that is always full")
@pytest.mark.parametrize("target", ["> /dev/full", ">&-"])
@pytest.mark.parametrize(
    "command",
    ["show cassettes/flow.yaml", "show cassettes/flow.yaml --format json", "list cassettes", "list --help"],
)
def test_an_output_that_takes_nothing_is_named(project: Path, command: str, target: str) -> None:
    """A full disk or a closed output is one line and exit code 2, not a traceback."""
    (project / "cassettes" / "cut.yaml").unlink()
    (project / "cassettes" / "compose.yaml").unlink()
    line = f"{shlex.quote(sys.executable)} -m api_mocker cassette {command} {target}"
    done = subprocess.run(line, shell=True, cwd=project, capture_output=True, text=True, check=False)
    reason = "No space left on device" if "full" in target else "Bad file descriptor"
    assert done.stderr == f"Error: the output cannot be written: {reason}\n"
    assert done.returncode == 2


def test_show_without_bodies_is_the_flow_alone(project: Path) -> None:
    """--no-bodies leaves two lines per interaction."""
    shown = run(project, "cassette", "show", "cassettes/flow.yaml", "--no-bodies")
    assert "grant_type" not in shown.stdout
    assert shown.stdout.count("\n") == 2 + 3 * len(FLOW)


def test_nothing_recorded_drives_the_terminal(project: Path) -> None:
    """Escape sequences in a recording are shown, not sent; and a pipe gets no colours."""
    shown = run(project, "cassette", "show", "cassettes/flow.yaml", FORCE_COLOR="1")
    assert "\x1b[31m" not in shown.stdout.replace("\x1b[31mread_timeout", "")
    assert "\x1b" not in run(project, "cassette", "show", "cassettes/flow.yaml").stdout


def test_colours_know_no_color(project: Path) -> None:
    """With NO_COLOR nothing is coloured, even on a terminal."""
    shown = run(project, "cassette", "show", "cassettes/flow.yaml", FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[3" not in shown.stdout


def test_show_as_json_is_the_format(project: Path) -> None:
    """--format json prints the documents of the cassette."""
    shown = json.loads(run(project, "cassette", "show", "cassettes/flow.yaml", "--format", "json").stdout)
    assert shown["test"] == "tests/test_flow.py::test_flow"
    assert [one["request"]["url"] for one in shown["interactions"]] == [one.request.url for one in FLOW]


def test_list_names_what_is_there(project: Path) -> None:
    """Cassettes with their figures; a broken one with its error, another file left alone; findings exit with 1."""
    listed = run(project, "cassette", "list", "cassettes")
    rows = {line.split()[0]: line for line in listed.stdout.splitlines() if line.startswith("cassettes/")}
    assert sorted(rows) == ["cassettes/cut.yaml", "cassettes/flow.yaml"]
    assert "cannot be read" in rows["cassettes/cut.yaml"]
    assert " 6 " in rows["cassettes/flow.yaml"]
    assert "pay.example.com" in rows["cassettes/flow.yaml"]
    assert "cassettes/cut.yaml:" in listed.stderr
    assert "cassettes/compose.yaml: no cassette, left alone" in listed.stderr
    assert listed.returncode == 1


def test_list_shows_names_as_they_are(project: Path) -> None:
    """Brackets in paths and hosts are no markup: nothing vanishes, nothing crashes."""
    address = Interaction(Request("GET", "https://[::1]:8443/a"), Response(200), None, MOMENT)
    for name in ("[bold]/[red]:smile:.yaml", "[/]closing[/bold].yaml"):
        path = project / "cassettes" / name
        files.save(path, emit(schema.header(None)), [address], opened=None, root=project)
    listed = run(project, "cassette", "list", "cassettes")
    assert "cassettes/[bold]/[red]:smile:.yaml" in listed.stdout
    assert "cassettes/[/]closing[/bold].yaml" in listed.stdout
    assert listed.stdout.partition("recorded more")[0].count("[::1]:8443") == 2
    assert "Traceback" not in listed.stderr


def test_a_long_path_goes_on_between_two_words(project: Path) -> None:
    """On a narrow terminal no word of a name is cut in two."""
    name = "tests/integration/test_checkout_of_a_basket/test_happy-path_with_a_discount.yaml"
    files.save(project / "cassettes" / name, emit(schema.header(None)), FLOW, opened=None, root=project)
    listed = run(project, "cassette", "list", "cassettes", FORCE_COLOR="1", NO_COLOR="1", COLUMNS="80")
    table, _, _ = listed.stdout.partition("\n\n")
    _, *lines, _ = table.splitlines()
    assert all(len(line) <= 80 for line in lines)
    first = [line.partition(" ")[0] for line in lines]
    assert f"cassettes/{name}" in "".join(first)
    assert all(line[-1] in "/_-" or line.endswith(".yaml") for line in first if line)


MEANT = {
    "no_comment.yaml": b"cassette: 1\ntest: a\n---\nrequest: 1\n",
    "own_comment.yaml": b"# mine\n---\n'cassette': 1\n---\nrequest: 1\n",
    "with_mark.yaml": b"\xef\xbb\xbfcassette: 1\n",
    "conflict.yaml": b"# api-mocker cassette\n<<<<<<< HEAD\ncassette: 1\n",
    "empty.yaml": b"",
    "blank.yaml": b"\n\n",
    "zeros.yaml": bytes(64),
    "packed.yaml": b"\x1f\x8b\x08\x00abc",
    "latin.yaml": b"caf\xe9: 1\n",
}
FOREIGN = {
    "vcr.yaml": b"interactions:\n- request:\n    uri: https://x\nversion: 1\n",
    "compose.yaml": b"services:\n  cassette:\n    image: x\n",
    "later.yaml": b"a: 1\n---\ncassette: 1\n",
    "long.yaml": b"text: '" + "ü".encode() * 4000 + b"'\n",
}


@pytest.mark.parametrize("configured", [True, False])
def test_list_tells_broken_cassettes_from_other_files(tmp_path: Path, configured: bool) -> None:
    """What has a header's key is a broken cassette, and in the cassette folder so is what is no text at all."""
    folder = "tapes" if configured else "elsewhere"
    (tmp_path / "pyproject.toml").write_text('[tool.api_mocker]\ncassette_dir = "tapes"\n')
    (tmp_path / folder).mkdir()
    for name, content in (MEANT | FOREIGN).items():
        (tmp_path / folder / name).write_bytes(content)
    listed = run(tmp_path, "cassette", "list", folder, "--format", "json")
    answer = json.loads(listed.stdout)
    at_home = set(MEANT) if configured else {name for name in MEANT if b"cassette" in MEANT[name]}
    assert {Path(one["path"]).name for one in answer["cassettes"]} == at_home
    assert all(one["error"] for one in answer["cassettes"])
    assert {Path(path).name for path in answer["others"]} == (set(MEANT) | set(FOREIGN)) - at_home
    assert listed.returncode == 1


def test_list_without_a_folder_takes_the_projects(project: Path) -> None:
    """Without DIR it lists the configured cassette folder, from anywhere in the project."""
    (project / "pyproject.toml").write_text('[tool.api_mocker]\ncassette_dir = "cassettes"\n', "utf-8")
    (project / "cassettes" / "cut.yaml").unlink()
    below = project / "sub"
    below.mkdir()
    listed = run(below, "cassette", "list")
    assert "flow.yaml" in listed.stdout
    assert listed.returncode == 0


def test_list_as_json_is_stable(project: Path) -> None:
    """--format json has one object per cassette, broken ones with their error."""
    listed = json.loads(run(project, "cassette", "list", "cassettes", "--format", "json").stdout)
    cut, flow = listed["cassettes"]
    assert flow["hosts"] == {
        "stock.example.com": 2,
        "ship.example.com": 2,
        "pay.example.com": 1,
        "slow.example.com": 1,
    }
    assert flow["interactions"] == 6
    assert flow["recorded_last"] == "2026-11-20T20:15:00+00:00"
    assert cut["error"]
    assert listed["others"] == ["cassettes/compose.yaml"]


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (
            ["cassette", "show", "nope.yaml"],
            "nope.yaml: the cassette cannot be read: No such file or directory",
        ),
        (["cassette", "show", "cassettes"], "cassettes: this is a folder, not a cassette"),
        (["cassette", "show", "cassettes/compose.yaml"], "cassettes/compose.yaml:1: this is no cassette"),
        (["cassette", "show", "cassettes/cut.yaml"], "cassettes/cut.yaml:"),
        (["cassette", "list", "nowhere"], "does not exist"),
        (["cassette", "shwo", "x"], "No such command 'shwo'"),
        (["cassette", "show", "--formt", "json", "x"], "No such option"),
        (["cassette", "list"], "there is no cassette folder"),
    ],
)
def test_trouble_is_one_message_and_exit_code_2(project: Path, args: list[str], text: str) -> None:
    """A user's mistake never shows a traceback, and changes nothing."""
    before = {path: path.read_bytes() for path in project.rglob("*.yaml")}
    result = run(project if args != ["cassette", "list"] else project.parent, *args)
    assert text in result.stderr
    assert "Traceback" not in result.stderr
    assert result.returncode == 2
    assert {path: path.read_bytes() for path in project.rglob("*.yaml")} == before


def test_help_loads_nothing_heavy(project: Path) -> None:
    """--help loads no HTTP client, no YAML and no terminal library, so that it answers at once."""
    code = (
        "import sys; from api_mocker.cli import main\n"
        "try: main(['cassette', 'show', '--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'httpx', 'requests', 'urllib3', 'yaml', 'rich'} & sys.modules.keys()))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"
