"""``api-mocker cassette check``: each rule finds what it is for, says where, and spares what is fine."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.program import run, saved

from api_mocker import Headers, Interaction, Request, Response
from api_mocker._storage.files import bodies_folder
from api_mocker.cli.cassette_commands import check as command
from api_mocker.maintain.check import RULES

if TYPE_CHECKING:
    from pathlib import Path

MOMENT = datetime.now(UTC).replace(microsecond=0) - timedelta(days=40)
FORM = Headers((("Content-Type", "application/x-www-form-urlencoded"),))
JSON = Headers((("Content-Type", "application/json"),))
UUID = "6f1c1e2a-0d3b-4c5d-8e9f-0a1b2c3d4e5f"
TEST = "tests/test_a.py::test_a"
SOUND = "def test_a(): ..."


def got(url: str, status: int = 200, body: bytes = b"", headers: Headers = JSON) -> Interaction:
    """A GET of this."""
    return Interaction(Request("GET", url), Response(status, headers, body, ""), None, MOMENT)


def sent(body: bytes, headers: Headers = JSON) -> Interaction:
    """A POST of this."""
    return Interaction(Request("POST", "https://a/", headers, body), Response(204), None, MOMENT)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a test and a sound cassette of it."""
    (tmp_path / "pyproject.toml").write_text("", "utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(SOUND, "utf-8")
    saved(tmp_path, "sound.yaml", [got("https://a/")], TEST)
    return tmp_path


def findings(project: Path, *args: str) -> list[dict[str, Any]]:
    """What is found, and that the exit code says so."""
    done = run(project, "cassette", "check", "--format", "json", *args)
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    assert done.returncode == (1 if found else 0), done.stderr
    return found


def found_by(project: Path, rule: str) -> list[tuple[str, int | None, int | None]]:
    """The places that this rule names, and that no other rule names any."""
    found = findings(project)
    assert {one["rule"] for one in found} <= {rule}
    assert all(one["text"] and one["remedy"] for one in found)
    return [(one["path"].removeprefix("cassettes/"), one["line"], one["interaction"]) for one in found]


def test_a_sound_project(project: Path) -> None:
    """Nothing wrong is one line and exit code 0."""
    done = run(project, "cassette", "check")
    assert (done.stdout, done.stderr, done.returncode) == ("1 cassette, nothing wrong\n", "", 0)


def test_the_command_knows_the_rules() -> None:
    """The names that --skip takes are those of the table."""
    assert list(command._RULES) == list(RULES)


def test_what_cannot_be_read(project: Path) -> None:
    """A file that was cut off, one that is empty, one of a later version; YAML of others is left alone."""
    folder = project / "cassettes"
    text = (folder / "sound.yaml").read_text("utf-8")
    (folder / "cut.yaml").write_text(text.removesuffix("...\n"), "utf-8")
    (folder / "empty.yaml").write_text("", "utf-8")
    (folder / "later.yaml").write_text(text.replace("cassette: 1", "cassette: 99"), "utf-8")
    (folder / "other.yaml").write_text("services: {}\n", "utf-8")
    lines = {path: line for path, line, _ in found_by(project, "unreadable")}
    assert lines == {"cut.yaml": text.count("\n"), "empty.yaml": None, "later.yaml": 1}
    assert "other.yaml: no cassette, left alone" in run(project, "cassette", "check").stderr


def test_a_file_that_was_named_must_be_a_cassette(project: Path) -> None:
    """Asking to check what is none is trouble."""
    (project / "other.yaml").write_text("services: {}\n", "utf-8")
    assert run(project, "cassette", "check", "other.yaml").returncode == 2
    assert run(project, "cassette", "check", "nowhere.yaml").returncode == 2


def test_the_schema(project: Path) -> None:
    """Every document that is wrong is named, with its line; the others are checked all the same."""
    path = saved(project, "a.yaml", [got("https://a/"), got("https://a/b"), got("https://a/c", 503)], TEST)
    text = path.read_text("utf-8").replace("status: 200", "statsu: 200", 1).replace("/b\n", "/b\n  x: 1\n")
    path.write_text(text, "utf-8")
    found = findings(project)
    assert [(one["rule"], one["interaction"]) for one in found] == [
        ("schema", 1),
        ("schema", 2),
        ("transient", 3),
    ]
    lines = text.splitlines()
    assert lines[found[0]["line"] - 1].strip() == "statsu: 200"
    assert lines[found[1]["line"] - 1].strip() == "x: 1"
    assert "did you mean 'status'?" in found[0]["text"]


def test_bodies_that_are_not_restored(project: Path) -> None:
    """A file beside the cassette that is gone or changed, and a layout that does not fit."""
    for name in ("gone", "changed"):
        path = saved(project, f"{name}.yaml", [got("https://a/", body=b"x" * 200_000)], TEST)
        [body] = bodies_folder(path).iterdir()
        body.write_bytes(b"y") if name == "changed" else body.unlink()
    path = saved(project, "layout.yaml", [got("https://a/", body=b'{"a":1}')], TEST)
    path.write_text(
        path.read_text("utf-8").replace("    json: |-\n", "    layout: wide\n    json: |-\n"), "utf-8"
    )
    assert [(path, number) for path, _, number in found_by(project, "body")] == [
        ("changed.yaml", 1),
        ("gone.yaml", 1),
        ("layout.yaml", 1),
    ]


def test_broken_placeholders(project: Path) -> None:
    """Whatever begins as a placeholder and is none, encoded or not, in a file beside it too."""
    bodies = [
        b'{"a":"<redacted:token:1>"}',
        b'{"a":"<redacted:Token:1>"}',
        b'{"a":"<redacted:token:01>","b":"%3Credacted%3Atoken%3A1%3E"}',
        b'{"a":"%3Credacted%3Atoken%3E"}',
    ]
    path = saved(project, "a.yaml", [got("https://a/", body=body) for body in bodies], TEST)
    saved(project, "b.yaml", [got("https://a/", body=b"<redacted:x>" + b"x" * 200_000)], TEST)
    found = found_by(project, "placeholder")
    assert [(path, number) for path, _, number in found] == [
        ("a.yaml", 2),
        ("a.yaml", 3),
        ("a.yaml", 4),
        ("b.yaml", 1),
    ]
    lines = path.read_text("utf-8").splitlines()
    assert ["redacted" in lines[line - 1] for _, line, _ in found[:3] if line] == [True] * 3


EPOCH = int(MOMENT.timestamp())
NEW = [
    (got(f"https://a/?id={UUID}"), "query:id"),
    (got(f"https://a/?t={EPOCH}"), "query:t"),
    (sent(b"t=%d" % (EPOCH * 1000 + 999), FORM), "form:t"),
    (sent(json.dumps({"a": [{"b c": UUID}]}).encode()), "json:$.a[*]['b c']"),
    (sent(json.dumps({"at": MOMENT.isoformat()}).encode()), "json:$.at"),
    (sent(json.dumps({"sha": "d41d8cd98f00b204e9800998ecf8427e"}).encode()), "json:$.sha"),
]
OLD = [
    got("https://a/?since=2019-01-01T00:00:00Z"),
    got("https://a/?id=1000000000"),  # an epoch, but of 2001
    got("https://a/?name=deadbeef"),
    sent(b"<a>6f1c1e2a</a>", Headers((("Content-Type", "text/xml"),))),
    got("https://a/?k=%3Credacted%3Ak%3A1%3E"),
]


@pytest.mark.parametrize(("interaction", "address"), NEW, ids=[address for _, address in NEW])
def test_values_of_one_run_alone(project: Path, interaction: Interaction, address: str) -> None:
    """A value that the next run will not send again is named with the ignore entry that spares it."""
    path = saved(project, "a.yaml", [got("https://b/"), interaction, interaction], TEST)
    [one] = findings(project)
    assert (one["rule"], one["interaction"]) == ("volatile", 2)
    assert one["remedy"].startswith(f"ignore = [{json.dumps(address)}]")
    assert "and 1 more interactions have one there" in one["text"]
    word = "url:" if address.startswith("query") else "body:"
    assert path.read_text("utf-8").splitlines()[one["line"] - 1].strip().startswith(word)

    (project / "pyproject.toml").write_text(f"[tool.api_mocker]\nignore = [{json.dumps(address)}]\n", "utf-8")
    assert findings(project) == []
    (project / "pyproject.toml").write_text('[tool.api_mocker]\nmatch_on = ["method", "path"]\n', "utf-8")
    assert findings(project) == []


def test_values_that_come_again(project: Path) -> None:
    """Constants, and what an earlier answer gave out, are no such values."""
    given = [
        got("https://a/new", body=f'{{"id":"{UUID}"}}'.encode()),
        got(f"https://a/?id={UUID}"),
        got("https://a/to", headers=Headers((("Location", f"/?x={EPOCH}"),))),
        got(f"https://a/?x={EPOCH}"),
    ]
    saved(project, "a.yaml", [*OLD, *given], TEST)
    assert findings(project) == []


def test_transient_answers(project: Path) -> None:
    """429 and the like stay for ever, unless the same request succeeded later: then it was a retry."""
    flow = [
        got("https://a/1", 429),
        got("https://a/2", 503),
        got("https://a/1", 200),
        got("https://a/2", 503),
        got("https://a/3", 500),
    ]
    path = saved(project, "a.yaml", flow, TEST)
    found = found_by(project, "transient")
    assert [number for _, _, number in found] == [2, 4]
    assert {path.read_text("utf-8").splitlines()[line - 1] for _, line, _ in found if line} == {
        "  status: 503"
    }


def test_what_is_out_of_date(project: Path) -> None:
    """One finding for a cassette that is older than max_age, none without it."""
    saved(project, "a.yaml", [got("https://a/"), got("https://a/")], TEST)
    (project / "pyproject.toml").write_text('[tool.api_mocker]\nmax_age = "30d"\n', "utf-8")
    found = findings(project)
    assert [(one["path"], one["rule"], one["interaction"]) for one in found] == [
        ("cassettes/a.yaml", "expired", 1),
        ("cassettes/sound.yaml", "expired", 1),
    ]
    assert found[0]["text"] == "recorded 40 days ago, and max_age is 30d; 1 more are too old"
    assert found[0]["remedy"] == f"record it again:  pytest --record-mode=rewrite {TEST}"


def test_names_that_collide(project: Path) -> None:
    """Two names that are one on some systems, by case or by the way an accent is written."""
    names = ["Sound.yaml", "caf\u00e9.yaml", "cafe\u0301.yaml"]
    for name in names:
        saved(project, name, [got("https://a/")], TEST)
    if len([*(project / "cassettes").glob("*.yaml")]) < 4:
        pytest.skip("this file system takes them for one already")
    assert {path for path, _, _ in found_by(project, "collision")} == {"caf\u00e9.yaml", "sound.yaml"}


MODULE = """
import pytest
from elsewhere import Base, test_imported
from unittest import TestCase

def test_plain(): ...
async def test_async(): ...
test_assigned = lambda: None
if True:
    def test_inside(): ...

class TestA:
    def test_m(self): ...
    class TestInner:
        def test_i(self): ...

@pytest.mark.slow
class TestB(TestA): ...
class TestC(Base): ...
class TestD(TestCase):
    def test_d(self): ...
@made.over([1])
def test_many(): ...
"""


@pytest.mark.parametrize(
    ("names", "is_there"),
    [
        ("test_plain", True),
        ("test_plain[a::b]", True),
        ("test_async", True),
        ("test_assigned", True),
        ("test_inside", True),
        ("test_imported", True),
        ("TestA::test_m", True),
        ("TestA::TestInner::test_i", True),
        ("TestB::test_m", True),
        ("TestC::test_who_knows", True),
        ("TestD::test_d", True),
        ("test_many_0_one", True),
        ("dotted.doctest", True),
        ("test_gone", False),
        ("TestA::test_gone", False),
        ("TestB::test_gone", False),
        ("TestD::test_gone", False),
        ("TestGone::test_m", False),
        ("test_plain_more", False),
    ],
)
def test_whose_test_is_gone(project: Path, names: str, is_there: bool) -> None:
    """A test that its file does not hold is gone; what a file cannot tell is there. Nothing is imported."""
    (project / "tests" / "test_b.py").write_text(MODULE, "utf-8")
    saved(project, "a.yaml", [got("https://a/")], f"tests/test_b.py::{names}")
    assert found_by(project, "owner") == ([] if is_there else [("a.yaml", 3, None)])


def test_whose_file_is_gone(project: Path) -> None:
    """A test's file is looked for from the root of the project, and from where the cassette is."""
    saved(project, "a.yaml", [got("https://a/")], "tests/test_gone.py::test_a")
    below = project / "service"
    (below / "tests").mkdir(parents=True)
    (below / "tests" / "test_b.py").write_text("def test_b(): ...", "utf-8")
    saved(below, "b.yaml", [got("https://a/")], "tests/test_b.py::test_b")
    found = findings(project, "cassettes", "service")
    assert [(one["path"], one["rule"]) for one in found] == [("cassettes/a.yaml", "owner")]


@pytest.mark.parametrize(
    "module", ["def broken(:", "globals()['test_x'] = 1", "from elsewhere import *", "exec('')"]
)
def test_in_doubt_a_test_is_there(project: Path, module: str) -> None:
    """What makes names at run time, and what cannot be parsed, proves nothing."""
    (project / "tests" / "test_b.py").write_text(module, "utf-8")
    saved(project, "a.yaml", [got("https://a/")], "tests/test_b.py::test_x")
    assert findings(project) == []


CHECKED = """\
cassettes/a.yaml:7: volatile (interaction 1): query:id is a UUID (6f1c1e2a-0d3b-4c5d-8e9f-0a1b2c3d4e5f) that the next run will not send again
    ignore = ["query:id"], or freeze what makes it
cassettes/a.yaml:9: transient (interaction 1): the answer 503 says that the service was not well, and no later one says that it got well
    record it again:  pytest --record-mode=rewrite tests/test_a.py::test_a
    or, where the test is about it, declare it:  respond_with(status=503)
2 findings in 1 of 2 cassettes
"""


def test_findings_as_text(project: Path) -> None:
    """A line for each, that begins with file and line, and what to do below it."""
    saved(project, "a.yaml", [got(f"https://a/?id={UUID}", 503)], TEST)
    done = run(project, "cassette", "check")
    assert done.stdout == CHECKED
    assert done.returncode == 1


def test_findings_as_json(project: Path) -> None:
    """The same, for programs."""
    saved(project, "a.yaml", [got("https://a/", 503)], TEST)
    done = run(project, "cassette", "check", "--format", "json", "cassettes/a.yaml")
    assert json.loads(done.stdout) == {
        "checked": 1,
        "findings": [
            {
                "rule": "transient",
                "path": "cassettes/a.yaml",
                "line": 9,
                "interaction": 1,
                "text": "the answer 503 says that the service was not well, and no later one says that it got well",
                "remedy": "record it again:  pytest --record-mode=rewrite tests/test_a.py::test_a\n"
                "or, where the test is about it, declare it:  respond_with(status=503)",
            }
        ],
        "others": [],
    }


def test_a_rule_can_be_left_out(project: Path) -> None:
    """--skip leaves one out, and names the rules when there is none of a name."""
    saved(project, "a.yaml", [got(f"https://a/?id={UUID}", 503)], TEST)
    assert [one["rule"] for one in findings(project, "--skip", "volatile")] == ["transient"]
    assert findings(project, "--skip", "volatile", "--skip", "transient") == []
    assert "'volatile'" in run(project, "cassette", "check", "--skip", "x").stderr


def test_checking_changes_nothing(project: Path) -> None:
    """No file is made, changed or imported."""
    (project / "tests" / "test_a.py").write_text("raise SystemExit('imported')\ndef test_a(): ...\n", "utf-8")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert findings(project) == []
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before
