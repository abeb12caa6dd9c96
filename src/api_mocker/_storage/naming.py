"""What cassette files are called: from a test's name to a path that is safe everywhere.

The law of this file: no name leaves the cassette folder, none is refused by a file system that
people use, and two tests never share a file by accident: wherever a name had to be changed, a few
digits of its hash are added.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path, PurePosixPath

from ..exceptions import UsageError

__all__ = ["JOURNALS", "STATE_FOLDER", "SUFFIX", "contained", "inside", "of_test", "safe_name", "test_path"]

SUFFIX = ".yaml"

STATE_FOLDER = ".api_mocker"
"""The project's folder for locks and for recordings that are no cassettes; it ignores itself in Git."""

JOURNALS = "journal"
"""The folder in it in which journals lie."""

_LONGEST = 100  # characters of a name, well below any file system's limit with suffix and lock
_UNSAFE = re.compile(r"[^A-Za-z0-9._\[\]-]+")
# Device names of Windows, with any extension (Microsoft, "Naming Files, Paths, and Namespaces").
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def safe_name(name: str) -> str:
    """`name` as a file name without its suffix; unchanged when it is safe, else marked by its hash.

    Names that differ only in case would share a file on some systems: upper-case letters in a
    parameter id therefore count as changed.
    """
    parameters = name.partition("[")[2]
    safe = _UNSAFE.sub("-", name).strip(".-") or "-"
    changed = safe != name or parameters != parameters.lower()
    if len(safe) <= _LONGEST and not changed and not _RESERVED.fullmatch(safe):
        return safe
    if _RESERVED.fullmatch(safe):
        safe = safe.replace(".", "-", 1)  # an extension does not make it another device
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{safe[:_LONGEST].rstrip('.-')}-{digest}"


def test_path(folder: Path, module: str, name: str) -> Path:
    """The cassette of a test: ``<folder>/<path of its module>/<Class.>test_name[param].yaml``."""
    parts = [
        safe_name(part) for part in PurePosixPath(module).with_suffix("").parts if part not in ("..", "/")
    ]
    return folder.joinpath(*parts, safe_name(name) + SUFFIX)


def of_test(folder: Path, test: str) -> Path:
    """The cassette of the test that pytest calls so: ``path/to/module.py::Class::test_name[param]``."""
    module, _, rest = test.partition("::")
    name, bracket, parameters = rest.partition("[")
    return test_path(folder, module, name.replace("::", ".") + bracket + parameters)


def inside(folder: Path, name: str, where: str) -> Path:
    """The cassette called `name` by the user, which may hold folders; UsageError when it leaves `folder`."""
    given = PurePosixPath(name.replace("\\", "/").removesuffix(SUFFIX))
    reason = _leads_out(given)
    if reason:
        raise UsageError(
            f"{where}: the cassette name {name!r} must lie inside the cassette folder {folder}, {reason}"
        )
    return folder.joinpath(*(safe_name(part) for part in given.parts[:-1]), safe_name(given.name) + SUFFIX)


def _leads_out(given: PurePosixPath) -> str:
    """Which part of a name is the reason that it may leave its folder; empty when none is."""
    if not given.parts:
        return "and names no file"
    if given.is_absolute():
        return "and begins with '/'"
    if ".." in given.parts:
        return "and '..' leads out of a folder"
    return "and what stands before ':' would be a drive on Windows" if ":" in given.parts[0] else ""


def contained(path: Path, root: Path, where: str) -> Path:
    """`path`, which a name or a test gave; UsageError where links lead it out of the project."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise UsageError(
            f"{where}: a link leads the cassette {path.name} out of the project, to {path.resolve()}"
        )
    return path
