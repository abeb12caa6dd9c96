"""What Git holds: files of a commit, and which of them changed.

The law of this file: the repository is read and never written (its configuration apart, when that is
asked for), by the ``git`` that people have; what it refuses is a UsageError in one line.
"""

from __future__ import annotations

import subprocess
from functools import cached_property
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["EMPTY", "Changed", "Repository"]

EMPTY = ""
"""The commit before the first one: it holds nothing."""

_FILES = ("100644", "100755", "100664")


class Changed(NamedTuple):
    """A file that is not the same on both sides: its path from the top, and its blobs (None: it is not there)."""

    path: str
    before: str | None
    after: str | None


class Repository:
    """The repository around a folder; UsageError where there is none."""

    def __init__(self, folder: Path) -> None:
        done = _git(folder, "rev-parse", "--show-toplevel", "--show-prefix")
        if done.returncode:
            raise UsageError(f"{folder} is in no Git repository: {_said(done)}")
        top, prefix, *_ = [*done.stdout.decode("utf-8", "surrogateescape").split("\n"), ""]
        self.top = Path(top)
        self.prefix = prefix
        """The folder's own path from the top: empty, or with a slash at its end."""

    def run(self, *arguments: str) -> bytes:
        """What git answers; UsageError with its own words where it refuses."""
        done = _git(self.top, *arguments)
        if done.returncode:
            raise UsageError(_said(done))
        return done.stdout

    def knows(self, revision: str) -> bool:
        """Whether this names a commit."""
        return self._commit(revision) is not None

    def commit(self, revision: str) -> str:
        """The commit of that name; UsageError where there is none."""
        found = self._commit(revision)
        if found is not None:
            return found
        if revision == "HEAD":
            return EMPTY
        raise UsageError(f"Git knows no revision {revision!r}")

    def _commit(self, revision: str) -> str | None:
        if revision.startswith("-"):
            return None
        done = _git(
            self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def common(self, one: str, other: str) -> str:
        """The commit from which both came."""
        return self.run("merge-base", self.commit(one), self.commit(other)).decode().strip()

    def changed(self, before: str, after: str | None, paths: Sequence[str]) -> list[Changed]:
        """The files at these paths that differ between a commit and another, or (None) the working tree.

        What is in the working tree and Git does not know (and does not ignore) is new.
        """
        arguments = ["diff", "--raw", "-z", "--no-renames", "--no-abbrev", "--no-ext-diff", "--no-textconv"]
        sides = [before or self._nothing, *([after or self._nothing] if after is not None else [])]
        fields = self.run(*arguments, *sides, "--", *(paths or ["."])).split(b"\0")
        found: dict[str, Changed] = {}
        for head, name in zip(fields[::2], fields[1::2], strict=False):
            modes = head.decode().lstrip(":").split()
            path = name.decode("utf-8", "surrogateescape")
            old = modes[2] if modes[0] in _FILES else None
            found.setdefault(path, Changed(path, old, modes[3] if modes[1] in _FILES else None))
        if after is None:
            others = self.run("ls-files", "-z", "--others", "--exclude-standard", "--", *(paths or ["."]))
            for name in filter(None, others.split(b"\0")):
                path = name.decode("utf-8", "surrogateescape")
                old = found[path].before if path in found else None
                found[path] = Changed(path, old, path)
        return sorted(found.values())

    def holds(self, commit: str, path: str) -> bool:
        """Whether a commit has a file or a folder there."""
        return bool(commit) and bool(self.run("ls-tree", "-z", commit, "--", path.rstrip("/") or "."))

    @cached_property
    def _nothing(self) -> str:
        """The tree that holds nothing, whichever hash this repository uses."""
        return self.run("hash-object", "-t", "tree", "--stdin").decode().strip()

    def blob(self, name: str) -> bytes:
        """The content of a blob: its hash, or ``commit:path``."""
        return self.run("cat-file", "blob", name)

    def blobs(self, names: Sequence[str]) -> Iterator[bytes]:
        """The contents of many blobs, in order."""
        if not names:
            return
        done = _git(self.top, "cat-file", "--batch", given="".join(f"{name}\n" for name in names).encode())
        at = 0
        for name in names:
            stop = done.stdout.find(b"\n", at)
            head = done.stdout[at:stop].split()
            if len(head) != 3 or head[1] != b"blob":
                raise UsageError(f"Git has no blob {name}")
            at = stop + 1 + int(head[2])
            yield done.stdout[stop + 1 : at]
            at += 1

    def anywhere(self, path: str) -> Iterator[bytes]:
        """What commits have at a path, the newest first."""
        commits = self.run("log", "--all", "--format=%H", "--diff-filter=AM", "--", path).decode().split()
        for commit in commits:
            yield self.blob(f"{commit}:{path}")


def _git(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603  # git, with arguments that are no options unless they are ours
            ["git", "-c", "core.quotePath=false", *arguments],  # noqa: S607  # the one that people have
            cwd=folder,
            env={**environ, "GIT_LITERAL_PATHSPECS": "1", "LC_ALL": "C"},
            input=given,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise UsageError("there is no git on the PATH") from None


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    words = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
    return words.removeprefix("fatal: ").removeprefix("error: ") or "git failed"
