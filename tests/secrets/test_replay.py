"""A token is fetched and used again, in every encoding: the flow is recorded, and replays with no server."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import urllib3

from api_mocker import ApiMockerError, SwallowedRequests, use_cassette
from api_mocker._core.matching import DEFAULT
from api_mocker._session import set_session

from .places import Answer, Exchange
from .recorder import remains, serving

JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
TEXT = ("Content-Type", "text/plain")
XML = ("Content-Type", "application/xml")


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _url_safe(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def _each(form: str) -> Callable[[str], str]:
    """Every character escaped in this way, letters and digits, too."""
    return lambda text: "".join(form.format(ord(char)) for char in text)


ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda token: quote(token, safe=""),
    "percent, twice": lambda token: quote(quote(token, safe=""), safe=""),
    "percent, each letter": _each("%{:02X}"),
    "percent, each letter, in small digits": _each("%{:02x}"),
    "JSON, each letter": _each("\\u{:04x}"),
    "JSON, each letter, in capital digits": _each("\\u{:04X}"),
    "HTML, each letter": _each("&#x{:x};"),
    "HTML, each letter, in decimals": _each("&#{};"),
    "JSON, every second letter": lambda token: "".join(
        char if at % 2 else f"\\u{ord(char):04x}" for at, char in enumerate(token)
    ),
    "base64": _b64,
    "base64 behind one letter": lambda token: _b64(f"x{token}"),
    "base64 behind two letters": lambda token: _b64(f"xy{token}"),
    "base64 behind a user": lambda token: _b64(f"api:{token}"),
    "base64 in the middle": lambda token: _b64(f"xx{token}?and more?>>"),
    "base64 in the middle, one letter on": lambda token: _b64(f"xxx{token} y"),
    "base64 of it twice": lambda token: _b64(f"{token}:{token}"),
    "base64 without padding": lambda token: _b64(f"api:{token}").rstrip("="),
    "URL-safe base64": lambda token: _url_safe(f"?>>{token}???>"),
    "URL-safe base64 without padding": lambda token: _url_safe(f"user:{token}~~").rstrip("="),
}


def _json_in_json(coded: str) -> str:
    return json.dumps({"inner": json.dumps({"note": coded})})


PLACES: dict[str, Callable[[str], Exchange]] = {
    "path": lambda coded: Exchange(f"/u/{quote(coded, safe='%')}/rest/of/it"),
    "query": lambda coded: Exchange(f"/q?d={quote(coded, safe='%/')}&page=1"),
    "header": lambda coded: Exchange("/h", [("X-Api-Version", f"v {coded}")]),
    # Nothing in these encodings has to be escaped once more.
    "JSON": lambda coded: Exchange("/j", [JSON], f'{{"note": "{coded}", "n": 1}}'.encode()),
    "JSON in JSON": lambda coded: Exchange("/jj", [JSON], _json_in_json(coded).encode()),
    "form": lambda coded: Exchange("/f", [FORM], f"d={quote(coded, safe='')}&page=1".encode()),
    "text": lambda coded: Exchange("/t", [TEXT], f"see {coded} there".encode()),
    "XML": lambda coded: Exchange("/x", [XML], f"<a><b>{coded}</b></a>".encode()),
}

TOKENS = {
    "letters and digits": "Zx81qLm44TtR90pWc2",
    "with marks": "Zx-81qLm_44T.tR90pWc2+/7=",
    "a UUID": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "a JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSIsIm4iOjQyfQ.s3cr3tS1gnatur3-of-1t",
}


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, str]]:
    """Where each token is given out, and where all else is answered: ``""``."""
    with serving() as service:
        found = {"": service.add(Exchange())}
        for what, token in TOKENS.items():
            answer = Answer(json.dumps({"access_token": token}).encode())
            found[what] = service.add(Exchange(answer=answer))
        yield found


@pytest.fixture(autouse=True)
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process of its own to api-mocker: files are written at the end of `with`, not of the test."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    before = set_session(None)
    yield
    set_session(before)


def _flow(grant: str, use: str, encode: Callable[[str], str]) -> dict[str, str]:
    """What went wrong, by place, when a token is fetched and then used there."""
    wrong = {}
    with urllib3.PoolManager() as pool:
        got = pool.request("POST", grant, fields={"grant_type": "x"}, encode_multipart=False, retries=False)
        coded = encode(got.json()["access_token"])
        for place, made in PLACES.items():
            used = made(coded)
            try:
                done = pool.request(
                    "POST", use + used.target, headers=dict(used.headers), body=used.body, retries=False
                )
                assert done.json() == {"ok": True}
            except ApiMockerError as error:
                wrong[place] = str(error)
    return wrong


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_token_is_hidden_and_its_flow_replays(
    encoding: str, token: str, urls: dict[str, str], tmp_path: Path
) -> None:
    """In every place: what was recorded answers, though the client encodes the placeholder, not the token."""
    encode, path = ENCODINGS[encoding], tmp_path / "cassettes" / "flow.yaml"
    options: dict[str, Any] = {"match_on": (*DEFAULT, "headers"), "unused": "ignore"}
    with use_cassette(path, record_mode="once", **options):
        assert _flow(urls[token], urls[""], encode) == {}
    assert remains([path], [TOKENS[token]]) == set()
    set_session(None)
    wrong: dict[str, str] | None = None
    with suppress(SwallowedRequests), use_cassette(path, record_mode="none", **options) as replayed:
        wrong = _flow(urls[token], urls[""], encode)
    assert wrong == {}
    assert len(replayed.interactions) == 1 + len(PLACES)
