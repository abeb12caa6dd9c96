"""Recordings of other tools: read, whatever they hold, and written again with nothing but values changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from api_mocker._storage.foreign.document import FORMATS, Document, read
from api_mocker._storage.foreign.looks import looks_foreign
from api_mocker._storage.foreign.tree import Scalar
from api_mocker.exceptions import CassetteUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parents[2] / "foreign_cassettes"
FILES = sorted(path for path in HERE.iterdir() if path.suffix not in (".py", ".md"))
INTERACTION: dict[str, Any] = {
    "request": {"method": "GET", "uri": "https://h/a", "headers": {"A": ["b"]}, "body": None},
    "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "hi"}},
}


def document(content: str | bytes) -> Document:
    """A recording that there is."""
    found = read(content if isinstance(content, bytes) else content.encode())
    assert found is not None
    return found


def vcr(response: Any = None, **more: Any) -> dict[str, Any]:
    """A cassette of one interaction, in the shape of vcrpy."""
    interaction = {**INTERACTION, "response": {**INTERACTION["response"], **(response or {})}}
    return {"interactions": [interaction], "version": 1, **more}


def body(content: str) -> bytes:
    """The body of the one answer."""
    response = document(content).exchanges[0].interaction().response
    assert response is not None
    return response.body


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_real_tools_wrote_is_read(path: Path) -> None:
    """Each file is of the format that it is called after, and holds a login whose answer is JSON."""
    found = document(path.read_bytes())
    assert found.format == {"browser": "har"}.get(path.stem, path.stem.partition("_")[0])
    logins = [each.interaction() for each in found.exchanges if "/login?" in each.interaction().request.url]
    (login,) = logins
    assert login.response is not None
    assert login.response.status == 200
    assert login.response.headers.get("content-type") == "application/json"
    assert login.response.json()["id_token"] == "1d-Wc3Ty6Un0Bm"
    assert login.response.json()["again"].endswith("\nyes")
    if found.is_placed:
        text = path.read_text("utf-8")
        assert all(
            text[each.start : each.end] for each in found.scalars() if each.value and each.style != "plain"
        )


def test_each_format_is_tried_on_a_real_file() -> None:
    """No reader goes without one."""
    assert {document(path.read_bytes()).format for path in FILES} == set(FORMATS)


BODIES: dict[str, tuple[str, bytes]] = {
    "a text": ("body: {string: hi}", b"hi"),
    "no mapping": ("body: hi", b"hi"),
    "nothing": ("body: null", b""),
    "an empty mapping": ("body: {}", b""),
    "bytes": ("body: {string: !!binary /wAB}", b"\xff\x00\x01"),
    "base64": ("body: {base64_string: aGk=}", b"hi"),
    "Python 2": ("body: {string: !!python/unicode 'h\u00e9'}", "h\u00e9".encode()),
    "a number": ("body: {string: 12}", b"12"),
}


@pytest.mark.parametrize("kind", BODIES)
def test_bodies_of_vcrpy(kind: str) -> None:
    """In each of the ways in which its releases wrote one."""
    written, wanted = BODIES[kind]
    assert body(
        "interactions:\n- request: {method: GET, uri: 'https://h/a', headers: {A: b, C: [d, e]}, body: null}\n"
        f"  response: {{status: {{code: 200, message: OK}}, headers: {{}}, {written}}}\nversion: 1\n"
    ) == wanted  # fmt: skip


def test_ruby_s_vcr_is_read() -> None:
    """betamax took its shape."""
    text = (
        "---\nhttp_interactions:\n- request:\n    method: get\n    uri: https://h/a\n    body:\n"
        "      encoding: US-ASCII\n      string: ''\n    headers: {}\n  response:\n    status:\n      code: 200\n"
        "      message: OK\n    headers: {}\n    body:\n      encoding: ASCII-8BIT\n      string: !binary |-\n"
        "        /wA=\n  recorded_at: Thu, 26 Nov 2026 04:49:39 GMT\nrecorded_with: VCR 6.1.0\n"
    )
    assert body(text) == b"\xff\x00"
    assert document(text).format == "betamax"


def test_aliases_are_followed() -> None:
    """As PyYAML writes them for what two interactions share."""
    shared = {"X-Token": ["t0ken-of-both"]}
    request = {"method": "GET", "uri": "https://h/a", "headers": shared, "body": None}
    one = {**INTERACTION, "request": request}
    text = yaml.safe_dump(
        {"interactions": [one, {**one, "request": {**request, "uri": "https://h/b"}}], "version": 1}
    )
    assert "*id001" in text
    found = [each.interaction().request for each in document(text).exchanges]
    assert [each.headers.get("x-token") for each in found] == ["t0ken-of-both"] * 2


REFUSED: dict[str, str] = {
    "cut off": "interactions:\n- request:\n    body: 'abc\n",
    "no request": "interactions:\n- {response: {}, request: null}\n",
    "no status": "interactions:\n- {request: {method: GET, uri: 'https://h/'}, response: {}}\n",
    "a bomb": "x: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{a}: &{a} [{','.join([f'*{b}'] * 9)}]\n" for a, b in zip("bcdefghij", "abcdefghi", strict=True)
    )
    + "interactions: []\n",
    "an alias of itself": "interactions: &a [*a]\n",
    "an alias of nothing": "interactions: [*a]\n",
    "two documents": "interactions: []\n---\n{}\n",
    "deep JSON": '{"interactions": [{"request": ' + "[" * 5000 + "]" * 5000 + "}]}",
    "deep YAML": "interactions: [" + "[" * 500 + "]" * 500 + "]\n",
    "JSON that is cut": '{"http_interactions": [{"request": {"met',
    "no base64": '{"interactions": [{"request": {"method": "GET", "uri": "https://h/"}, "response": '
    '{"status": 200, "body": {"base64_string": "%%%"}}}]}',
    "no URL": '{"interactions": [{"request": {"method": "GET", "uri": "https://[/"}, "response": {"status": 200}}]}',
    "TOML that is cut": '[[interactions]]\n[interactions.request]\nmethod = "',
    "no UTF-8": "interactions: []\nx: \udcff\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_looks_like_one_and_is_none(name: str) -> None:
    """It is refused with a line, and with no word of what it holds."""
    content = REFUSED[name].encode("utf-8", "surrogateescape")
    assert looks_foreign(content)
    with pytest.raises(CassetteUnreadable, match="looks like a recording of another tool") as caught:
        read(content, Path("some.yaml"))
    assert caught.value.line
    assert "[[[" not in str(caught.value)


STRANGERS = {
    "ours": "# api-mocker cassette\ncassette: 1\n---\nrequest:\n  method: GET\n  url: https://h/\n",
    "ours of interactions": "cassette: 1\ninteractions: []\n---\nrequest:\n",
    "OpenAPI": "openapi: 3.1.0\npaths: {}\n",
    "compose": "services:\n  interactions:\n    image: request\n",
    "package": '{"name": "a", "log": true}',
    "settings": '{"log": {"level": "info"}, "entries": []}',
    "a list": "[1, 2]",
    "a mapping of others": "interactions: &a\n  request: {}\n",
    "a note": "interactions: many\nrequest: none\n",
    "nothing": "",
}


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_no_recording_is_left_alone(name: str) -> None:
    """None, and no error: it is for another reader."""
    assert read(STRANGERS[name].encode()) is None


begun = st.sampled_from(
    [
        b"interactions:\n- request:\n",
        b'{"http_interactions": [{"',
        b'{"log": {"entries": [',
        b"[[interactions]]\n",
    ]
)
words = st.sampled_from(
    [*(b"    body: ", b"{string: ", b"!!binary ", b"'", b'"', b"\n", b"- ", b": ", b"&a ", b"*a", b"[", b"]", b"{"), b"}",
     b"request", b"response", b'"status": 200', b"|\n  ", b">-\n ", b"\\u00", b"\xff", b"\t", b"# ", b"<<: "]
)  # fmt: skip
# What a part of a real file may become.
real = st.sampled_from([path.read_bytes() for path in FILES])


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A real file, of which a part is another one."""
    content = draw(real)
    start = draw(st.integers(0, len(content)))
    end = min(len(content), start + draw(st.integers(0, 40)))
    return content[:start] + draw(st.one_of(st.binary(max_size=6), words)) + content[end:]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.builds(lambda a, b: a + b"".join(b), begun, st.lists(words, max_size=30)), spoilt(), st.binary()
    )
)
def test_any_bytes_give_interactions_or_are_refused(content: bytes) -> None:
    """Nothing else comes of them; and what nothing is changed in is written again byte for byte."""
    try:
        found = read(content)
        interactions = [each.interaction() for each in (*found.exchanges, *found.beside)] if found else []
    except CassetteUnreadable:
        return
    if found is not None:
        assert interactions
        assert found.rewritten({}, str) == content


def dumped(style: str | None, width: int, **more: Any) -> Callable[[Any], str]:
    """YAML in this style."""
    return lambda data: yaml.safe_dump(data, default_style=style, width=width, allow_unicode=True, **more)


WRITERS: dict[str, Callable[[Any], str]] = {
    "plain": dumped(None, 80),
    "narrow": dumped(None, 20),
    "double": dumped('"', 30),
    "single": dumped("'", 25),
    "literal": dumped("|", 80),
    "folded": dumped(">", 30),
    "flow": lambda data: (
        f"interactions: {dumped(None, 40, default_flow_style=True)(data['interactions'])}"
        f"{dumped(None, 80)({key: value for key, value in data.items() if key != 'interactions'})}"
    ),
    "JSON": json.dumps,
    "JSON, indented": lambda data: json.dumps(data, indent=1, ensure_ascii=False),
}
TEXTS = st.text(st.sampled_from("ab \n\t'\"\\:#-{}%\u00e9\u20ac\U0001f600"), max_size=60)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([*WRITERS]), TEXTS, TEXTS, TEXTS)
def test_a_value_is_replaced_where_it_stands(writer: str, before: str, value: str, behind: str) -> None:
    """In every style in which YAML and JSON are written; all other values read as they did."""
    secret, mask = f"s3cr{value}et", "<redacted:token:1>"
    data = vcr({"body": {"string": before + secret + behind}}, note=before)
    text = WRITERS[writer](data)
    load = json.loads if writer.startswith("JSON") else yaml.safe_load
    assume(load(text) == data)  # PyYAML folds some texts into others
    found = document(text)
    (held,) = (each for each in found.scalars() if each.value == before + secret + behind)
    new = found.rewritten({held: before + mask + behind}, str).decode()
    data["interactions"][0]["response"]["body"]["string"] = before + mask + behind
    assert load(new) == data


def test_of_what_did_not_change_nothing_changes() -> None:
    """Comments, quotes, folds and order stay; only the value is another one."""
    text = (
        "# by hand\ninteractions:  # all of them\n- request: {uri: 'https://h/a?x=1',   method: GET}\n"
        '  response:\n    status: {message: OK, code: 200}\n    body:\n      string: "one two\n'
        '        thr\\x65e tok-4711-abc four\\\n        \\ five"\n    headers: {}\nversion: 1\n'
    )
    found = document(text)
    (held,) = (each for each in found.scalars() if "tok-4711" in each.value)
    new = found.rewritten({held: held.value.replace("tok-4711-abc", "<redacted:token:1>")}, str)
    assert new.decode() == text.replace("tok-4711-abc", "<redacted:token:1>")


def test_comments_are_looked_at() -> None:
    """And a number sign in a value is none."""
    text = "# one\ninteractions: []  # two\nversion: '# three'\nx: a#b\n"
    seen: list[str] = []

    def hide(comment: str) -> str:
        seen.append(comment)
        return comment.replace("two", "2")

    assert document(text).rewritten({}, hide).decode() == text.replace("two", "2")
    assert seen == ["# one", "# two"]


def test_a_scalar_knows_its_line() -> None:
    """In JSON as in YAML."""
    for text in (json.dumps(vcr(), indent=1), yaml.safe_dump(vcr())):
        (held,) = (each for each in document(text).scalars() if each.value == "https://h/a")
        assert isinstance(held, Scalar)
        assert "https://h/a" in text.splitlines()[held.line - 1]
