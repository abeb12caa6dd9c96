"""Every place in which a value may stand, as one exchange each.

The law of this file: a place is a function of a field name and a value. `names` says whether redaction
reads names there; where it does not (a reason phrase, a binary format), only forms can tell.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

__all__ = ["PLACES", "Answer", "Exchange", "Place"]

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What the server says; more than one chunk: it streams them."""

    body: bytes = b'{"ok":true}'
    kind: str = "application/json"
    headers: Pairs = field(default_factory=list)
    status: int = 200
    reason: str = "OK"
    chunks: bool = False


@dataclass(frozen=True)
class Exchange:
    """What is sent and answered; `target` follows a path of the server's."""

    target: str = ""
    headers: Pairs = field(default_factory=list)
    body: bytes = b""
    answer: Answer = field(default_factory=Answer)


@dataclass(frozen=True)
class Place:
    """`make` puts a value under a name."""

    what: str
    make: Callable[[str, str], Exchange]
    names: bool


PLACES: list[Place] = []


def place(what: str, *, names: bool = True) -> Callable[[Callable[[str, str], Exchange]], None]:
    def added(make: Callable[[str, str], Exchange]) -> None:
        PLACES.append(Place(what, make, names))

    return added


def line(value: str) -> str:
    """As a header holds it: one line, in the bytes of UTF-8."""
    return value.replace("\n", " ").strip().encode().decode("latin-1")


def word(name: str) -> str:
    """As an identifier."""
    return name.replace("-", "_").replace(".", "_")


def deep(name: str, value: str) -> bytes:
    return json.dumps({"data": {"items": [{"meta": {name: value}}]}}).encode()


def sent(body: bytes, kind: str = "application/json", *more: tuple[str, str]) -> Exchange:
    return Exchange(headers=[("Content-Type", kind), *more], body=body)


def got(
    body: bytes, kind: str = "application/json", *more: tuple[str, str], chunks: bool = False
) -> Exchange:
    return Exchange(answer=Answer(body, kind, [*more], chunks=chunks))


def told(name: str, value: str, *, status: int = 200) -> Exchange:
    """A header of the response."""
    return Exchange(answer=Answer(headers=[(name, value)], status=status))


@place("request header")
def _(name: str, value: str) -> Exchange:
    return Exchange(headers=[(name.replace("_", "-"), line(value))])


@place("request header of the allow-list")
def _(name: str, value: str) -> Exchange:
    return Exchange(headers=[("Prefer", f"x; {name}={line(value)}")])


@place("query")
def _(name: str, value: str) -> Exchange:
    return Exchange(f"?a=1&{urlencode({name: value})}&z=2")


@place("path", names=False)
def _(name: str, value: str) -> Exchange:
    return Exchange(f"/{quote(value, safe='')}/x")


@place("path after its name")
def _(name: str, value: str) -> Exchange:
    return Exchange(f"/{quote(name, safe='')}/{quote(value, safe='')}")


@place("JSON, deep")
def _(name: str, value: str) -> Exchange:
    return sent(deep(name, value))


@place("JSON, a list under the name")
def _(name: str, value: str) -> Exchange:
    return sent(json.dumps({name: [value]}).encode())


@place("JSON, name and value as a pair")
def _(name: str, value: str) -> Exchange:
    return sent(json.dumps({"env": [{"name": name, "value": value}, {"value": "1", "key": "A"}]}).encode())


@place("JSON in a string of JSON")
def _(name: str, value: str) -> Exchange:
    return sent(json.dumps({"payload": json.dumps({name: value})}).encode())


@place("JSON in base64 in JSON")
def _(name: str, value: str) -> Exchange:
    coded = base64.b64encode(json.dumps({name: value}).encode()).decode()
    return sent(json.dumps({"data": coded}).encode())


@place("JSON, every letter escaped")
def _(name: str, value: str) -> Exchange:
    escaped = "".join(f"\\u{ord(char):04x}" for char in value)
    return got(f'{{{json.dumps(name)}:"{escaped}"}}'.encode())


@place("JSON, gzip request")
def _(name: str, value: str) -> Exchange:
    return sent(gzip.compress(deep(name, value)), "application/json", ("Content-Encoding", "gzip"))


@place("JSON, gzip response")
def _(name: str, value: str) -> Exchange:
    return got(gzip.compress(deep(name, value)), "application/json", ("Content-Encoding", "gzip"))


@place("JSON of the response")
def _(name: str, value: str) -> Exchange:
    return got(deep(name, value))


@place("JSON lines")
def _(name: str, value: str) -> Exchange:
    return got(b'{"a":1}\n' + json.dumps({name: value}).encode() + b"\n", "application/x-ndjson", chunks=True)


@place("events of JSON, in chunks")
def _(name: str, value: str) -> Exchange:
    return got(f"event: m\ndata: {json.dumps({name: value})}\n\n".encode(), "text/event-stream", chunks=True)


@place("events of text, in chunks")
def _(name: str, value: str) -> Exchange:
    text = value.replace("\n", " ").strip()
    return got(f'data: {name}: "{text}" is it\n\n'.encode(), "text/event-stream", chunks=True)


@place("form")
def _(name: str, value: str) -> Exchange:
    return sent(urlencode({"a": 1, name: value}).encode(), "application/x-www-form-urlencoded")


def multipart(name: str, value: str, more: str = "") -> Exchange:
    body = f'--B0\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n--B0--\r\n'
    return sent(body.encode(), "multipart/form-data; boundary=B0")


@place("multipart field")
def _(name: str, value: str) -> Exchange:
    return multipart(name, value)


@place("multipart file")
def _(name: str, value: str) -> Exchange:
    return multipart("file", f'A=1\n{name}="{value}"\n', '; filename="a.env"')


@place("cookie")
def _(name: str, value: str) -> Exchange:
    return Exchange(headers=[("Cookie", f"a=1; {name}={line(value)}")])


@place("cookie that is set")
def _(name: str, value: str) -> Exchange:
    return told("Set-Cookie", f"{name}={line(value)}; Path=/; HttpOnly")


@place("XML element")
def _(name: str, value: str) -> Exchange:
    return sent(f"<a><{name}>{html.escape(value)}</{name}></a>".encode(), "application/xml")


@place("SOAP header")
def _(name: str, value: str) -> Exchange:
    inner = f'<w:{name} Type="t">{html.escape(value)}</w:{name}>'
    envelope = f'<s:Envelope xmlns:s="u"><s:Header>{inner}</s:Header></s:Envelope>'
    return sent(envelope.encode(), "text/xml")


@place("XML, name and value as a pair")
def _(name: str, value: str) -> Exchange:
    return got(f'<c><add key="{name}" value="{html.escape(value)}"/></c>'.encode(), "application/xml")


def login(name: str, value: str) -> str:
    """A document of XML, as other texts hold one."""
    return f"<l:login xmlns:l='u'><l:{name}>{html.escape(value)}</l:{name}></l:login>"


@place("XML, escaped in XML")
def _(name: str, value: str) -> Exchange:
    return sent(f"<a><xml>{html.escape(login(name, value))}</xml></a>".encode(), "text/xml")


@place("XML in a CDATA section")
def _(name: str, value: str) -> Exchange:
    return got(f"<a><xml>\n<![CDATA[{login(name, value)}]]></xml></a>".encode(), "application/xml")


@place("XML in JSON")
def _(name: str, value: str) -> Exchange:
    return got(json.dumps({"xml": login(name, value)}).encode())


@place("XML in a form")
def _(name: str, value: str) -> Exchange:
    return sent(urlencode({"xml": login(name, value)}).encode(), "application/x-www-form-urlencoded")


@place("GraphQL variables")
def _(name: str, value: str) -> Exchange:
    query = "mutation($v:In!){doit(input:$v){ok}}"
    return sent(json.dumps({"query": query, "variables": {"v": {name: value}}}).encode())


@place("GraphQL arguments")
def _(name: str, value: str) -> Exchange:
    query = f"mutation {{ doit(input: {{{word(name)}: {json.dumps(value)}, x: 1}}) {{ ok }} }}"
    return sent(json.dumps({"query": query}).encode())


@place("application/graphql")
def _(name: str, value: str) -> Exchange:
    return sent(f"{{ a({word(name)}: {json.dumps(value)}) {{ b }} }}".encode(), "application/graphql")


@place("GraphQL, a block string")
def _(name: str, value: str) -> Exchange:
    query = f'mutation {{ doit(x: 1, {word(name)}: """{value}""") {{ ok }} }}'
    return sent(json.dumps({"query": query}).encode())


@place("application/graphql, a block string")
def _(name: str, value: str) -> Exchange:
    return sent(f'mutation {{ a({word(name)}: """\n  {value}\n  """) }}'.encode(), "application/graphql")


@place("GraphQL in a query")
def _(name: str, value: str) -> Exchange:
    return Exchange(f"?query={quote(f'{{ me({word(name)}: {json.dumps(value)}) {{ id }} }}')}")


@place("GraphQL in a form")
def _(name: str, value: str) -> Exchange:
    query = f"{{ me({word(name)}: {json.dumps(value)}) {{ id }} }}"
    return sent(urlencode({"query": query}).encode(), "application/x-www-form-urlencoded")


@place("GraphQL, a list after a comment")
def _(name: str, value: str) -> Exchange:
    query = f"{{ me({word(name)}: # those\n [{json.dumps(value)}]) {{ id }} }}"
    return sent(json.dumps({"query": query}).encode())


@place("GraphQL, the default of a variable")
def _(name: str, value: str) -> Exchange:
    query = f"query ($v: String = {json.dumps(value)}) {{ me({word(name)}: $v) {{ id }} }}"
    return sent(json.dumps({"query": query}).encode())


@place("GraphQL, a variable of another name")
def _(name: str, value: str) -> Exchange:
    query = f"query ($v: String!) {{ me({word(name)}: $v) {{ id }} }}"
    return sent(json.dumps({"variables": {"v": value}, "query": query}).encode())


@place("text, name=value")
def _(name: str, value: str) -> Exchange:
    return sent(f"hello {name}={value} bye".encode(), "text/plain")


@place("YAML")
def _(name: str, value: str) -> Exchange:
    return sent(f"a: 1\n{name}: {json.dumps(value)}\n".encode(), "application/yaml")


@place(".env file")
def _(name: str, value: str) -> Exchange:
    return sent(f"A=1\nexport {name}='{value}'\n".encode(), "application/octet-stream")


@place("HTML input")
def _(name: str, value: str) -> Exchange:
    field = f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
    return got(f"<form>{field}</form>".encode(), "text/html")


@place("HTML input, value first")
def _(name: str, value: str) -> Exchange:
    return got(f'<input value="{html.escape(value)}" name="{name}">'.encode(), "text/html")


@place("JavaScript")
def _(name: str, value: str) -> Exchange:
    return got(f"window.cfg = {{{word(name)}: {json.dumps(value)}}};".encode(), "application/javascript")


@place("CSV column")
def _(name: str, value: str) -> Exchange:
    cell = value.replace("\n", " ").strip().replace('"', '""')
    return got(f'id,{name}\n1,"{cell}"\n'.encode(), "text/csv")


@place("binary", names=False)
def _(name: str, value: str) -> Exchange:
    body = b"\x81\xa5" + name.encode() + b"\xd9\xff" + value.encode() + b"\xc1\xff"
    return sent(body, "application/msgpack")


@place("Location, query")
def _(name: str, value: str) -> Exchange:
    return told("Location", f"https://app.example.com/cb?state=1&{urlencode({name: value})}", status=201)


@place("Location, fragment")
def _(name: str, value: str) -> Exchange:
    return told("Location", f"https://app.example.com/cb#{urlencode({name: value})}", status=201)


@place("Location, path after its name")
def _(name: str, value: str) -> Exchange:
    return told("Location", f"https://app.example.com/{quote(name)}/{quote(value, safe='')}", status=201)


@place("Location, userinfo")
def _(name: str, value: str) -> Exchange:
    return told("Location", f"https://bob:{quote(value, safe='')}@app.example.com/", status=201)


@place("Link")
def _(name: str, value: str) -> Exchange:
    return told("Link", f"<https://api.example.com/p?{urlencode({name: value})}>; rel=next")


@place("Refresh")
def _(name: str, value: str) -> Exchange:
    return told("Refresh", f"5; url=https://api.example.com/p?{urlencode({name: value})}")


@place("WWW-Authenticate")
def _(name: str, value: str) -> Exchange:
    return told("WWW-Authenticate", f'Bearer realm="r", {name}="{line(value)}"', status=401)


@place("response header")
def _(name: str, value: str) -> Exchange:
    return told("X-" + name.replace("_", "-"), line(value))


@place("response header, name=value")
def _(name: str, value: str) -> Exchange:
    return told("X-Debug", f"{name}={line(value)}")


@place("reason phrase", names=False)
def _(name: str, value: str) -> Exchange:
    return Exchange(answer=Answer(status=400, reason=f"Bad {line(value)}"))
