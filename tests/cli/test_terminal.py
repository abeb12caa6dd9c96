"""How every command treats whoever looks at it: a terminal, a pipe, an old encoding, a misspelling."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

import click
import pytest
from tests.cli.program import run, saved

from api_mocker import Headers, Interaction, Request, Response
from api_mocker.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOMENT = datetime(2026, 11, 20, 20, 15, tzinfo=UTC)
COLOUR = re.compile(r"\x1b\[[\d;]*3\dm")


def commands(command: click.Command, *names: str) -> Iterator[tuple[str, ...]]:
    """The names of all commands that do something."""
    if not isinstance(command, click.Group):
        yield names
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from commands(found, *names, name)


COMMANDS = [*commands(main)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a cassette of more lines than a terminal has."""
    text = Headers((("Content-Type", "text/plain; charset=utf-8"),))
    interaction = Interaction(
        Request("GET", "https://a/"), Response(200, text, "naïve ☃ ▶".encode()), None, MOMENT
    )
    saved(tmp_path, "a.yaml", [interaction] * 20)
    return tmp_path


def on_a_terminal(project: Path, *args: str, **environment: str) -> str:
    """What the program writes to a terminal of 80 columns and 24 lines."""
    pty = pytest.importorskip("pty", reason="the system has no such terminals")
    here, there = pty.openpty()
    kept = {
        name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "PAGER")
    }
    done = subprocess.Popen(
        [sys.executable, "-m", "api_mocker", *args],
        cwd=project,
        env={**kept, "TERM": "xterm", "COLUMNS": "80", "LINES": "24", "PYTHONIOENCODING": "utf-8", **environment},
        stdin=there, stdout=there, stderr=there,
    )  # fmt: skip
    os.close(there)
    written = b""
    while True:
        try:
            piece = os.read(here, 65536)
        except OSError:  # how Linux says that the other side is closed
            break
        if not piece:
            break
        written += piece
    os.close(here)
    done.wait()
    return written.decode("utf-8").replace("\r\n", "\n")


def test_colours_are_for_terminals(project: Path) -> None:
    """A terminal gets colours, with NO_COLOR or through a pipe nobody does."""
    show = ("cassette", "show", "cassettes/a.yaml", "--no-pager")
    assert COLOUR.search(on_a_terminal(project, *show))
    assert not COLOUR.search(on_a_terminal(project, *show, NO_COLOR="1"))
    assert "\x1b" not in run(project, *show).stdout


def test_what_is_long_is_paged(project: Path) -> None:
    """On a terminal, what is longer goes through PAGER; what is not, or with --no-pager, does not."""
    pager = f"{sys.executable} {project / 'pager.py'}"
    (project / "pager.py").write_text("import sys\nprint('paged', sys.stdin.read().count('GET'))\n", "utf-8")
    show = ("cassette", "show", "cassettes/a.yaml")
    assert on_a_terminal(project, *show, PAGER=pager).strip() == "paged 20"
    for quiet in (["--no-pager"], ["--interaction", "1"]):
        assert "paged" not in on_a_terminal(project, *show, *quiet, PAGER=pager)
    assert on_a_terminal(project, *show, PAGER="cat").count("https://a/") == 20
    assert run(project, *show, PAGER=pager).stdout.count("https://a/") == 20


def test_progress_is_for_terminals(project: Path) -> None:
    """What takes long shows how far it is, and leaves no trace; short work shows nothing."""
    code = (
        "from time import sleep\n"
        "from api_mocker.cli import terminal\n"
        "terminal._PATIENCE = -1.0 if {slow} else 60.0\n"
        "print([*terminal.followed('abc', 'counting', 3)])\n"
    )
    (project / "api_mocker_slow.py").write_text(code.format(slow=True), "utf-8")
    (project / "api_mocker_fast.py").write_text(code.format(slow=False), "utf-8")
    pty = pytest.importorskip("pty", reason="the system has no such terminals")
    shown = {}
    for name in ("slow", "fast"):
        here, there = pty.openpty()
        done = subprocess.run(
            [sys.executable, f"api_mocker_{name}.py"],
            cwd=project, env={**os.environ, "TERM": "xterm"}, stdout=subprocess.PIPE, stderr=there, check=True,
        )  # fmt: skip
        os.write(there, b"end")
        shown[name] = os.read(here, 65536).decode()
        os.close(here)
        os.close(there)
        assert done.stdout == b"['a', 'b', 'c']\n"
    assert "counting" in shown["slow"]
    assert shown["fast"] == "end"


def test_what_an_encoding_cannot_write_is_escaped(project: Path) -> None:
    """A recorded text ends no command, whatever the terminal's encoding is."""
    shown = run(project, "cassette", "show", "cassettes/a.yaml", PYTHONIOENCODING="ascii")
    assert "na\\xefve \\u2603 \\u25b6" in shown.stdout
    assert (shown.stderr, shown.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("args", "near"),
    [
        (["cassette", "shwo"], "No such command 'shwo'. Did you mean 'show'?"),
        (["casette"], "No such command 'casette'. Did you mean 'cassette'?"),
        (["confg"], "No such command 'confg'. Did you mean 'config'?"),
        (["check"], "No such command 'check'. Did you mean 'cassette check'?"),
        (["cassette", "zzz"], "No such command 'zzz'.\n"),
        (["cassette", "list", "--srot", "age"], "Did you mean '--sort'?"),
    ],
)
def test_a_misspelling_names_the_nearest(project: Path, args: list[str], near: str) -> None:
    """Commands and options alike, and a command that is below another one."""
    done = run(project, *args)
    assert near in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("names", [(), ("cassette",), *COMMANDS], ids=" ".join)
def test_every_help_page_has_an_example(project: Path, names: tuple[str, ...]) -> None:
    """And it loads no HTTP client, no YAML and no terminal library, so that it comes at once."""
    code = (
        "import sys; from api_mocker.cli import main\n"
        f"try: main([*{names!r}, '--help'], prog_name='api-mocker')\n"
        "except SystemExit: pass\n"
        "print(sorted({'httpx', 'requests', 'urllib3', 'yaml', 'rich'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    *page, loaded = done.stdout.splitlines()
    assert loaded == "[]"
    assert f"Example:\n    {' '.join(['api-mocker', *names])}" in "\n".join(page)


@pytest.mark.parametrize(
    "args", ["config", "cassette list", "cassette check", "cassette show cassettes/a.yaml"]
)
def test_no_command_loads_a_client(project: Path, args: str) -> None:
    """Looking at cassettes takes no HTTP client."""
    code = (
        "import sys; from api_mocker.cli import main\n"
        f"try: main({args.split()!r})\n"
        "except SystemExit: pass\n"
        "print(sorted({'aiohttp', 'httpx', 'requests', 'urllib3', 'pytest'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version(project: Path) -> None:
    """--version says it."""
    assert run(project, "--version").stdout == f"api-mocker, version {version('api-mocker')}\n"


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("api-mocker ca", {"cassette"}),
        ("api-mocker cassette mi", {"migrate"}),
        ("api-mocker cassette list --so", {"--sort"}),
    ],
)
def test_a_shell_completes(project: Path, words: str, completed: set[str]) -> None:
    """Commands and options, without running any."""
    script = run(project, _API_MOCKER_COMPLETE="bash_source", _PYTHON__M_API_MOCKER_COMPLETE="bash_source")
    assert "complete" in script.stdout
    done = subprocess.run(
        [sys.executable, "-c", "from api_mocker.cli import main; main(prog_name='api-mocker')"],
        env={
            **os.environ,
            "_API_MOCKER_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        },
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == completed
