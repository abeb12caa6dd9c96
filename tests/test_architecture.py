"""The rooms of the house and their doors, read from the syntax trees and from fresh interpreters.

The law of this file: what may import what stands in tables, with every import counted wherever it
stands (at the top, in a function, under TYPE_CHECKING). A new room or a new dependency is a row.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "api_mocker"
ROOT = Path(__file__).parent.parent / "src" / PACKAGE
FILES = sorted(ROOT.rglob("*.py"))

MAX_FILE = 350
MAX_FUNCTION = 50

ROOMS: dict[str, tuple[str, ...]] = {
    # room: the rooms it may know besides itself; "" is the package's own __init__
    "exceptions": (),
    "_core": ("exceptions",),
    "_storage": ("exceptions", "_core"),
    "_redact": ("exceptions", "_core"),
    "_known_values": ("_core",),
    "_config": ("exceptions", "_core", "_redact"),
    "_runtime": ("exceptions", "_core"),
    "_guard": ("exceptions", "_core", "_runtime"),
    "interceptors": ("exceptions", "_core.model", "_core.exchange", "_runtime"),
    "_session": (*("exceptions", "_core", "_config", "_redact", "_known_values", "_recording", "_use"),),
    "_recording": ("exceptions", "_core", "_storage", "_session"),
    "_block": ("_runtime", "interceptors"),
    "_cassette": ("exceptions", "_core"),
    "_use": (
        *("exceptions", "_core", "_storage", "_config", "_session", "_recording", "_runtime", "interceptors"),
        *("_block", "_cassette"),
    ),
    "_api": ("exceptions", "_config", "_session", "_use", "_block", "_cassette"),
    "_mock": ("exceptions", "_core", "_config", "_session", "_runtime", "interceptors", "_block"),
    "maintain": ("exceptions", "_core", "_storage", "_config"),
    "cli": ("exceptions", "_core", "_storage", "_config", "_session", "maintain"),
    "__main__": ("cli",),
    "pytest_plugin": (
        "exceptions",
        "_core",
        "_storage",
        "_config",
        "_session",
        "_runtime",
        "_guard",
        "interceptors",
        "_mock",
        *("_use", "_cassette"),
    ),
    "": ("exceptions", "_core", "_mock", "_cassette", "_api"),
}

THIRD_PARTY: dict[str, tuple[str, ...]] = {
    # room: the distributions it may use; those of a client, only the interceptor file of its name
    "_core": ("backports", "brotli", "brotlicffi", "jsonpath_rfc9535", "zstandard"),
    "_storage": ("filelock", "yaml"),
    "cli": ("click", "rich"),
    "pytest_plugin": ("pytest", "_pytest", "xdist"),
    "interceptors": ("anyio", "httpcore", "httpcore2", "httpx", "httpx2", "urllib3"),
}

PURE = {
    # the standard library without files, sockets, the clock, chance and other processes
    *(
        "__future__",
        "abc",
        "array",
        "base64",
        "binascii",
        "bisect",
        "codecs",
        "collections",
        "collections.abc",
    ),
    "copy",
    *("compression.zstd", "contextlib", "dataclasses", "datetime", "decimal", "difflib", "enum", "fnmatch"),
    *("fractions", "functools", "graphlib", "gzip", "hashlib", "heapq", "hmac", "html", "http", "importlib"),
    *("inspect", "ipaddress", "itertools", "json", "math", "numbers", "operator", "re", "reprlib", "string"),
    *("struct", "textwrap", "threading", "types", "typing", "unicodedata", "urllib.parse", "uuid"),
    *("warnings", "weakref", "zlib"),
}

IMPURE_CALLS = {
    # what a pure module of the standard library still offers, and the pure room leaves alone
    *("open", "print", "input", "exec", "eval", "uuid1", "uuid4", "uuid.uuid1", "uuid.uuid4"),
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
}

CLIENTS = ("aiohttp", "botocore", "httplib2", "httpx", "httpx2", "requests", "urllib3")

LIGHT: dict[str, tuple[str, ...]] = {
    # importing the one must not load any of the others
    "api_mocker": (*CLIENTS, "yaml", "pytest", "click"),
    "api_mocker.cli": (*CLIENTS, "pytest"),
    "api_mocker.interceptors": (*CLIENTS, "yaml", "pytest"),
    "api_mocker.pytest_plugin": CLIENTS,
}


class Import(NamedTuple):
    """One import of one module, by its full dotted name; `at` is for the message."""

    target: str
    at: str
    typing_only: bool


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


def room(module: str) -> str:
    """The first name below the package: a folder or a file."""
    return module.removeprefix(PACKAGE).lstrip(".").partition(".")[0]


@cache
def imports(path: Path) -> tuple[Import, ...]:
    """Every import of a file, relative ones resolved, `from . import name` as the module `name`."""
    found: list[Import] = []
    typing_only = {
        id(node)
        for guard in ast.walk(tree(path))
        if isinstance(guard, ast.If) and ast.unparse(guard.test).endswith("TYPE_CHECKING")
        for body in guard.body
        for node in ast.walk(body)
    }
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            at = f"{path.relative_to(ROOT.parent)}:{node.lineno}"
            found.extend(Import(name, at, id(node) in typing_only) for name in targets(node, path))
    return tuple(found)


def targets(node: ast.Import | ast.ImportFrom, path: Path) -> Iterator[str]:
    """The modules that an import statement names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    base = node.module or ""
    if node.level:
        here = module_name(path).split(".")
        package = here if path.name == "__init__.py" else here[:-1]
        base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
    for alias in node.names:
        submodule = f"{base}.{alias.name}"
        yield submodule if submodule in MODULES or submodule in PURE else base


def ours(target: str) -> bool:
    return target == PACKAGE or target.startswith(f"{PACKAGE}.")


def within(target: str, names: tuple[str, ...]) -> bool:
    """Whether a module is one of these, or lies in one of them."""
    return any(target == name or (name and target.startswith(f"{name}.")) for name in names)


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT.parent))


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_imports_run_downward(path: Path) -> None:
    """A module imports only from the rooms that lie below its own."""
    here = room(module_name(path))
    assert here in ROOMS, f"{ids(path)} is in no known room: say in ROOMS what {here!r} may import"
    allowed = ROOMS[here] if here == "" else (here, *ROOMS[here])
    wrong = [
        f"{found.at}: {here or PACKAGE} must not import {found.target}"
        for found in imports(path)
        if ours(found.target) and not within(found.target.removeprefix(PACKAGE).lstrip("."), allowed)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_each_dependency_has_its_room(path: Path) -> None:
    """A third-party library is imported only where THIRD_PARTY says that it is used."""
    allowed = THIRD_PARTY.get(room(module_name(path)), ())
    wrong = [
        f"{found.at}: {found.target} has no business here"
        for found in imports(path)
        if not ours(found.target)
        and found.target.partition(".")[0] not in sys.stdlib_module_names
        and not within(found.target, allowed)
    ]
    assert not wrong, "\n".join(wrong)


def test_a_client_is_known_to_one_interceptor() -> None:
    """No client is imported but by the files that are named after one interceptor (`urllib3`, `_urllib3_seams`)."""
    homes: dict[str, set[str]] = {}
    for path in FILES:
        if room(module_name(path)) == "interceptors":
            for found in imports(path):
                if within(found.target, CLIENTS):
                    family = path.stem.lstrip("_").partition("_")[0]
                    homes.setdefault(found.target.partition(".")[0], set()).add(family)
    assert {client: files for client, files in homes.items() if len(files) > 1} == {}


@pytest.mark.parametrize("path", [p for p in FILES if room(module_name(p)) == "_core"], ids=ids)
def test_the_core_is_pure(path: Path) -> None:
    """The core imports the pure part of the standard library only, and asks neither disk nor clock."""
    wrong = [
        f"{found.at}: {found.target} is not in PURE"
        for found in imports(path)
        if not ours(found.target)
        and not within(found.target, THIRD_PARTY["_core"])
        and found.target not in PURE
    ]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if {called, called.removeprefix("datetime.")} & IMPURE_CALLS:
                wrong.append(f"{ids(path)}:{node.lineno}: {called}() is not pure")
    assert not wrong, "\n".join(wrong)


def test_no_module_needs_itself() -> None:
    """The imports that run (those under TYPE_CHECKING do not) form no circle."""
    graph = {
        module: {
            found.target
            for found in imports(path)
            if found.target in MODULES and found.target != module and not found.typing_only
        }
        for module, path in MODULES.items()
    }
    TopologicalSorter(graph).prepare()  # CycleError names the circle


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_files_and_functions_stay_small(path: Path) -> None:
    """A file that outgrows MAX_FILE is two rooms; a function that outgrows MAX_FUNCTION, two thoughts."""
    lines = len(path.read_text(encoding="utf-8").splitlines())
    wrong = [f"{ids(path)}: {lines} lines"] if lines > MAX_FILE else []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION:
                wrong.append(f"{ids(path)}:{node.lineno}: {node.name} has {length} lines")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_each_file_tells_its_law_and_its_names(path: Path) -> None:
    """A file opens with a docstring, and one that defines anything says in `__all__` what is for others."""
    body = tree(path).body
    assert ast.get_docstring(tree(path)), f"{ids(path)} does not say what it is for"
    defines = any(isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) for node in body)
    named = any(
        ast.unparse(node).startswith("__all__")
        for node in body
        if isinstance(node, ast.Assign | ast.AnnAssign)
    )
    assert named or not defines, f"{ids(path)} has no __all__"


@pytest.mark.parametrize("module", LIGHT)
def test_a_start_loads_what_it_needs(module: str) -> None:
    """A fresh interpreter that imports `module` has loaded none of the heavy libraries it can do without."""
    code = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert loaded.isdisjoint(LIGHT[module]), f"{module} loads {sorted(loaded & set(LIGHT[module]))}"
