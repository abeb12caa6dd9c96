"""Writes the tables and help pages of the documentation from the code that they describe.

    python docs/generate.py            # writes them between their markers
    python docs/generate.py --check    # says which pages are out of date, and changes nothing

The law of this file: what the code knows is not written a second time. A piece stands between
``<!-- generated: name -->`` and ``<!-- end of name -->``; `PIECES` says what makes it.
"""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import fields
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click
import httpx
import requests
import urllib3

from api_mocker import _config, _redact, cli, exceptions, interceptors, mock
from api_mocker._core import meaning, model, secret_names
from api_mocker._core.coding import CODINGS
from api_mocker._core.json_text import DEFAULT_LAYOUT, LAYOUTS
from api_mocker._core.matching import BUILT_IN, DEFAULT
from api_mocker._core.modes import DECISIONS, Situation
from api_mocker._core.placeholders import STAND_INS, stand_in
from api_mocker._core.secret_patterns import PATTERNS
from api_mocker._mock import OPTIONS as MOCK_OPTIONS
from api_mocker.maintain.check import RULES

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.secrets import harmless  # the values lie with the test that holds them

from tests import footprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

__all__ = ["PIECES", "outdated", "pages", "renewed"]

ROOT = Path(__file__).resolve().parent.parent

RIDERS = {
    "urllib3": "requests, boto3 and botocore, and all else on urllib3",
    "httpx": "`Client` and `AsyncClient`, and the SDKs on them",
    "httpx2": "`Client` and `AsyncClient`, and the SDKs on them",
}
"""What a client carries; the one thing here that no table of the code knows."""

_MARKED = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def code(value: object) -> str:
    """As code."""
    return f"`{value}`"


def modes() -> str:
    """What each record mode does, by what the cassette knows of a request."""
    rows = (
        [code(mode), *(decisions[situation].value for situation in Situation)]
        for mode, decisions in DECISIONS.items()
    )
    return table(["record mode", *(situation.value for situation in Situation)], rows)


def clients() -> str:
    """The clients that can be intercepted."""
    rows = []
    for client, file in interceptors.clients().items():
        floor = import_module(f"{interceptors.__name__}.{file}").CLIENTS[client]
        rows.append([code(client), floor, RIDERS[client]])
    return table(["client", "from release", "with it"], rows)


def options() -> str:
    """The options: names, defaults, places."""
    defaults = {field.name: getattr(_config.Config(), field.name) for field in fields(_config.Config)}
    return table(
        ["option", "default", "may stand in", "what it says"],
        ([code(name), code(_config.written(defaults[name])), ", ".join(option.places), option.summary]
         for name, option in _config.OPTIONS.items()),
    )  # fmt: skip


def redact() -> str:
    """What may stand in ``[tool.api_mocker.redact]``."""
    return table(["key", "what it lists"], ([code(key), summary] for key, summary in _redact.KEYS.items()))


def matchers() -> str:
    """The built-in matchers."""
    return table(
        ["matcher", "by default", "what it compares"],
        (
            [code(name), "yes" if name in DEFAULT else "no", aspect.summary]
            for name, aspect in BUILT_IN.items()
        ),
    )


def errors() -> str:
    """The tree of the errors, and what each says of itself."""
    tree = inspect.cleandoc(exceptions.__doc__ or "").partition("::\n\n")[2].partition("\n\nThe texts")[0]
    rows = []
    for name in exceptions.__all__:
        said = inspect.cleandoc(getattr(exceptions, name).__doc__ or "").partition("\n\n")[0]
        rows.append([code(name), said.replace("\n", " ")])
    return f"```text\n{inspect.cleandoc(tree)}\n```\n\n{table(['class', 'what it means'], rows)}"


def failures() -> str:
    """The kinds of failure, with the words that stand beside them in the code."""
    said = dict(re.findall(r'^    "(\w+)",  # (.*)$', inspect.getsource(model), re.MULTILINE))
    return table(["kind", "what happened"], ([code(kind), said[kind]] for kind in model.FAILURE_KINDS))


def failures_by_client() -> str:
    """The kinds of failure, and the class that each client raises for it: whatever it does raise."""
    rows = (
        [code(kind), *(code(_raised(kind, ask)) for ask in _ASKED.values())] for kind in model.FAILURE_KINDS
    )
    return table(["kind", *map(code, _ASKED)], rows)


def _raised(kind: str, ask: Callable[[str], object]) -> str:
    """The name under which people import the class of what this client raises when its transport fails so."""
    with mock() as mocker:
        declared = mocker.get("/")
        if kind == "closed_early":
            declared.respond_with(content=b"all of it", error=kind, after=3)
        else:
            declared.raises(kind)
        try:
            ask("https://api.example.com/")
        except Exception as error:  # noqa: BLE001  # which one it is, is the question
            return _imported(type(error))
    raise AssertionError(f"{kind}: nothing was raised")


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a failure on the way to a proxy has another class
    return session


_ASKED: dict[str, Callable[[str], object]] = {
    "requests": _session().get,
    "httpx": httpx.Client(trust_env=False, verify=False).get,  # noqa: S501  # nobody is asked; a trust store takes long
    "urllib3": partial(urllib3.PoolManager().request, "GET", retries=False),
}
"""How each client is asked, without retries, for a whole answer."""


def _imported(kind: type) -> str:
    package = kind.__module__.partition(".")[0]
    short = getattr(import_module(package), kind.__name__, None) is kind
    return f"{package if short else kind.__module__}.{kind.__name__}"


def mock_options() -> str:
    """The options that mean something to a mock."""
    return table(
        ["option", "default", "what it says"],
        ([code(name), code(_config.written(getattr(_config.Config(), name))), _config.OPTIONS[name].summary]
         for name in MOCK_OPTIONS),
    )  # fmt: skip


def layouts() -> str:
    """The layouts of JSON bodies."""
    rows = []
    for name, layout in LAYOUTS.items():
        indent = "all on one line" if layout.indent is None else _spelled(layout.indent)
        shown = f"{code(name)} (the default)" if name == DEFAULT_LAYOUT else code(name)
        rows.append([shown, _spelled(layout.comma), _spelled(layout.colon), indent, _spelled(layout.end)])
    return table(["layout", "between members", "behind a key", "indentation", "at the end"], rows)


def _spelled(space: str) -> str:
    named = {"": "nothing", "\t": "a tab", "\n": "a newline"}
    if space in named:
        return named[space]
    return f"{len(space)} space{'s' if len(space) > 1 else ''}" if space.isspace() else f'`"{space}"`'


def codings() -> str:
    """The content codings that are taken off, and their recipes."""
    rows = []
    for name, file in CODINGS.items():
        rule = import_module(f"api_mocker._core.{file}")
        defaults: Mapping[str, int | str] = rule._DEFAULTS  # noqa: SLF001  # they are part of the format
        settings = ", ".join(code(f"{key}={value}") for key, value in defaults.items())
        rows.append([code(name), code(rule.PACKAGE) if rule.PACKAGE else "Python's own", settings])
    return table(["`encoding`", "library", "settings of a recipe, with their defaults"], rows)


def stand_ins() -> str:
    """The reserved ranges of numbers."""
    kinds = {
        "number:9": "numbers of up to 9 digits",
        "number:16": "numbers of more than 9 digits",
        "uuid:4": "UUIDs",
        "email:1": "e-mail addresses",
        "jwt:3": "JSON Web Tokens",
    }
    rows = []
    for kind, row in STAND_INS.items():
        first, last, stands = stand_in(kind, 1), stand_in(kind, row.room), kinds[kind]
        rows.append([f"{first} to {last}" if row.digits else f"{first} and on", stands])
    return table(["range", "stands for"], rows)


def kept_headers() -> str:
    """The request headers that are stored."""
    return f"{', '.join(map(code, sorted(secret_names.REQUEST_HEADERS)))}\n"


def false_alarms() -> str:
    """How many harmless values redaction hides all the same, measured while this is written."""
    found = harmless.alarms()
    of = len(harmless.HARMLESS)
    rows = [[place, f"{len(hidden)} of {of}"] for place, hidden in found.items()]
    total = sum(map(len, found.values()))
    rows.append(["all of them", f"{total} of {of * len(found)}, {total / (of * len(found)):.1%}"])
    return table(["where it stands", "hidden for nothing"], rows)


def footprints() -> str:
    """What replaying and recording take of memory at most."""
    rows = [
        [each.what, f"{each.of // 1024} GiB", f"less than {each.most} MiB"]
        for each in footprint.MEASURED.values()
    ]
    return table(["what", "of", "takes"], rows)


def secrets() -> str:
    """The names and the forms of values that are secrets."""
    places = {
        "JSON keys, form fields, cookies": secret_names.FIELDS,
        "headers, besides": _besides(secret_names.HEADERS, secret_names.FIELDS),
        "forms, besides": _besides(secret_names.FORM_FIELDS, secret_names.FIELDS),
        "queries, besides": _besides(secret_names.QUERY, secret_names.FIELDS),
    }
    rows = [[place, ", ".join(map(code, names))] for place, names in places.items()]
    forms = dict.fromkeys(sorted(pattern.name for pattern in PATTERNS))
    rows.append(["anywhere, by their form", ", ".join(map(code, forms))])
    after = [*sorted(secret_names.MAILED), *(f"?{name}" for name in sorted(secret_names.MARKERS))]
    rows.append(["paths, the segment after", ", ".join(map(code, after))])
    return table(["where", "what"], rows)


def _besides(names: Sequence[str], others: Sequence[str]) -> list[str]:
    return [name for name in names if name not in others]


def noise() -> str:
    """The headers whose change means nothing."""
    words = re.sub(r"\s*\|\s+|\s+", " ", meaning._NOISE.pattern).split()  # noqa: SLF001  # the table itself
    return f"{', '.join(map(code, words))}\n"


def commands() -> str:
    """The help page of every command."""
    pieces = (
        f"## `{context.command_path}`\n\n```text\n{context.get_help()}\n```\n"
        for context in _contexts(cli.main)
    )
    return "\n".join(pieces)


def _contexts(
    command: click.Command, parent: click.Context | None = None, name: str = "api-mocker"
) -> Iterator[click.Context]:
    context = click.Context(command, parent, info_name=name, terminal_width=88, **command.context_settings)
    yield context
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            if found is not None and not found.hidden:
                yield from _contexts(found, context, below)


def checks() -> str:
    """What ``check`` looks for."""
    return table(["rule", "what it finds"], ([code(name), rule.summary] for name, rule in RULES.items()))


PIECES: dict[str, Callable[[], str]] = {
    "checks": checks,
    "clients": clients,
    "codings": codings,
    "commands": commands,
    "errors": errors,
    "failures": failures,
    "failures-by-client": failures_by_client,
    "false-alarms": false_alarms,
    "footprints": footprints,
    "kept-headers": kept_headers,
    "layouts": layouts,
    "matchers": matchers,
    "mock-options": mock_options,
    "modes": modes,
    "noise": noise,
    "options": options,
    "redact": redact,
    "secrets": secrets,
    "stand-ins": stand_ins,
}
"""What stands between the markers of each name."""


RUN = "side-by-side-"
"""Pieces whose names begin so are written by ``nox -s side_by_side``, which has to run the peers for them."""


def renewed(page: str) -> str:
    """The page with every generated piece as the code has it now; KeyError for a name without a piece."""

    def piece(found: re.Match[str]) -> str:
        return found[0] if found[2].startswith(RUN) else f"{found[1]}\n{PIECES[found[2]]()}\n{found[3]}"

    return _MARKED.sub(piece, page)


def pages() -> Iterator[Path]:
    """The pages of the project."""
    yield ROOT / "README.md"
    yield from sorted(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts)


def outdated() -> list[Path]:
    """The pages in which a piece is not as the code has it."""
    return [page for page in pages() if (text := page.read_text("utf-8")) != renewed(text)]


def main(arguments: Sequence[str]) -> int:
    """Writes the pages, or (``--check``) names those that are out of date."""
    old = outdated()
    for page in old:
        sys.stdout.write(f"{page.relative_to(ROOT)}\n")
        if "--check" not in arguments:
            page.write_text(renewed(page.read_text("utf-8")), "utf-8")
    return 1 if old and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
