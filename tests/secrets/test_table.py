"""No secret is left, of whatever kind and in whatever place it was recorded.

Each place has its own cassette, in which every kind stands once: no value is known from elsewhere, so
each has to be told where it stands. A second cassette has them under a name that says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api_mocker import use_cassette
from api_mocker._session import set_session

from .kinds import KINDS, Kind
from .places import PLACES, Place
from .recorder import Service, remains, sends, serving

UNTOLD = {
    # place: kinds that nothing tells there, and why
    "JSON, a list under the name": (
        {"oauth code", "hmac signature X-Hub"},
        "many a list of codes is none of secrets",
    ),
    "path after its name": ({"dictionary-word password", "cvc"}, "/password/reset and /pin/123 are routes"),
    "Location, path after its name": ({"dictionary-word password", "cvc"}, "as in a path"),
}


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving() as service:
        yield service


@pytest.fixture(autouse=True)
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process of its own to api-mocker: files are written at the end of `with`, not of the test."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    before = set_session(None)
    yield
    set_session(before)


def recorded(
    service: Service, folder: Path, place: Place, kinds: list[Kind], name: str | None = None
) -> list[str]:
    """What is found of the kinds in the files that a recording of them wrote."""
    with use_cassette(folder / "cassettes" / "all.yaml", record_mode="once") as cassette:
        sends(service, [place.make(name or kind.name, kind.value) for kind in kinds])
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(cassette.interactions) == len(kinds)
    assert folder / "cassettes" / "all.yaml" in files
    left = remains(files, [core for kind in kinds for core in kind.cores])
    return [kind.what for kind in kinds if left & {*kind.cores}]


def test_the_table_is_large() -> None:
    """At least 60 kinds, in at least 12 places."""
    assert len({kind.what for kind in KINDS}) >= 60
    assert len({place.what for place in PLACES}) >= 12
    assert sum(kind.told == "form" for kind in KINDS) >= 60


def test_the_search_finds_what_is_there(service: Service, tmp_path: Path) -> None:
    """What was recorded without rules is found, in every place: the table does not pass by blindness."""
    for place in PLACES:
        exchange = place.make("note", "pl41n-v4lue-l3ft")
        texts = [exchange.target, *(value for _, value in [*exchange.headers, *exchange.answer.headers])]
        bodies = [exchange.body, exchange.answer.body]
        if "gzip" in place.what:
            continue
        texts += [body.decode("latin-1") for body in bodies] + [exchange.answer.reason]
        assert remains(texts, ["pl41n-v4lue-l3ft"]), place.what


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.what)
def test_under_its_own_name(service: Service, tmp_path: Path, place: Place) -> None:
    """Every kind of secret, under the name that such a field has."""
    untold, _ = UNTOLD.get(place.what, (set(), ""))
    kinds = [kind for kind in KINDS if (place.names or kind.told == "form") and kind.what not in untold]
    assert recorded(service, tmp_path, place, kinds) == []


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.what)
def test_under_any_name(service: Service, tmp_path: Path, place: Place) -> None:
    """Every kind that has a form of its own, under a name that says nothing."""
    kinds = [kind for kind in KINDS if kind.told == "form"]
    assert recorded(service, tmp_path, place, kinds, "note") == []
