"""Whether the test that a cassette belongs to is still there, without importing anything.

The law of this file: a test counts as gone when its file proves it, and not before. What a syntax
tree cannot tell (a base class from elsewhere, ``import *``, names made at run time) is in doubt, and
in doubt the test is there.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = ["Owners", "literal_variants"]

_KNOWN_BASES = frozenset({"object", "TestCase", "IsolatedAsyncioTestCase", "ABC", "Protocol", "Generic"})
"""Classes that have no tests of their own to hand down."""

_MAKERS = frozenset({"globals", "setattr", "exec", "eval", "locals", "vars"})
"""Calls that may make names which stand nowhere."""

_Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(slots=True)
class _Scope:
    """The names of a module or a class; ``open`` says that there may be others."""

    names: dict[str, _Named | None] = field(default_factory=dict)
    open: bool = False

    @classmethod
    def of(cls, body: Iterable[ast.stmt]) -> _Scope:
        scope = cls()
        for statement in _flat(body):
            scope._note(statement)
        return scope

    def _note(self, statement: ast.stmt) -> None:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.names[statement.name] = statement
            case ast.Import() | ast.ImportFrom():
                for alias in statement.names:
                    self.open |= alias.name == "*"
                    self.names[alias.asname or alias.name.partition(".")[0]] = None
            case _:
                targets = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
                self.names |= {node.id: None for node in targets if isinstance(node.ctx, ast.Store)}


def _flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements, and those within ``if``, ``try``, ``with`` and loops."""
    for statement in body:
        yield statement
        if isinstance(statement, _Named):
            continue
        for name in ("body", "orelse", "finalbody"):
            yield from _flat(getattr(statement, name, ()))
        for inner in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from _flat(inner.body)


class Owners:
    """What test files hold; each is read once."""

    def __init__(self) -> None:
        self._modules: dict[Path, _Scope | None] = {}

    def gone(self, test: str, folders: Sequence[Path]) -> str | None:
        """What proves that the test of this node id is gone; None where it is there, or may be.

        `folders` are those that its path may start from.
        """
        place, _, rest = test.partition("::")
        paths = [path for folder in folders if (path := folder / place).exists()]
        if not paths:
            return f"there is no file {place}"
        names = rest.partition("[")[0].split("::")
        if not all(name.isidentifier() for name in names):
            return None  # a doctest, or an item of another plugin
        if any(self._may_hold(path, names) for path in paths):
            return None
        return f"{place} holds no {'.'.join(names)}"

    def _may_hold(self, path: Path, names: Sequence[str]) -> bool:
        if path not in self._modules:
            self._modules[path] = _read(path)
        module = self._modules[path]
        return module is None or _holds(module, names, module, set())


def _read(path: Path) -> _Scope | None:
    """The names of a module; None where it cannot be told."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
    scope = _Scope.of(tree.body)
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    scope.open |= any(isinstance(called, ast.Name) and called.id in _MAKERS for called in calls)
    return scope


def _holds(scope: _Scope, names: Sequence[str], module: _Scope, seen: set[str]) -> bool:
    first, *rest = names
    if first not in scope.names:
        return scope.open or any(_may_become(node, first) for node in scope.names.values())
    found = scope.names[first]
    if not rest or not isinstance(found, ast.ClassDef):
        return True  # it is there, or it came from elsewhere
    return _class_holds(found, rest, module, seen)


def _class_holds(found: ast.ClassDef, names: Sequence[str], module: _Scope, seen: set[str]) -> bool:
    if found.name in seen:
        return False
    seen.add(found.name)
    scope = _Scope.of(found.body)
    scope.open |= module.open or bool(found.keywords) or _is_made_over(found)
    if _holds(scope, names, module, seen):
        return True
    for base in found.bases:
        name = ast.unparse(base).partition("[")[0].rpartition(".")[2]
        below = module.names.get(name)
        if isinstance(below, ast.ClassDef):
            if _class_holds(below, names, module, seen):
                return True
        elif name not in _KNOWN_BASES:
            return True
    return False


def literal_variants(path: Path, names: Sequence[str]) -> int | None:
    """How many variants of a test its module spells out: all of its parameters are literals there.

    None where some may be made at run time. ``names`` are those of the classes around it, and its own.
    """
    try:
        body: Sequence[ast.stmt] = ast.parse(path.read_bytes()).body
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
    marks = [_module_marks(body)]
    for name in names:
        found = _Scope.of(body).names.get(name)
        if found is None:
            return None
        marks.append(found.decorator_list)
        body = found.body
    total = 1
    for mark in (each for level in marks for each in level):
        count = _variants(mark)
        if count is None:
            return None
        total *= count
    return total


def _module_marks(body: Iterable[ast.stmt]) -> list[ast.expr]:
    """What ``pytestmark`` of a module holds."""
    for statement in body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "pytestmark":
            value = statement.value
            return [*value.elts] if isinstance(value, ast.List | ast.Tuple) else [value]
    return []


def _variants(mark: ast.expr) -> int | None:
    """By how much a mark multiplies a test; None where that cannot be told."""
    if not isinstance(mark, ast.Call) or not ast.unparse(mark.func).endswith("parametrize"):
        return 1
    given = [*mark.args[1:2], *(each.value for each in mark.keywords if each.arg == "argvalues")]
    if len(given) != 1 or not isinstance(given[0], ast.List | ast.Tuple):
        return None
    values = given[0].elts
    return len(values) if all(map(_is_literal, values)) else None


def _is_literal(node: ast.expr) -> bool:
    """Whether a parameter, and with it its id, is the same in every run."""
    if isinstance(node, ast.Call):  # pytest.param(...)
        given = [*node.args, *(each.value for each in node.keywords if each.arg in (None, "id"))]
        return ast.unparse(node.func).endswith("param") and all(map(_is_literal, given))
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def _may_become(node: _Named | None, name: str) -> bool:
    """Whether a decorator may have made tests of this name out of it, as ``parameterized`` does."""
    return node is not None and name.startswith(f"{node.name}_") and _is_made_over(node)


def _is_made_over(node: _Named) -> bool:
    marks = ("pytest.mark.", "mark.")
    return any(not ast.unparse(decorator).startswith(marks) for decorator in node.decorator_list)
