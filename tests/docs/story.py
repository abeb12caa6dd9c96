"""A page as a story: its examples tried one after the other, in a project of their own.

The law of this file: nothing is imitated. Files are written where the page says, commands go through
a shell, what they print is compared with what the page shows, and a file that no command ever
looked at is an error. Commands that do not record are kept off the network.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sysconfig
import tomllib
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import yaml
from jsonschema import Draft202012Validator
from tests.docs.world import OFFLINE

from api_mocker._config import config_of
from api_mocker._storage import schema
from api_mocker._storage.files import CassetteFile
from api_mocker._storage.yaml_reader import read_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.docs.fences import Step
    from tests.docs.world import World

__all__ = ["ROOT", "Story", "read_schema", "stable", "validator"]

ROOT = Path(__file__).parents[2]
PATIENCE = 60
"""Seconds that a command may take."""

QUIET = " ".join(
    f"-p no:{name}"
    for name in [
        "anyio",
        "asyncio",
        "cassetter",
        "hypothesispytest",
        "recording",
        "rerunfailures",
    ]
)
"""Plugins of this environment that are no part of a reader's project."""

LIVE = re.compile(r"--record-mode|--api-mocker-mode|--disable-recording|API_MOCKER_RECORD_MODE=|\bpython ")
"""Commands that may reach the services."""

_UNSTABLE = (
    (re.compile(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d(:\d\d(\.\d+)?)?(Z| UTC)?"), "2026-01-31 12:00"),
    (re.compile(r"(?<=, )\d\d:\d\d:\d\d$", re.MULTILINE), "12:00:00"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "6f1c1e2a-0d3b-4c5d-8e9f-0a1b2c3d4e5f"),
    (re.compile(r"\bin \d+\.\d\ds\b"), "in 0.01s"),
    (re.compile(r"^[=_-]{3,} ?(.*?) ?[=_-]{3,}$", re.MULTILINE), r"=== \1 ==="),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)

_MARKED = re.compile(r"(?:\nE .*)+")  # the lines that pytest marks as the error, with the code's indentation


def stable(text: str) -> str:
    """The text without what differs from run to run: times, durations, widths."""
    for pattern, instead in _UNSTABLE:
        text = pattern.sub(instead, text)
    return _MARKED.sub(lambda found: dedent(found[0].replace("\nE", "\n")), f"\n{text}").strip("\n")


def read_schema(kind: str) -> dict[str, Any]:  # Any: JSON
    """Of ``docs/schema``, the schema of this kind of document."""
    path = ROOT / "docs" / "schema" / f"{kind}.schema.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def validator(kind: str) -> Draft202012Validator:
    """What checks this kind of document."""
    return Draft202012Validator(read_schema(kind))


class Story:
    """The project of one page, and what has become of it so far."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder = folder
        self.world = world
        self.unseen: set[str] = set()

    def tell(self, step: Step) -> None:
        """Does what the step says; AssertionError with the page's line when it does not come out so."""
        does: dict[str, Callable[[Step], None]] = {
            "file": self._write,
            "run": self._run,
            "console": self._console,
            "script": self._script,
            "configuration": self._configuration,
            "as recorded": self._as_recorded,
            "kept": self._kept,
            "printed by": self._printed_by,
            "cassette": self._cassette,
            "part": self._part,
            "illustration": lambda _: None,
        }
        does[step.what](step)

    def end(self) -> None:
        """What was written was looked at by somebody."""
        assert not self.unseen, f"these files are written and never used: {sorted(self.unseen)}"

    def shell(self, command: str) -> tuple[str, int]:
        """Runs a command in the project; what it printed, and its exit code."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
            "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]),
            "PYTEST_ADDOPTS": QUIET,
            "PYTHONDONTWRITEBYTECODE": "",  # what Python compiled tells which files were used
            "COLUMNS": "100",
            **(self.world.environment if LIVE.search(command) else OFFLINE),
        }
        before = self.world.asked
        done = subprocess.run(
            command, shell=True, cwd=self.folder, env=environment, timeout=PATIENCE, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        )  # fmt: skip
        assert LIVE.search(command) or self.world.asked == before, f"{command!r} reached the network"
        self._notice(command)
        return done.stdout, done.returncode

    def _notice(self, command: str) -> None:
        """A file counts as used when a command names it, Python has compiled it, or every command reads it."""
        compiled = {path: path.name.partition(".")[0] for path in self.folder.rglob("*.pyc")}
        for name in [*self.unseen]:
            used = Path(name).stem in compiled.values() if name.endswith(".py") else name == "pyproject.toml"
            if used or name in command:
                self.unseen.discard(name)
        for path in compiled:
            path.unlink()  # it would outlive an edit of the same length in the same second

    def _write(self, step: Step) -> None:
        path = self.folder / step.word
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step.text, "utf-8")
        self.unseen.add(step.word)
        if path.name == "pyproject.toml":
            self._configuration(step)

    def _run(self, step: Step) -> None:
        printed, code = self.shell(step.word)
        assert code == 0, f"line {step.line}: {step.word!r} exited with {code}\n{printed}"

    def _console(self, step: Step) -> None:
        commands = re.split(r"^\$ ", step.text, flags=re.MULTILINE)[1:]
        assert commands, f"line {step.line}: a console block has lines that begin with '$ '"
        for number, part in enumerate(commands, 1):
            command, _, shown = part.partition("\n")
            printed, code = self.shell(command)
            wanted = int(step.word) if number == len(commands) else 0
            assert code == wanted, f"line {step.line}: {command!r} exited with {code}\n{printed}"
            if shown.strip():
                _compare(shown, printed, step.line)

    def _script(self, step: Step) -> None:
        (self.folder / "example.py").write_text(step.text, "utf-8")
        printed, code = self.shell("python example.py")
        assert code == 0, f"line {step.line}: exited with {code}\n{printed}"

    def _configuration(self, step: Step) -> None:
        config_of(tomllib.loads(step.text).get("tool", {}).get("api_mocker", {}), f"line {step.line}")

    def _as_recorded(self, step: Step) -> None:
        recorded = (self.folder / step.word).read_text("utf-8")
        assert stable(step.text) == stable(recorded), f"line {step.line}: {step.word} is\n{recorded}"

    def _kept(self, step: Step) -> None:
        recorded = self.folder / step.word
        kept = ROOT / "cassettes" / "docs" / Path(step.word).relative_to("cassettes")
        same = kept.exists() and stable(kept.read_text("utf-8")) == stable(recorded.read_text("utf-8"))
        assert same, f"line {step.line}: {kept} is another one than {recorded}; copy it, and review it"

    def _printed_by(self, step: Step) -> None:
        printed, _ = self.shell(step.word)
        _compare(f"...\n{step.text}...\n", printed, step.line)

    def _cassette(self, step: Step) -> None:
        path = self.folder / "example.yaml"
        path.write_text(step.text, "utf-8")
        for entry in CassetteFile(path).entries():
            assert entry.interaction.request.url
        if step.word == "as written":
            header, *interactions = yaml.safe_load_all(step.text)
            validator("header").validate(header)
            for interaction in interactions:
                validator("interaction").validate(interaction)

    def _part(self, step: Step) -> None:
        document: dict[str, Any] = {  # Any: a tree of YAML
            "request": {"method": "GET", "url": "https://api.example.com/"},
            "response": {"status": 200},
            "recorded_at": "2026-01-31T12:00:00Z",
        }
        place = document
        *outer, last = step.word.split(".")
        for key in outer:
            place = place[key]
        place[last] = yaml.safe_load(step.text)[last]
        validator("interaction").validate(document)
        schema.read(read_document(yaml.safe_dump(document)), lambda _name, _digest: b"")


def _compare(shown: str, printed: str, line: int) -> None:
    """What a page shows is what was printed; ``...`` on a line of its own stands for any lines."""
    pieces = [re.escape(f"{row}\n") for row in stable(shown).split("\n")]
    pattern = "".join(r"(?:.*\n)*?" if piece == re.escape("...\n") else piece for piece in pieces)
    assert re.fullmatch(pattern, stable(printed) + "\n"), f"line {line}: what is printed is\n{printed}"
