"""Cassettes in a real repository: diff's operands, ``git-setup``, and what git then shows and merges."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.program import run
from tests.cli.test_diff import BEFORE, DATE, MOMENT, asked, diff, later, save

from api_mocker import Headers, Interaction, Request, Response
from api_mocker._storage.files import CassetteFile

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")

SHOP = asked("/basket", {"total": 25}, Date=DATE)
DEARER = asked("/basket", {"total": 26}, Date=DATE)
ORDERS, PAGE = BEFORE[1], BEFORE[2]
BIG = Interaction(
    Request("GET", "https://shop.example.com/photo"),
    Response(200, Headers.of([("Content-Type", "image/png")]), b"\x89PNG" + bytes(200_000), "OK"),
    None,
    MOMENT,
)


def git(project: Path, *args: str, code: int = 0) -> str:
    """What git says, with nobody's configuration but the repository's."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "NO_COLOR": "",
    }
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{who}_NAME": "Ann", f"GIT_{who}_EMAIL": "ann@example.com"}
    done = subprocess.run(
        ["git", "-c", "core.pager=cat", *args],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def commit(project: Path, subject: str) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", subject)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Three commits: a recording, a re-recording in which only noise changed, and one that changed."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "pyproject.toml").write_text("[tool.api_mocker]\n")
    (tmp_path / ".gitignore").write_text(".api_mocker\n")
    shop = tmp_path / "cassettes" / "shop.yaml"
    save(shop, [SHOP, ORDERS])
    save(tmp_path / "cassettes" / "sub" / "page.yaml", [PAGE])
    commit(tmp_path, "first")
    shop.unlink()
    save(shop, [later(SHOP), later(ORDERS)])
    commit(tmp_path, "noise")
    shop.unlink()
    save(shop, [later(DEARER), later(ORDERS), PAGE])
    (tmp_path / "cassettes" / "sub" / "page.yaml").unlink()
    commit(tmp_path, "dearer")
    return tmp_path


def resave(project: Path, name: str, recorded: list[Interaction]) -> None:
    (project / name).unlink(missing_ok=True)
    save(project / name, recorded)


CHANGED = """\
cassettes/shop.yaml: 1 added, 1 changed
~   1  GET https://shop.example.com/basket
       ~ body $.total: 25 -> 26
+   3  GET https://shop.example.com/page -> 200 OK, text/html, 52 bytes
"""
GONE = """\
cassettes/sub/page.yaml: deleted file, 1 removed
-   1  GET https://shop.example.com/page -> 200 OK, text/html, 52 bytes
"""


def test_two_commits_are_compared(project: Path) -> None:
    """REV..REV, the whole or a path of it; a file that only one has is added or removed."""
    whole = diff(project, "HEAD~1..HEAD")
    assert whole.stdout.startswith(f"{CHANGED}\n{GONE}")
    assert whole.returncode == 1
    assert diff(project, "HEAD~1..HEAD", "--", "cassettes/shop.yaml").stdout == CHANGED
    assert diff(project, "HEAD~1..", "--", "cassettes/sub").stdout == GONE
    assert diff(project, "HEAD~1", "HEAD", "cassettes/shop.yaml").stdout == CHANGED
    first = diff(project, "HEAD~2..HEAD~1")
    assert first.stdout == "4 volatile values folded: date, recorded_at (--all shows them)\n"
    assert first.returncode == 0
    assert diff(project, "main...HEAD").stdout == ""


def test_the_working_tree_is_compared_with_head_or_a_commit(project: Path) -> None:
    """A path alone: with HEAD; REV -- PATH: with that commit; nothing at all: the project's cassettes with HEAD."""
    assert diff(project, "cassettes").stdout == ""
    assert diff(project, "HEAD~1", "--", "cassettes/shop.yaml").stdout == CHANGED
    assert diff(project, "HEAD~1").returncode == 1
    resave(project, "cassettes/shop.yaml", [later(DEARER), later(ORDERS)])
    save(project / "cassettes" / "new.yaml", [SHOP])
    (project / "cassettes" / "compose.yaml").write_text("services: {}\n")
    for args, folder in (([], project), (["cassettes"], project), (["."], project / "cassettes")):
        done = diff(folder, *args)
        assert [line for line in done.stdout.splitlines() if line.startswith("cassettes/")] == [
            "cassettes/new.yaml: new file, 1 added",
            "cassettes/shop.yaml: 1 removed",
        ]
        assert done.stderr == "cassettes/compose.yaml: no cassette, left alone\n"
        assert done.returncode == 1
    (project / "cassettes" / "shop.yaml").unlink()
    gone = diff(project, "cassettes/shop.yaml")
    assert gone.stdout.startswith("cassettes/shop.yaml: deleted file, 3 removed\n")


def test_before_the_first_commit_all_is_new(tmp_path: Path) -> None:
    """HEAD holds nothing yet."""
    git(tmp_path, "init", "-q")
    save(tmp_path / "a b.yaml", [SHOP])
    assert diff(tmp_path, "a b.yaml").stdout.startswith("a b.yaml: new file, 1 added\n")


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["nope"], "there is neither a file nor a revision 'nope'"),
        (["nope..HEAD"], "Git knows no revision 'nope'"),
        (["nope", "--", "cassettes"], "Git knows no revision 'nope'"),
        (["HEAD", "--", "nope.yaml"], "there is no nope.yaml in HEAD or the working tree"),
        (["HEAD~1..HEAD", "--", "nope.yaml"], "there is no nope.yaml in HEAD~1 or HEAD"),
        (["HEAD", "HEAD", "HEAD"], "at most two revisions"),
        (["--", "/"], ""),
        (["--output=x..HEAD"], "No such option"),
    ],
)
def test_what_git_does_not_know_is_one_line_and_exit_code_2(
    project: Path, args: list[str], text: str
) -> None:
    """In words that say what is missing."""
    done = diff(project, *args)
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 2


def test_bodies_beside_a_cassette_are_read_from_its_commit(project: Path) -> None:
    """A body in a file of its own is compared like any other, from wherever its cassette is read."""
    save(project / "cassettes" / "big.yaml", [BIG])
    commit(project, "big")
    assert BIG.response is not None
    other = replace(BIG, response=replace(BIG.response, body=b"\x89PNX" + bytes(200_000)))
    resave(project, "cassettes/big.yaml", [other])
    told = diff(project, "cassettes/big.yaml").stdout
    assert "~ body: 200,004 bytes, sha256 " in told
    commit(project, "bigger")
    assert (
        diff(project, "HEAD~1..HEAD", "--", "cassettes/big.yaml").stdout.splitlines()[2]
        == told.splitlines()[2]
    )
    set_up(project)
    resave(project, "cassettes/big.yaml", [BIG])
    assert "~ body: 200,004 bytes, sha256 " in git(project, "diff")
    assert "sha256" in git(project, "log", "-p", "-1", "--format=%s")


def set_up(project: Path) -> str:
    done = run(project, "cassette", "git-setup")
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


ATTRIBUTES = """\
*.png binary

# Cassettes: bytes are left alone, and api-mocker compares and merges them.
/cassettes/** -text
/cassettes/**/*.yaml diff=api-mocker merge=api-mocker
/cassettes/**/*.bodies/** !diff !merge
"""


def test_git_setup_keeps_what_is_there_and_does_it_once(project: Path) -> None:
    """Lines of others stay; a second time changes nothing."""
    path = project / ".gitattributes"
    path.write_bytes(b"*.png binary")
    assert ".gitattributes: written" in set_up(project)
    assert path.read_text() == ATTRIBUTES
    config = (project / ".git" / "config").read_text()
    assert ".gitattributes: as it has to be" in set_up(project)
    assert path.read_text() == ATTRIBUTES
    assert (project / ".git" / "config").read_text() == config
    attributes = git(
        project,
        "check-attr",
        "text",
        "diff",
        "merge",
        "--",
        "cassettes/a/b.yaml",
        "cassettes/a.bodies/b.yaml",
    )
    assert [line.rpartition(": ")[2] for line in attributes.splitlines()] == [
        *("unset", "api-mocker", "api-mocker", "unset", "unspecified", "unspecified"),
    ]  # fmt: skip


def test_git_setup_knows_odd_folders_and_places_without_git(tmp_path: Path) -> None:
    """A space in a name is quoted; outside of a repository nothing is written."""
    refused = run(tmp_path, "cassette", "git-setup")
    assert "in no Git repository" in refused.stderr
    assert refused.returncode == 2
    assert not (tmp_path / ".gitattributes").exists()
    git(tmp_path, "init", "-q")
    assert run(tmp_path, "cassette", "git-setup", "my [odd] tapes").returncode == 0
    told = git(tmp_path, "check-attr", "diff", "--", "my [odd] tapes/x/a.yaml")
    assert told.strip().endswith("diff: api-mocker")
    outside = run(tmp_path, "cassette", "git-setup", "..")
    assert "outside the repository" in outside.stderr
    assert outside.returncode == 2


def test_git_diff_shows_what_the_command_shows(project: Path) -> None:
    """In the working tree, between commits, for new and deleted files; noise is one line."""
    set_up(project)
    commit(project, "setup")
    told = git(project, "diff", "HEAD~2", "HEAD", "--", "cassettes")
    assert told == CHANGED + GONE
    assert git(project, "diff", "HEAD~3", "HEAD~2") == (
        "4 volatile values folded: date, recorded_at (--all shows them)\n"
    )
    assert "\x1b[3" in git(project, "-c", "color.diff=always", "diff", "HEAD~2", "HEAD", "--", "cassettes")
    shop = project / "cassettes" / "shop.yaml"
    shop.write_bytes(shop.read_bytes()[:-100])
    broken = git(project, "diff")
    assert "cut off" in broken.splitlines()[0]
    assert "\n-" in broken


def test_git_log_and_show_compare_a_text_without_noise(project: Path) -> None:
    """Nothing of a re-recording in which only noise changed; one line for one value that changed."""
    set_up(project)
    commit(project, "setup")
    shown = git(project, "show", "HEAD~1", "--", "cassettes/shop.yaml")
    assert '-      "total": 25' in shown
    assert '+      "total": 26' in shown
    assert "recorded_at" not in shown
    assert "20 Nov" not in shown
    log = git(project, "log", "-p", "--format=%s", "--", "cassettes/shop.yaml")
    noise = log.partition("noise\n")[2].partition("first\n")[0]
    assert "@@" not in noise
    assert "+GET https://shop.example.com/orders?page=1" in log
    (project / "cassettes" / "odd.yaml").write_text("services: {}\n")
    commit(project, "odd")
    assert "+services: {}" in git(project, "show")


def branches(
    project: Path, base: list[Interaction], ours: list[Interaction], theirs: list[Interaction]
) -> None:
    """A cassette on two branches that came from one; `main` is checked out."""
    set_up(project)
    resave(project, "cassettes/flow.yaml", base)
    commit(project, "base")
    git(project, "checkout", "-q", "-b", "theirs")
    resave(project, "cassettes/flow.yaml", theirs)
    commit(project, "theirs")
    git(project, "checkout", "-q", "main")
    resave(project, "cassettes/flow.yaml", ours)
    commit(project, "ours")


def flow(project: Path) -> list[Interaction]:
    return [entry.interaction for entry in CassetteFile(project / "cassettes" / "flow.yaml").entries()]


def test_git_merge_takes_both_branches_recordings(project: Path) -> None:
    """Neighbours that both changed, and additions at one place, are no conflict; what stays is byte for byte."""
    one, two, three = (asked(f"/{n}", {"n": n}) for n in range(3))
    changed_one, changed_two = (asked(f"/{n}", {"n": n, "new": True}) for n in range(2))
    mine, yours = asked("/mine", {}), asked("/yours", {})
    branches(project, [one, two, three], [changed_one, two, three, mine], [one, changed_two, three, yours])
    before = (project / "cassettes" / "flow.yaml").read_bytes()
    git(project, "merge", "-q", "theirs")
    assert flow(project) == [changed_one, changed_two, three, mine, yours]
    after = (project / "cassettes" / "flow.yaml").read_bytes()
    stays = before.split(b"\n---\n")
    assert [piece in after.split(b"\n---\n") for piece in stays[:-1]] == [True, True, False, True]


def test_a_conflict_is_one_interaction_that_both_changed(project: Path) -> None:
    """Markers stand around its two documents, and around nothing else; either side can be taken."""
    ours, theirs = (asked("/basket", {"total": total}) for total in (1, 2))
    branches(project, [SHOP, ORDERS], [ours, ORDERS], [theirs, ORDERS])
    said = git(project, "merge", "theirs", code=1)
    assert "CONFLICT" in said
    text = (project / "cassettes" / "flow.yaml").read_text()
    for sign in ("<<<<<<<", "=======", ">>>>>>>"):
        assert [line[:7] for line in text.splitlines()].count(sign) == 1
    assert text.count("/orders") == 1
    mine = re.sub(r"(?ms)^<{7}.*?\n|^={7}\n.*?^>{7}.*?\n", "", text)
    (project / "cassettes" / "flow.yaml").write_text(mine)
    assert flow(project) == [ours, ORDERS]
    yours = re.sub(r"(?ms)^<{7}.*?^={7}\n|^>{7}.*?\n", "", text)
    (project / "cassettes" / "flow.yaml").write_text(yours)
    assert flow(project) == [theirs, ORDERS]


def test_what_cannot_be_read_is_merged_as_text(project: Path) -> None:
    """Git is not stopped by a broken cassette."""
    branches(project, [SHOP], [DEARER], [SHOP, ORDERS])
    path = project / "cassettes" / "flow.yaml"
    path.write_bytes(path.read_bytes().removesuffix(b"...\n"))
    commit(project, "cut")
    said = git(project, "merge", "theirs", code=1)
    assert "cut off" in said
    assert "<<<<<<<" in path.read_text()


def test_both_branches_may_begin_one_cassette(project: Path) -> None:
    """Without a common ancestor, the same recording stands there once."""
    set_up(project)
    commit(project, "setup")
    git(project, "checkout", "-q", "-b", "theirs")
    save(project / "cassettes" / "flow.yaml", [SHOP, ORDERS])
    commit(project, "theirs")
    git(project, "checkout", "-q", "main")
    save(project / "cassettes" / "flow.yaml", [SHOP, PAGE])
    commit(project, "ours")
    git(project, "merge", "-q", "theirs")
    assert flow(project) == [SHOP, PAGE, ORDERS]


@pytest.mark.skipif(os.name == "nt", reason="the line is one for a POSIX shell")
def test_who_leaves_the_pager_early_hears_of_no_failure(project: Path) -> None:
    """Nothing but what was read is on the screen."""
    set_up(project)
    many = [asked(f"/{n}", {"n": n}) for n in range(3000)]
    resave(project, "cassettes/shop.yaml", many)
    done = subprocess.run(
        "git diff | head -n 1", shell=True, cwd=project, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("cassettes/shop.yaml: 3000 added, 3 removed\n", "")
