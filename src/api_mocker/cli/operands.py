"""What ``diff`` is to compare: two paths, a path and a commit, two commits.

The law of this file: as ``git diff`` reads its operands, so are ours read: before ``--`` stand revisions
or paths (what exists as a file is one), behind it paths and nothing else.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .._storage.git import EMPTY, Repository
from ..exceptions import UsageError
from ..maintain.sources import in_folders, in_git

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..maintain.sources import Pair

__all__ = ["pairs_of"]


def pairs_of(operands: Sequence[str], paths: Sequence[str] | None, home: Path) -> list[Pair]:
    """The files to compare; UsageError for what names nothing.

    ``paths`` stood behind ``--``, None where there was none; without any, the cassettes at `home` are meant.
    """
    if paths is None and len(operands) == 2 and all(_is_there(one) for one in operands):
        return in_folders(*map(Path, operands))
    if paths is None and len(operands) == 1 and _is_there(operands[0]):
        return _against(Repository(_folder(operands[0])), "HEAD", None, operands)
    try:
        repository = Repository(_folder(paths[0]) if paths else Path.cwd())
    except UsageError:
        missing = [one for one in (operands if paths is None else paths) if not _is_there(one)]
        if missing:
            raise UsageError(f"there is no {missing[0]}, and no Git repository that might have it") from None
        raise
    revisions = list(operands)
    if paths is None:
        paths = [one for one in operands if not _is_revision(one, repository)]
        revisions = [one for one in operands if one not in paths]
        if operands[: len(revisions)] != tuple(revisions):
            raise UsageError("a revision stands before paths")
        for path in paths:
            _require(path, repository, revisions)
    before, after = _range(revisions, repository)
    return _against(repository, before, after, paths or [os.fspath(home)])


def _range(revisions: Sequence[str], repository: Repository) -> tuple[str, str | None]:
    """Both sides, the working tree being None."""
    if len(revisions) > 2 or (len(revisions) == 2 and any(".." in one for one in revisions)):
        raise UsageError(f"at most two revisions can be compared, and here are {', '.join(revisions)}")
    if len(revisions) == 2:
        return revisions[0], revisions[1]
    revision = revisions[0] if revisions else "HEAD"
    for dots in ("...", ".."):
        one, found, other = revision.partition(dots)
        if found:
            one, other = one or "HEAD", other or "HEAD"
            return (repository.common(one, other) if dots == "..." else one), other
    return revision, None


def _against(repository: Repository, before: str, after: str | None, paths: Sequence[str]) -> list[Pair]:
    old = (repository.commit(before), before)
    new = None if after is None else (repository.commit(after), after)
    inside = [_inside(path, repository) for path in paths]
    for path, below in zip(paths, inside, strict=True):
        sides = [old[0], *([new[0]] if new else [])]
        if not any(repository.holds(commit, below) for commit in sides if commit != EMPTY) and not (
            new is None and _is_there(path)
        ):
            where = " or ".join([before, after or "the working tree"])
            raise UsageError(f"there is no {path} in {where}")
    return in_git(repository, old, new, inside)


def _is_there(path: str) -> bool:
    return os.path.lexists(path)


def _is_revision(word: str, repository: Repository) -> bool:
    if _is_there(word):
        return False
    one, dots, other = word.partition("...") if "..." in word else word.partition("..")
    if dots:
        for side in filter(None, (one, other)):
            repository.commit(side)  # it says which of them is unknown
        return True
    return repository.knows(word)


def _require(path: str, repository: Repository, revisions: Sequence[str]) -> None:
    if _is_there(path):
        return
    commits = [repository.commit(one) for one in (revisions or ["HEAD"]) if ".." not in one]
    if not revisions and not any(repository.holds(commit, _inside(path, repository)) for commit in commits):
        raise UsageError(f"there is neither a file nor a revision {path!r}")


def _folder(path: str) -> Path:
    """The nearest folder that exists."""
    start = Path(os.path.abspath(path))  # noqa: PTH100  # a link is what it is called
    return next(folder for folder in (start, *start.parents) if folder.is_dir())


def _inside(path: str, repository: Repository) -> str:
    """The path from the top of the repository, empty for the top itself."""
    folder = _folder(path)
    rest = Path(os.path.abspath(path)).relative_to(folder).as_posix()  # noqa: PTH100  # as above
    there = Repository(folder)
    if not there.top.samefile(repository.top):
        raise UsageError(f"{path} is not in the repository {repository.top}")
    return f"{there.prefix}{'' if rest == '.' else rest}".rstrip("/")
