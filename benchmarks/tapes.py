"""The same exchanges in every tool's own words: cassettes as each of them writes them.

The law of this file: what a contestant reads is what it would have recorded itself. Recording ten
thousand exchanges takes some of them hours, so their files are written here, from the forms of
what they did record.
"""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

__all__ = ["HOST", "Tapes", "body", "tape", "url"]

HOST = "http://api.example.com"
MOMENT = "2026-01-31T12:00:00"


def url(number: int) -> str:
    """The address of an exchange."""
    return f"{HOST}/v1/items/{number}"


def body(number: int) -> bytes:
    """About 1 KiB of JSON."""
    parts = [
        {
            "sku": f"A-{number}-{n}",
            "price": n + 0.95,
            "stock": n * 7,
            "tags": ["new", None],
            "sale": n % 2 == 0,
        }
        for n in range(12)
    ]
    return json.dumps(
        {"id": number, "name": f"Item {number}", "parts": parts}, separators=(",", ":")
    ).encode()


def _api_mocker(numbers: Iterable[int]) -> str:
    documents = ["# api-mocker cassette\ncassette: 1\n"]
    for number in numbers:
        content = body(number)
        pretty = textwrap.indent(json.dumps(json.loads(content), indent=2), " " * 6)
        documents.append(
            f"request:\n  method: GET\n  url: {url(number)}\n  headers:\n    accept: '*/*'\n"
            "response:\n  status: 200\n  headers:\n    content-type: application/json\n"
            f"    content-length: '{len(content)}'\n  body:\n    json: |-\n{pretty}\n"
            f"recorded_at: '{MOMENT}Z'\n"
        )
    return "---\n".join(documents) + "...\n"


def _vcrpy(numbers: Iterable[int]) -> str:
    interactions = [
        "- request:\n    body: null\n    headers:\n      Accept:\n      - '*/*'\n"
        f"    method: GET\n    uri: {url(number)}\n"
        f"  response:\n    body:\n      string: '{body(number).decode()}'\n"
        "    headers:\n      Content-Type:\n      - application/json\n"
        f"      Content-Length:\n      - '{len(body(number))}'\n"
        "    status:\n      code: 200\n      message: OK\n"
        for number in numbers
    ]
    return "interactions:\n" + "".join(interactions) + "version: 1\n"


def _cassetter(numbers: Iterable[int]) -> str:
    interactions = [
        f"- request:\n    method: GET\n    uri: {url(number)}\n    headers:\n      accept:\n      - '*/*'\n"
        "    body:\n      type: none\n"
        f"  response:\n    status: 200\n    headers:\n      content-length:\n      - '{len(body(number))}'\n"
        "      content-type:\n      - application/json\n    body:\n      type: json\n      content:\n"
        + textwrap.indent(yaml.dump(json.loads(body(number)), Dumper=yaml.CSafeDumper), " " * 8)
        + f"  recorded_at: {MOMENT}+00:00\n"
        for number in numbers
    ]
    return "version: 1\ninteractions:\n" + "".join(interactions)


def _betamax(numbers: Iterable[int]) -> str:
    interactions = [
        {
            "request": {
                "body": {"encoding": "utf-8", "string": ""},
                "headers": {"Accept": ["*/*"]},
                "method": "GET",
                "uri": url(number),
            },
            "response": {
                "body": {"encoding": "utf-8", "string": body(number).decode()},
                "headers": {
                    "Content-Type": ["application/json"],
                    "Content-Length": [str(len(body(number)))],
                },
                "status": {"code": 200, "message": "OK"},
                "url": url(number),
            },
            "recorded_at": MOMENT,
        }
        for number in numbers
    ]
    return json.dumps({"http_interactions": interactions, "recorded_with": "betamax/0.9.0"})


_WRITERS: Mapping[str, tuple[str, Callable[[Iterable[int]], str]]] = {
    "api-mocker": ("yaml", _api_mocker),
    "vcrpy": ("yaml", _vcrpy),
    "cassetter": ("yaml", _cassetter),
    "betamax": ("json", _betamax),
}


class Tapes:
    """Cassettes in a folder, each written when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, tool: str, size: int) -> Path:
        """The cassette of `size` exchanges, numbered from 0, in the form of `tool`."""
        extension, write = _WRITERS[tool]
        path = self.folder / f"{tool}-{size}.{extension}"
        if not path.exists():
            path.write_text(write(range(size)), "utf-8")
        return path


def tape(tool: str, numbers: Iterable[int]) -> str:
    """The text of one cassette in the form of `tool`."""
    return _WRITERS[tool][1](numbers)
