"""``api-mocker cassette accept``, ``reject`` and ``review``, run as people run them: as programs."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api_mocker import Headers, Interaction, Request, Response
from api_mocker._storage import schema
from api_mocker._storage.emit import emit
from api_mocker._storage.files import CassetteFile, bodies_folder, save
from api_mocker._storage.waiting import KINDS, put_aside, waiting
from api_mocker.cli.waiting import Case, take
from api_mocker.exceptions import CassetteError

OLD, NEW = (datetime(2026, 11, day, 20, 15, tzinfo=UTC) for day in (20, 21))
JSON = Headers((("Content-Type", "application/json"),))
HEAD = emit(schema.header("tests/test_flow.py::test_flow"))
API = "https://api.example.com"


def asked(
    path: str, answer: object, *, method: str = "GET", moment: datetime = OLD, token: str = ""
) -> Interaction:
    """One interaction with a JSON answer."""
    headers = Headers((("Authorization", f"Bearer {token}"),)) if token else Headers()
    body = json.dumps(answer, separators=(",", ":")).encode()
    return Interaction(
        Request(method, f"{API}{path}", headers), Response(200, JSON, body, "OK"), None, moment
    )


BEFORE = [
    asked("/users/1", {"name": "Ada", "plan": "free"}),
    asked("/prices", {"tea": 10}),
    asked("/old", {"gone": True}),
]
AFTER = [
    asked("/users/1", {"name": "Ada", "plan": "pro"}, moment=NEW),
    BEFORE[1],
    asked("/news\x1b[31m", {"title": "\x1b]0;owned\x07 hello"}, moment=NEW),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one cassette."""
    (tmp_path / "pyproject.toml").write_text("")
    save(tmp_path / "cassettes" / "flow.yaml", HEAD, BEFORE, opened=None, root=tmp_path)
    return tmp_path


def aside(project: Path, after: list[Interaction] = AFTER, name: str = "flow", kind: str = "review") -> Path:
    """Sets a recording aside, as a run does: what did not change keeps its text."""
    path = project / "cassettes" / f"{name}.yaml"
    opened = CassetteFile(path) if path.exists() else None
    old = {entry.interaction: entry for entry in opened.entries()} if opened else {}
    items = [old.get(each, each) for each in after]
    assert kind in KINDS
    return put_aside(path, HEAD, items, project, kind, opened=opened)


def run(project: Path, *args: str, answers: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the program in the project."""
    return subprocess.run(
        [sys.executable, "-m", "api_mocker", "cassette", *args],
        cwd=project,
        env={**os.environ, **environment},
        input=answers,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def held(path: Path) -> list[Interaction]:
    """What a cassette holds."""
    return [entry.interaction for entry in CassetteFile(path).entries()]


def lines(text: str) -> list[str]:
    """Without the blanks that a terminal page may have at the ends of lines."""
    return [line.rstrip() for line in text.splitlines()]


def left(project: Path) -> list[str]:
    """What waits, by path."""
    return [each.path.relative_to(project / ".api_mocker").as_posix() for each in waiting(project)]


REVIEWED = """\
cassettes/flow.yaml  +1 -1 ~1  waits for review, recorded 2026-11-21 20:15 UTC

[1/3] ~   1  GET https://api.example.com/users/1
       ~ body $.plan: "free" -> "pro"
       and as every time: recorded_at
take it? [y,n,a,d,s,q,?] y

[2/3] -   3  GET https://api.example.com/old
     <- 200 OK  application/json, 13 B
        {
          "gone": true
        }
take it? [y,n,a,d,s,q,?] n

[3/3] +   3  GET https://api.example.com/news\\x1b[31m
     <- 200 OK  application/json, 38 B
        {
          "title": "\\u001b]0;owned\\u0007 hello"
        }
take it? [y,n,a,d,s,q,?] y
accepted: cassettes/flow.yaml (+1 -1 ~1), 2 of 3 changes
"""


@pytest.mark.parametrize(
    "args", [["accept"], ["accept", "--all"], ["reject"], ["review"], ["review", "--list"]]
)
def test_where_nothing_waits_that_is_said(project: Path, args: list[str]) -> None:
    """Nothing waits: it says so, and all is well."""
    done = run(project, *args)
    assert (done.stdout, done.stderr, done.returncode) == ("nothing waits\n", "", 0)


def test_what_waits_in_another_repository_stays_there(project: Path) -> None:
    """A repository inside of a project with recordings is another project."""
    aside(project)
    inner = project / "vendored"
    inner.mkdir()
    assert "flow.yaml" in run(inner, "review", "--list").stdout
    (inner / ".git").mkdir()
    assert run(inner, "accept", "--all").stdout == "nothing waits\n"
    assert left(project) != []


def test_review_asks_about_each_change(project: Path) -> None:
    """What is taken and what is not becomes a cassette in the new order; old texts stay byte for byte."""
    aside(project)
    path = project / "cassettes" / "flow.yaml"
    before = path.read_bytes().split(b"---\n")
    done = run(project, "review", answers="y\nn\ny\n")
    assert done.stderr == ""
    assert lines(done.stdout) == lines(REVIEWED)
    assert done.returncode == 0
    assert held(path) == [AFTER[0], BEFORE[1], BEFORE[2], AFTER[2]]
    after = path.read_bytes().split(b"---\n")
    assert after[:1] + after[2:3] + [after[3] + b"...\n"] == before[:1] + before[2:]
    assert left(project) == []


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("a\n", AFTER),
        ("d\n", BEFORE),
        ("n\nn\nn\n", BEFORE),
        ("y\nd\n", [AFTER[0], *BEFORE[1:]]),
        ("n\na\n", [BEFORE[0], BEFORE[1], AFTER[2]]),
        ("?\nx\n\ny\ny\ny\n", AFTER),
    ],
)
def test_the_keys(project: Path, answers: str, expected: list[Interaction]) -> None:
    """a takes and d drops what follows; what is no key is explained and asked again."""
    aside(project)
    done = run(project, "review", answers=answers)
    assert held(project / "cassettes" / "flow.yaml") == expected
    assert left(project) == []
    assert done.returncode == 0
    if answers.startswith("?"):
        assert done.stdout.count("  d  drop this and all that follow in this cassette") == 3


@pytest.mark.parametrize(
    ("answers", "code"), [("s\n", 0), ("q\n", 0), ("y\nq\n", 0), ("y\ns\n", 0), ("", 1), ("y\n", 1)]
)
def test_what_is_not_decided_waits(project: Path, answers: str, code: int) -> None:
    """A skip, an end and an end of the input in the middle change nothing; only what nobody decided is a finding."""
    aside(project)
    path = project / "cassettes" / "flow.yaml"
    before = path.read_bytes()
    done = run(project, "review", answers=answers)
    assert path.read_bytes() == before
    assert left(project) == ["review/cassettes/flow.yaml"]
    assert done.stdout.endswith("waits as before: cassettes/flow.yaml\n")
    assert done.returncode == code


def test_what_was_decided_before_the_end_stays_decided(project: Path) -> None:
    """q ends the conversation: one cassette is taken, the next waits and is not even shown."""
    for name in ("a", "b", "c"):
        aside(project, AFTER, name)
    done = run(project, "review", answers="a\nq\n")
    assert left(project) == ["review/cassettes/b.yaml", "review/cassettes/c.yaml"]
    assert held(project / "cassettes" / "a.yaml") == AFTER
    assert "c.yaml" not in done.stdout


def test_nothing_recorded_drives_the_terminal(project: Path) -> None:
    """Escape sequences in a recording are shown, not sent."""
    aside(project)
    done = run(project, "review", answers="a\n", FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[31m" not in done.stdout
    assert "\x1b]" not in done.stdout
    assert "\x07" not in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="the system has no such terminals")
def test_ctrl_c_in_the_middle_changes_nothing(project: Path) -> None:
    """On a terminal, too: interrupted after the first answer, all waits as before."""
    aside(project)
    path = project / "cassettes" / "flow.yaml"
    before = path.read_bytes()
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-m", "api_mocker", "cassette", "review"],
        cwd=project,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.write(ours, b"y\n")
    assert program.stdout is not None
    seen = ""
    while "[2/3]" not in seen:
        seen += program.stdout.readline()
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=30)
    os.close(ours)
    os.close(theirs)
    assert program.returncode == 130
    assert errors == "interrupted: what was not decided waits as before\n"
    assert path.read_bytes() == before
    assert left(project) == ["review/cassettes/flow.yaml"]


def test_accept_puts_in_place(project: Path) -> None:
    """The recording becomes the cassette, and no longer waits; bodies beside it come along."""
    big = asked("/big", {"text": "x" * 200_000})
    path = project / "cassettes" / "flow.yaml"
    save(path, HEAD, [big, *BEFORE], opened=CassetteFile(path), root=project)
    bigger = asked("/bigger", {"text": "y" * 200_000}, moment=NEW)
    waits = aside(project, [big, *AFTER, bigger])
    recording = waits.read_bytes()
    bodies = {body.name: body.read_bytes() for body in bodies_folder(waits).iterdir()}
    assert len(bodies) == 2
    done = run(project, "accept", "cassettes/flow.yaml")
    assert (done.stdout, done.stderr, done.returncode) == (
        "accepted: cassettes/flow.yaml (+2 -1 ~1)\n",
        "",
        0,
    )
    assert path.read_bytes() == recording.partition(b"# waits for")[0]
    assert {body.name: body.read_bytes() for body in bodies_folder(path).iterdir()} == bodies
    assert held(path) == [big, *AFTER, bigger]
    assert not (project / ".api_mocker" / "review").exists()


def test_reject_drops(project: Path) -> None:
    """The cassette stays byte for byte, and nothing waits any more, bodies included."""
    waits = aside(project, [*AFTER, asked("/big", {"text": "x" * 200_000})])
    path = project / "cassettes" / "flow.yaml"
    before = path.read_bytes()
    done = run(project, "reject", "cassettes")
    assert (done.stdout, done.returncode) == ("rejected: cassettes/flow.yaml\n", 0)
    assert path.read_bytes() == before
    assert not bodies_folder(waits).exists()
    assert left(project) == []


def test_a_first_recording_that_failed_is_taken_too(project: Path) -> None:
    """Without a cassette, all of it is new; a part of it is a cassette as well."""
    aside(project, AFTER, "new", kind="failed")
    aside(project, AFTER, "part", kind="failed")
    done = run(project, "accept", ".api_mocker/failed/cassettes/new.yaml")
    assert done.stdout == "accepted: cassettes/new.yaml (+3 -0 ~0); its test failed when this was recorded\n"
    done = run(project, "review", answers="n\ny\nn\n")
    assert "its test failed" in done.stdout
    assert held(project / "cassettes" / "part.yaml") == [AFTER[1]]


CHANGES = {
    "changed": "the cassette has changed since this was recorded",
    "gone": "the cassette is gone since this was recorded",
    "made": "the cassette was made after this was recorded",
    "newer": "the cassette is newer than this recording",
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_cassette_that_changed_is_not_replaced(project: Path, what: str) -> None:
    """What nobody compared is not overwritten, unless it is said twice."""
    name = "made" if what == "made" else "flow"
    waits, path = aside(project, AFTER, name), project / "cassettes" / f"{name}.yaml"
    if what == "gone":
        path.unlink()
    else:
        opened = CassetteFile(path) if path.exists() else None
        save(path, HEAD, [*BEFORE, asked("/more", 1)], opened=opened, root=project)
    if what == "newer":  # one that does not say what it was recorded against
        waits.write_bytes(waits.read_bytes().partition(b"# waits for")[0])
        os.utime(waits, (1, 1))
    before = path.read_bytes() if path.exists() else None
    for command in ("accept", "review"):
        done = run(project, command, *(["--all"] if command == "accept" else []), answers="a\n")
        assert CHANGES[what] in done.stderr
        assert "--force" in done.stderr
        assert done.returncode == 1
    assert (path.read_bytes() if path.exists() else None) == before
    assert CHANGES[what] in run(project, "review", "--list").stdout
    assert run(project, "accept", "--all", "--force").returncode == 0
    assert held(path) == AFTER
    assert left(project) == []


def test_what_is_in_place_already_just_goes(project: Path) -> None:
    """Whoever was stopped between the two steps of taking finds nothing to worry about."""
    aside(project)
    path = project / "cassettes" / "flow.yaml"
    items = [*CassetteFile(project / ".api_mocker" / "review" / "cassettes" / "flow.yaml").entries()]
    save(path, HEAD, items, opened=CassetteFile(path), root=project)
    assert "the cassette holds it already" in run(project, "review", "--list").stdout
    done = run(project, "accept", "--all")
    assert (done.stdout, done.returncode) == ("in place already: cassettes/flow.yaml\n", 0)
    assert left(project) == []


def test_two_recordings_for_one_cassette_are_not_guessed_between(project: Path) -> None:
    """One for review and one of a failed test: which is meant has to be said."""
    aside(project)
    aside(project, AFTER[:1], kind="failed")
    done = run(project, "accept", "--all")
    assert done.stderr.count("two recordings wait for it") == 2
    assert done.returncode == 1
    done = run(project, "accept", "--all", "--kind", "review")
    assert done.returncode == 0
    assert held(project / "cassettes" / "flow.yaml") == AFTER
    assert left(project) == ["failed/cassettes/flow.yaml"]


def test_all_has_to_be_said(project: Path) -> None:
    """Neither accept nor reject takes no name for all names; a wrong name is named."""
    aside(project)
    for command in ("accept", "reject"):
        done = run(project, command)
        assert "name what is meant, or say --all; 1 recording waits" in done.stderr
        assert done.returncode == 2
        done = run(project, command, "cassettes/flwo.yaml")
        assert "nothing waits for cassettes/flwo.yaml, and there is no such file" in done.stderr
        assert done.returncode == 2
    assert left(project) == ["review/cassettes/flow.yaml"]


def test_one_that_is_broken_is_said_and_the_others_go_on(project: Path) -> None:
    """A recording that was cut is named with its line and stays; reject drops it all the same."""
    for name in ("a", "b"):
        aside(project, AFTER, name)
    cut = project / ".api_mocker" / "review" / "cassettes" / "a.yaml"
    cut.write_bytes(cut.read_bytes()[:300])
    listed = run(project, "review", "--list")
    assert "cassettes/a.yaml  cannot be read" in listed.stdout
    assert "cassettes/b.yaml  +3 -0 ~0" in listed.stdout
    assert listed.returncode == 2
    done = run(project, "accept", "--all")
    assert ".api_mocker/review/cassettes/a.yaml:" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == "accepted: cassettes/b.yaml (+3 -0 ~0)\n"
    assert done.returncode == 2
    assert left(project) == ["review/cassettes/a.yaml"]
    assert run(project, "reject", "--all").stdout == "rejected: cassettes/a.yaml\n"


def test_a_file_that_is_no_cassette_is_never_replaced(project: Path) -> None:
    """What stands where the cassette should be is left alone, with --force as well."""
    aside(project)
    path = project / "cassettes" / "flow.yaml"
    path.write_text("services:\n  web: {}\n")
    done = run(project, "accept", "--all", "--force")
    assert done.returncode == 2
    assert path.read_text() == "services:\n  web: {}\n"
    assert left(project) == ["review/cassettes/flow.yaml"]


LISTED = """\
cassettes/flow.yaml  +1 -1 ~1  waits for review, recorded 2026-11-21 20:15 UTC
cassettes/new.yaml  +1 -0 ~0  its test failed, recorded 2026-11-20 20:15 UTC
"""


def test_the_list(project: Path) -> None:
    """What waits, as text and as JSON, from anywhere in the project."""
    aside(project)
    aside(project, [BEFORE[0]], "new", kind="failed")
    assert lines(run(project, "review", "--list").stdout) == lines(LISTED)
    below = project / "cassettes"
    assert json.loads(run(below, "review", "--list", "--format", "json").stdout)["waiting"][0] == {
        "cassette": "flow.yaml",
        "path": str(project / ".api_mocker" / "review" / "cassettes" / "flow.yaml"),
        "kind": "review",
        "counts": {"added": 1, "removed": 1, "changed": 1, "moved": 0},
        "recorded_last": "2026-11-21T20:15:00+00:00",
        "misfit": None,
        "error": None,
    }
    assert json.loads(run(project / "..", "review", "--list", "--format", "json").stdout) == {"waiting": []}
    done = run(project, "review", "--format", "json")
    assert done.returncode == 2


def test_what_relies_on_what_is_not_taken_is_said(project: Path) -> None:
    """A request that sends an id which only a dropped answer gave: a warning, and a question before it is written."""
    path = project / "cassettes" / "flow.yaml"
    before = [asked("/orders", {"id": "ord-41"}, method="POST"), asked("/orders/ord-41", {"state": "open"})]
    after = [
        asked("/orders", {"id": "ord-42"}, method="POST", moment=NEW),
        asked("/orders/ord-42", {"state": "open"}, moment=NEW),
    ]
    save(path, HEAD, before, opened=CassetteFile(path), root=project)
    aside(project, after)
    text = path.read_bytes()
    done = run(project, "review", answers="n\nn\ny\nn\n")
    assert (
        f'warning: GET {API}/orders/ord-42 sends "ord-42", which came with the answer to POST {API}/orders; '
        f"that one is not taken\n"
    ) in done.stdout
    assert "put it in place all the same? [y,n,q] n" in done.stdout
    assert path.read_bytes() == text
    assert left(project) == ["review/cassettes/flow.yaml"]
    run(project, "review", answers="n\nn\ny\ny\n")
    assert held(path) == [before[0], before[1], after[1]]


def test_nothing_is_put_outside_of_the_project(tmp_path: Path) -> None:
    """What says that it belongs there may come from anyone: it stays, and the error says what to do."""
    root, elsewhere = tmp_path / "project", tmp_path / "elsewhere" / "c.yaml"
    root.mkdir()
    put_aside(elsewhere, HEAD, AFTER, root)
    done = run(root, "accept", "--all")
    assert done.returncode == 2
    assert f"{elsewhere} lies outside of the project, and nothing is put there: move " in done.stderr
    assert not elsewhere.exists()
    assert left(root) == ["failed/c.yaml"]


def test_programs_are_told_what_became_of_each(project: Path) -> None:
    """accept and reject as JSON: each recording with what was done, refusals and broken ones included."""
    for name in ("a", "b", "c"):
        aside(project, AFTER, name)
    save(project / "cassettes" / "b.yaml", HEAD, BEFORE, opened=None, root=project)
    cut = project / ".api_mocker" / "review" / "cassettes" / "c.yaml"
    cut.write_bytes(cut.read_bytes()[:300])
    done = run(project, "accept", "--all", "--format", "json")
    told = json.loads(done.stdout)["recordings"]
    assert [(each["cassette"], each["result"]) for each in told] == [
        ("cassettes/a.yaml", "accepted"),
        ("cassettes/b.yaml", "refused"),
        ("cassettes/c.yaml", "error"),
    ]
    assert told[0]["counts"] == {"added": 3, "removed": 0, "changed": 0, "moved": 0}
    assert CHANGES["made"] in told[1]["text"]
    assert (done.stderr, done.returncode) == ("", 2)
    done = run(project, "reject", "cassettes/b.yaml", "--format", "json")
    assert [each["result"] for each in json.loads(done.stdout)["recordings"]] == ["rejected"]
    assert json.loads(run(project, "reject", "--kind", "failed", "--format", "json").stdout) == {
        "recordings": []
    }


def test_all_and_names_exclude_each_other(project: Path) -> None:
    """Whoever says both meant one of them, and nothing is done."""
    aside(project)
    for command in ("accept", "reject"):
        done = run(project, command, "--all", "cassettes/flow.yaml")
        assert "either name what is meant, or say --all" in done.stderr
        assert done.returncode == 2
    assert left(project) == ["review/cassettes/flow.yaml"]


@pytest.mark.parametrize("args", [["review", "--list"], ["review"], ["accept", "--all"]])
def test_options_that_are_wrong_are_not_blamed_on_a_recording(project: Path, args: list[str]) -> None:
    """A misspelt option of the project is said once, as what it is."""
    for name in ("a", "b"):
        aside(project, AFTER, name)
    (project / "pyproject.toml").write_text("[tool.api_mocker]\nreveiw = true\n")
    done = run(project, *args)
    assert (
        done.stderr
        == "Error: pyproject.toml [tool.api_mocker]: there is no option 'reveiw'; did you mean 'review'?\n"
    )
    assert (done.stdout, done.returncode) == ("", 2)


def test_what_the_project_ignores_is_no_change(project: Path) -> None:
    """It was none to whoever recorded, and nobody is asked about it."""
    (project / "pyproject.toml").write_text('[tool.api_mocker]\nignore = ["json:$.plan"]\n')
    aside(project)
    done = run(project, "review", answers="d\n")
    assert "[1/2] -   3  GET https://api.example.com/old" in done.stdout
    assert "$.plan" not in done.stdout


def test_an_answer_that_is_no_text_is_no_key(project: Path) -> None:
    """Bytes of another encoding are explained the keys like any other wrong one."""
    aside(project)
    done = subprocess.run(
        [sys.executable, "-m", "api_mocker", "cassette", "review"],
        cwd=project,
        input=b"\xff\xfe\nd\n",
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert (done.stderr, done.returncode) == (b"", 0)
    assert b"rejected: cassettes/flow.yaml stays as it was" in done.stdout


def test_colours_are_those_of_each_part(project: Path) -> None:
    """Only the number of a change is dim; its sign and what it says stand out."""
    aside(project)
    done = run(project, "review", answers="d\n", FORCE_COLOR="1", NO_COLOR="", TERM="xterm")
    assert "\x1b[2m[1/3] \x1b[0m\x1b[33m~   1  \x1b[0m\x1b[1mGET\x1b[0m https" in done.stdout


def test_a_cassette_that_is_written_meanwhile_is_left_as_it_is(project: Path) -> None:
    """Between looking and taking, too; and what to do about it is said to who accepts, not to who records."""
    aside(project)
    (recording,) = waiting(project)
    case = Case.of(recording)
    path = project / "cassettes" / "flow.yaml"
    save(path, HEAD, BEFORE[:1], opened=CassetteFile(path), root=project)
    with pytest.raises(CassetteError, match=r"flow\.yaml was written by another process .*: try again$"):
        take(case, case.after)
    assert held(path) == BEFORE[:1]
    assert left(project) == ["review/cassettes/flow.yaml"]
