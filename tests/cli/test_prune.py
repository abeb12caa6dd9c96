"""``api-mocker cassette prune``, run as a program: what it prints, what it changes, and what it leaves alone."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.program import run, saved

from api_mocker import Headers, Interaction, Request, Response
from api_mocker._storage.ledger import VERSION, Ledger, Track, digest, load, store
from api_mocker.exceptions import UsageError

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC).replace(microsecond=0)


def asked(path: str, *, days: int = 0, body: bytes = b"ok") -> Interaction:
    """An interaction recorded so many days ago."""
    response = Response(200, Headers((("Content-Type", "text/plain"),)), body, "OK")
    return Interaction(
        Request("GET", f"https://h.example/{path}"), response, None, NOW - timedelta(days=days)
    )


class Project:
    """A folder with cassettes, a test file and a ledger."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ledger = Ledger("2026-11-26T00:00:00+00:00", patterns=["test_*.py"], wanted=["."])
        (root / "pyproject.toml").write_text("", "utf-8")
        self.module("test_a.py")

    def module(self, name: str) -> None:
        """A test file that the run collected."""
        (self.root / name).write_text("", "utf-8")
        found = digest(self.root / name)
        assert found is not None
        self.ledger.modules.append(name)
        self.ledger.sources[name] = found

    def cassette(
        self, name: str, *interactions: Interaction, played: tuple[int, ...] = (), **more: Any
    ) -> Path:
        """A cassette that the run knew, owned by a test that passed."""
        test = f"test_a.py::test_{name}"
        path = saved(self.root, f"{name}.yaml", interactions, test)
        self.ledger.tests[test] = "passed"
        track = Track(digest(path), owners=[test], repeat=["once"], played={test: [*played]})
        self.ledger.cassettes[f"cassettes/{name}.yaml"] = replace(track, **more)
        return path

    def prune(self, *args: str, code: int = 0, error: str = "") -> str:
        """What it prints."""
        store(self.ledger, self.root / "ledger.json")
        done = run(self.root, "cassette", "prune", "--ledger", "ledger.json", *args)
        assert (done.stderr, done.returncode) == (error, code), done.stdout
        return done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One without cassettes."""
    return Project(tmp_path)


def test_what_it_prints(project: Project) -> None:
    """A line for each thing that goes, in the words of diff, one for each file that stays, and the totals."""
    project.cassette("some", asked("a"), asked("b"), asked("c\x1b[31m"), played=(0,))
    project.cassette("none", asked("a"), owners=[], played=())
    project.ledger.cassettes["cassettes/none.yaml"].played.clear()
    failed = project.cassette("failed", asked("a"), asked("b"), played=(0,))
    project.ledger.tests["test_a.py::test_failed"] = "failed"
    (project.root / "cassettes" / "empty" / "deeper").mkdir(parents=True)
    bodies = failed.with_name("failed.bodies")
    bodies.mkdir()
    (bodies / "0123456789abcdef.json").write_text("{}", "utf-8")
    (bodies / "notes.txt").write_text("mine", "utf-8")
    before = {path: path.read_bytes() for path in project.root.rglob("*.*") if path.is_file()}
    assert project.prune() == WANTED
    assert {path: path.read_bytes() for path in before} == before
    assert project.prune("--check", code=1) == WANTED

    printed = project.prune("--write")
    last = "removed 2 interactions, 1 body, 2 folders: 362 B\n"
    assert printed == WANTED.replace(WANTED.splitlines()[-1] + "\n", last)
    assert not (project.root / "cassettes" / "empty").exists()
    assert [path.name for path in bodies.iterdir()] == ["notes.txt"]


WANTED = """\
cassettes/some.yaml  2 of 3 interactions, 360 B
-   2  GET https://h.example/b -> 200 OK, text/plain, 2 bytes  (no test plays it)
-   3  GET https://h.example/c\\x1b[31m -> 200 OK, text/plain, 2 bytes  (no test plays it)
- cassettes/failed.bodies/0123456789abcdef.json  2 B: no cassette names it
- cassettes/empty/deeper  an empty folder
- cassettes/empty  an empty folder
stays: cassettes/failed.yaml, 1 interaction: test_a.py::test_failed failed
stays: cassettes/none.yaml: it is of no test by name, and test_a.py::test_failed failed and may play it
would remove 2 interactions, 1 body, 2 folders: 362 B; nothing is changed without --write
"""


def test_what_programs_read(project: Project) -> None:
    """The JSON form has the same, with sizes in bytes."""
    project.cassette("some", asked("a"), asked("b"), played=(0,))
    project.cassette("gone", asked("a"), owners=[], played=())
    said = json.loads(project.prune("--format", "json"))
    size = (project.root / "cassettes" / "gone.yaml").stat().st_size
    part = said["cassettes"][1]["size"]
    assert said == {
        "written": False,
        "size": size + part,
        "cassettes": [
            {
                "path": "cassettes/gone.yaml",
                "whole": True,
                "why": "no test owns it",
                "size": size,
                "interactions": 1,
                "removed": [row(1, "a", "no test plays it")],
            },
            {
                "path": "cassettes/some.yaml",
                "whole": False,
                "why": None,
                "size": part,
                "interactions": 2,
                "removed": [row(2, "b", "no test plays it")],
            },
        ],
        "bodies": [],
        "folders": [],
        "kept": [],
        "others": [],
    }


def row(number: int, path: str, why: str, *played: str) -> dict[str, object]:
    """An interaction that goes."""
    return {
        "interaction": number,
        "method": "GET",
        "url": f"https://h.example/{path}",
        "why": why,
        "played_by": [*played],
    }


LINES = """\
# by hand
cassette: 1 # one
test: test_a.py::test_a
--- # the first
request: {method: GET, url: "https://h.example/a"}
response: {status: 200}
recorded_at: '2026-11-20T20:15:00Z'
# behind the first
---
# goes
request:
  method: GET
  url: https://h.example/b
response: {status: 201}
recorded_at: '2026-11-20T20:15:00Z'
# goes too
---

# stays
request: {url: "https://h.example/c", method: GET}
response:
  status: 200
  body:
    text: |
      ---
      ...
recorded_at: '2026-11-20T20:15:00Z'
# the last words
... # and the end
# really
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("goes", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)])
def test_what_stays_keeps_its_bytes(project: Project, goes: tuple[int, ...], ends: str) -> None:
    """Comments, blank lines, CRLF, hand-written styles: only the documents that go are cut out, separators with them."""
    path = project.cassette("a", played=tuple({0, 1, 2} - {*goes}))
    path.write_bytes(LINES.replace("\n", ends).encode())
    path.chmod(0o640)
    project.ledger.cassettes["cassettes/a.yaml"].sha256 = digest(path)
    starts = [LINES.index("--- # the first"), LINES.index("---\n# goes"), LINES.index("---\n\n# stays")]
    stops = [*starts[1:], LINES.index("... # and")]
    kept = LINES
    for number in reversed(goes):
        kept = kept[: starts[number]] + kept[stops[number] :]
    project.prune("--write")
    assert path.read_bytes() == kept.replace("\n", ends).encode()
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_is_too_old_goes_when_asked(project: Project) -> None:
    """Used or not, and with nothing proved; the last line says how it is recorded again."""
    project.cassette("old", asked("a", days=40), asked("b"), asked("c", days=31), played=(0, 1))
    project.cassette("all", asked("a", days=400), played=(0,))
    assert project.prune() == (
        "cassettes/old.yaml  1 of 3 interactions, 175 B\n"
        "-   3  GET https://h.example/c -> 200 OK, text/plain, 2 bytes  (no test plays it)\n"
        "would remove 1 interaction: 175 B; nothing is changed without --write\n"
    )
    project.ledger.gaps.append("it was interrupted")
    assert project.prune("--older-than", "30d", "--write") == (
        "cassettes/all.yaml  the whole file, 239 B: nothing is left of it\n"
        "-   1  GET https://h.example/a -> 200 OK, text/plain, 2 bytes"
        "  (recorded 400 days ago, and test_a.py::test_all plays it)\n"
        "cassettes/old.yaml  2 of 3 interactions, 350 B\n"
        "-   1  GET https://h.example/a -> 200 OK, text/plain, 2 bytes"
        "  (recorded 40 days ago, and test_a.py::test_old plays it)\n"
        "-   3  GET https://h.example/c -> 200 OK, text/plain, 2 bytes  (recorded 31 days ago)\n"
        "stays: cassettes/old.yaml, 1 interaction: the run was not a whole one: it was interrupted\n"
        "removed 3 interactions, 1 cassette: 589 B\n"
        "Record them again:  pytest --record-mode=new_episodes test_a.py::test_all test_a.py::test_old\n"
    )


def test_a_further_cassette_keeps_its_file(project: Project) -> None:
    """The marker that names it needs one, be there nothing in it."""
    path = project.cassette("login", asked("a"), further=True)
    project.prune("--write")
    assert path.read_text("utf-8") == "# api-mocker cassette\ncassette: 1\ntest: test_a.py::test_login\n...\n"


def test_large_bodies_go_with_the_interactions_that_name_them(project: Project) -> None:
    """One that is named by an interaction that stays, stays; so does one that another cassette names by hand."""
    large = [b"%d" % number * 200_000 for number in range(3)]
    path = project.cassette("a", *(asked(f"{at}", body=body) for at, body in enumerate(large)), played=(0,))
    other = project.cassette("b", asked("b"), played=(0,))
    bodies = sorted(path.with_name("a.bodies").iterdir())
    assert len(bodies) == 3
    by_hand = next(body for body in bodies if body.read_bytes() == large[1])
    other.write_text(
        other.read_text("utf-8").replace("cassette: 1", f"# {by_hand.name}\ncassette: 1"), "utf-8"
    )
    project.ledger.cassettes["cassettes/b.yaml"].sha256 = digest(other)
    assert "1 body" in project.prune("--write").splitlines()[-1]
    assert {body.read_bytes() for body in path.with_name("a.bodies").iterdir()} == {large[0], large[1]}
    assert project.prune() == "nothing to prune\n"


def test_only_what_was_named_is_looked_at(project: Project) -> None:
    """With PATH, another cassette and what lies beside it are left alone."""
    project.cassette("a", asked("a"), asked("b"), played=(0,))
    other = project.cassette("b", asked("a"), asked("b"), played=(0,))
    before = other.read_bytes()
    assert "cassettes/b.yaml" not in project.prune("cassettes/a.yaml", "--write")
    assert other.read_bytes() == before
    assert "cassettes/b.yaml" in project.prune("cassettes")


def test_broken_files_and_files_that_are_no_cassettes(project: Project) -> None:
    """They are named, left alone, and the first end with 2; all else is done."""
    broken = project.cassette("broken", asked("a"), asked("b"), played=(0,))
    broken.write_text(broken.read_text("utf-8").removesuffix("...\n"), "utf-8")
    (project.root / "cassettes" / "other.yaml").write_text("services: {}\n", "utf-8")
    good = project.cassette("good", asked("a"), asked("b"), played=(0,))
    before = broken.read_bytes()
    store(project.ledger, project.root / "ledger.json")
    done = run(project.root, "cassette", "prune", "--ledger", "ledger.json", "--write")
    assert done.returncode == 2
    assert "broken.yaml:26: the file was cut off" in done.stderr
    assert "cassettes/other.yaml: no cassette, left alone" in done.stderr
    assert broken.read_bytes() == before
    assert b"example/b" not in good.read_bytes()


def test_a_link_is_not_removed(project: Project) -> None:
    """What it points to may belong to somebody else; a part of it may go, and it stays a link."""
    whole = project.cassette("whole", asked("a"), owners=[])
    part = project.cassette("part", asked("a"), asked("b"), played=(0,))
    for path in (whole, part):
        path.rename(project.root / path.name)
        path.symlink_to(project.root / path.name)
        track = project.ledger.cassettes.pop(f"cassettes/{path.name}")
        project.ledger.cassettes[path.name] = track
    assert "stays: cassettes/whole.yaml: it is a link" in project.prune("--write")
    assert whole.is_symlink()
    assert part.is_symlink()
    assert "example/b" not in part.read_text("utf-8")


def test_without_a_ledger(project: Project) -> None:
    """Everything stays, and the output says why; --check does not pass for what it cannot know."""
    project.cassette("a", asked("a"))
    done = run(project.root, "cassette", "prune")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "stays: cassettes/a.yaml: there is no ledger of a run of the tests; run all of them:  pytest\n"
        "nothing to prune\n"
    )
    done = run(project.root, "cassette", "prune", "--check")
    assert done.returncode == 2
    assert "there is no ledger of a run of the tests" in done.stderr


LEDGERS: dict[str, tuple[str, str]] = {
    "nothing": ("", "the ledger is broken"),
    "no JSON": ("{", "the ledger is broken"),
    "deep": ("[" * 200_000, "the ledger is broken"),
    "another thing": ("[]", "this is no ledger of api-mocker"),
    "later": (
        json.dumps({"ledger": VERSION + 1}),
        f"this ledger is of version {VERSION + 1}, and this api-mocker reads version {VERSION}",
    ),
    "a key less": (json.dumps({"ledger": VERSION}), "the ledger lacks key 'arguments'"),
}


@pytest.mark.parametrize("name", LEDGERS)
def test_what_is_no_ledger(project: Project, name: str) -> None:
    """One line with the file's name, exit 2, and nothing is changed."""
    project.cassette("a", asked("a"))
    content, why = LEDGERS[name]
    (project.root / "bad.json").write_text(content, "utf-8")
    done = run(project.root, "cassette", "prune", "--ledger", "bad.json", "--write")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: bad.json: {why}")
    assert done.stderr.count("\n") == 1
    done = run(project.root, "cassette", "prune", "--ledger", "none.json")
    assert (done.returncode, done.stderr) == (
        2, "Error: none.json: the ledger cannot be read: No such file or directory\n",
    )  # fmt: skip


WRONG: dict[str, Any] = {
    "tests": {"t": "fine"},
    "gaps": "none",
    "sources": {"m": None},
    "cassettes": {"c": {}},
    "written_at": 1,
    "more": [],
}


@pytest.mark.parametrize("key", WRONG)
def test_a_ledger_is_read_strictly(tmp_path: Path, key: str) -> None:
    """A value that is not of the form is refused, and named."""
    store(Ledger("now"), tmp_path / "l.json")
    tree = json.loads((tmp_path / "l.json").read_text("utf-8"))
    (tmp_path / "l.json").write_text(json.dumps({**tree, key: WRONG[key]}), "utf-8")
    with pytest.raises(UsageError, match=key):
        load(tmp_path / "l.json")


def test_a_ledger_comes_back_as_it_was(tmp_path: Path) -> None:
    """What is written is read, lone surrogates of parameter ids included."""
    track = Track("ab", ["t"], further=True, loose=True, repeat=["last"], played={"t": [0, 2]})
    ledger = Ledger("now", ["-q"], ["gap"], ["."], ["t*.py"], ["build"], ["x"], ["m"], ["h"], {"m": "ab"})
    ledger.tests = {"t[\udcff\u20ac]": "passed", "u": "not run"}
    ledger.cassettes = {"c.yaml": track}
    store(ledger, tmp_path / "folder" / "l.json")
    assert load(tmp_path / "folder" / "l.json") == ledger


def test_options_that_exclude_each_other_or_are_wrong(project: Project) -> None:
    """Usage errors, one line each."""
    for args, said in {
        ("--write", "--check"): "--write and --check exclude each other",
        ("--older-than", "soon"): "'soon' is not a number and one of w, d, h, m, s",
    }.items():
        done = run(project.root, "cassette", "prune", *args)
        assert done.returncode == 2
        assert said in done.stderr


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only(project: Project) -> None:
    """The disk's refusal ends it in one line, and the file is as it was."""
    path = project.cassette("a", asked("a"), asked("b"), played=(0,))
    before = path.read_bytes()
    path.parent.chmod(0o500)
    try:
        store(project.ledger, project.root / "ledger.json")
        done = run(project.root, "cassette", "prune", "--ledger", "ledger.json", "--write")
    finally:
        path.parent.chmod(0o700)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert path.read_bytes() == before
