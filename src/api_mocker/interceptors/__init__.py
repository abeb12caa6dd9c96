"""One file per client family, named after its import name; the folder is the registry.

The law of this file: installing is counted and undone in reverse order, a client is touched only
when somebody has imported it, and a seam that cannot be laid is an error, never silence.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from pkgutil import iter_modules
from threading import RLock
from typing import TYPE_CHECKING, Any

from ._seam import Seam, lay, lift

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["clients", "install", "uninstall"]

_lock = RLock()
_users = 0
_laid: list[tuple[Seam, Callable[..., Any]]] = []  # Any: as in _seam


@cache
def clients() -> Mapping[str, str]:
    """The import names of the clients that can be intercepted, and the file that does it."""
    found: dict[str, str] = {}
    for module in iter_modules(__path__):
        if not module.name.startswith("_"):
            for client in import_module(f"{__name__}.{module.name}").CLIENTS:
                found[client] = module.name
    return found


def install() -> None:
    """Steps in at every client that is imported now, or will be; the last `uninstall` steps out again."""
    global _users  # noqa: PLW0603  # seams are laid into the process
    with _lock:
        _users += 1
        if _users > 1:
            return
        known = clients()  # before anything watches what is imported: these are imports too
        try:
            sys.meta_path.insert(0, _watch)
            for client, file in known.items():
                if sys.modules.get(client) is not None:
                    _lay(client, file)
        except BaseException:
            uninstall()
            raise


def uninstall() -> None:
    """Undoes one `install`."""
    global _users  # noqa: PLW0603  # seams are laid into the process
    with _lock:
        _users -= 1
        if _users:
            return
        if _watch in sys.meta_path:
            sys.meta_path.remove(_watch)
        while _laid:
            lift(*_laid.pop())


def _lay(client: str, file: str) -> None:
    with _lock:
        for seam in import_module(f"{__name__}.{file}").seams(client):
            # Two import names may be one module (httpx2.alias_httpx): a class is touched once.
            if not any(seam.owner is other.owner and seam.name == other.name for other, _ in _laid):
                _laid.append((seam, lay(client, seam)))


class _Watch(MetaPathFinder):
    """Lays the seams into a client that is imported while a cassette is active."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        file = clients().get(fullname) if "." not in fullname else None
        if file is None:
            return None
        # The others are asked one by one: to step aside for a moment would let another thread's import pass.
        found = (finder.find_spec(fullname, path, target) for finder in sys.meta_path if finder is not self)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _Laying(spec.loader, fullname, file)
        return spec


class _Laying(Loader):
    """A client's own loader, and the seams as soon as it is done."""

    def __init__(self, loader: Loader, client: str, file: str) -> None:
        self._loader = loader
        self._client = client
        self._file = file

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = module.__spec__.loader = self._loader  # type: ignore[union-attr]  # it was found by one
        self._loader.exec_module(module)
        with _lock:
            if _users:
                _lay(self._client, self._file)


_watch = _Watch()
