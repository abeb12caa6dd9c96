"""What goes out: methods, queries and bodies of every kind."""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING

from ..answers import as_json, echo, reply
from ..drivers import Drip
from ..scenario import scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..drivers import Client
    from ..seen import Seen

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE", "QUERY")
BYTES = ("Content-Type", "application/octet-stream")
VOLATILE = ("json:$.request_id", "json:$..timestamp", "query:ts", "form:nonce")
MANY = bytes(range(256)) * 20480
"""Five mebibytes that no text codec takes."""


@scenario({"*": echo})
async def every_method(client: Client) -> Sequence[Seen]:
    """Each method, standard or not, with an empty body."""
    return [await client.send(method, "/thing") for method in METHODS]


@scenario({"*": echo})
async def every_method_with_a_body(client: Client) -> Sequence[Seen]:
    """A body is sent whatever the method is (RFC 9110 leaves it without meaning, not forbidden)."""
    return [
        await client.send(method, "/thing", content=b"payload") for method in METHODS if method != "TRACE"
    ]


@scenario({"*": echo})
async def empty_bodies(client: Client) -> Sequence[Seen]:
    """No body, an empty one, and an empty one that is streamed are three different requests."""
    bodies = [None, b"", Drip()]
    return [await client.send("POST", f"/{at}", content=body) for at, body in enumerate(bodies)]


@scenario({"*": echo})
async def json_bodies(client: Client) -> Sequence[Seen]:
    """JSON as the client itself writes it."""
    values = [
        {"sku": "A-1", "n": 2},
        {"text": "größe €", "deep": [[], {}, None, True, 1.5]},
        [1, 2],
        "text",
        0,
    ]
    return [await client.send("POST", f"/{at}", json=value) for at, value in enumerate(values)]


@scenario({"*": echo})
async def json_bodies_in_odd_layouts(client: Client) -> Sequence[Seen]:
    """JSON that no usual writer makes still goes out, and is found again, byte for byte."""
    odd = [
        b'{"a":1,"a":2}',
        b'{ "n" :\t1.00 }',
        b'{"big":123456789012345678901234567890}',
        b'"\\ud800"',
        b"NaN",
        b"[" * 900,
    ]
    kind = {"Content-Type": "application/json"}
    return [await client.send("POST", f"/{at}", content=body, headers=kind) for at, body in enumerate(odd)]


@scenario({"*": echo})
async def forms(client: Client) -> Sequence[Seen]:
    """Fields, repeated fields, and characters that must be escaped."""
    fields = [{"a": "1", "b": "two words"}, {"tag": ["x", "y", "x"]}, {"key": "ü&=+%\n", "empty": ""}]
    return [await client.send("POST", f"/{at}", form=form) for at, form in enumerate(fields)]


@scenario({"*": echo})
async def multipart(client: Client) -> Sequence[Seen]:
    """Files and fields: the boundary is a new one each time, and no difference."""
    parts = {"report": ("report.csv", io.BytesIO(b"a,b\r\n1,2\r\n"), "text/csv")}
    image = {"image": ("dot.png", io.BytesIO(b"\x89PNG\r\n\x1a\n\x00\xff"), "image/png")}
    return [
        await client.send("POST", "/one", files=parts),
        await client.send("POST", "/two", files=image, form={"title": "a dot"}),
    ]


@scenario({"*": echo})
async def binary_body(client: Client) -> Sequence[Seen]:
    """Every byte there is."""
    return [await client.send("PUT", "/", content=bytes(range(256)))]


@scenario({"*": echo})
async def text_body_in_latin_1(client: Client) -> Sequence[Seen]:
    """A text whose bytes are no UTF-8."""
    kind = {"Content-Type": "text/plain; charset=iso-8859-1"}
    return [await client.send("PUT", "/", content="größe".encode("latin-1"), headers=kind)]


@scenario({"*": lambda ask: [reply(200, BYTES, body=ask.body[::-1])]}, schemes=("http",))
async def large_both_ways(client: Client) -> Sequence[Seen]:
    """Five mebibytes out, and five back."""
    return [await client.send("PUT", "/", content=MANY)]


@scenario({"*": echo})
async def streamed_upload(client: Client) -> Sequence[Seen]:
    """A generator (an async generator for async clients) goes out in chunks."""
    return [await client.send("POST", "/", content=Drip(b"first ", b"", b"second ", b"third"))]


@scenario({"*": echo}, needs="sized-stream")
async def streamed_upload_with_a_length(client: Client) -> Sequence[Seen]:
    """A generator whose length the caller states (requests sends such a one malformed)."""
    return [
        await client.send("POST", "/", content=Drip(b"first ", b"again"), headers={"Content-Length": "11"})
    ]


@scenario({"*": echo}, needs="file")
async def file_upload(client: Client) -> Sequence[Seen]:
    """An open file is the body."""
    return [await client.send("PUT", "/", content=io.BytesIO(b"line\n" * 4000))]


@scenario({"*": echo})
async def coded_upload(client: Client) -> Sequence[Seen]:
    """A body that the caller coded is sent as it is."""
    coded = gzip.compress(json.dumps({"rows": list(range(50))}).encode(), mtime=0)
    kind = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return [await client.send("POST", "/", content=coded, headers=kind)]


@scenario({"*": echo})
async def queries(client: Client) -> Sequence[Seen]:
    """Queries with repeats, blanks, escapes, and none; a path with escapes."""
    asked = [{"a": "1", "b": "2"}, {"tag": ["x", "y"]}, {"q": "a b&c=d/é", "empty": ""}]
    seen = [await client.send("GET", f"/{at}", params=params) for at, params in enumerate(asked)]
    paths = [
        "/plain?flag",
        "/plain?a=1&a=1",
        "/a%2Fb%20c/d;e=1",
        "/plain?b=%20+%2B",
        "/plain?",
        "/plain#part",
    ]
    return seen + [await client.send("GET", path) for path in paths]


@scenario({"*": as_json({"ok": True})}, options={"ignore": VOLATILE}, varies=True)
async def volatile_values_ignored(client: Client) -> Sequence[Seen]:
    """Values that change with each run and are named in `ignore` are no difference."""
    run = client.site.run
    body = {"request_id": f"id-{run}", "items": [{"sku": "A", "timestamp": run}], "n": 1}
    return [
        await client.send("POST", "/json", json=body),
        await client.send("GET", "/query", params={"ts": str(run), "a": "1"}),
        await client.send("POST", "/form", form={"nonce": f"n{run}", "a": "1"}),
    ]


@scenario({"/": reply(201, body=b"made")})
async def expecting_100_continue(client: Client) -> Sequence[Seen]:
    """An interim 100 answer is no answer."""
    return [await client.send("POST", "/", content=b"payload", headers={"Expect": "100-continue"})]


@scenario({"*": echo}, schemes=("http",))
async def over_ipv6(client: Client) -> Sequence[Seen]:
    """An address in brackets, where the machine has one."""
    return [await client.send("GET", "ipv6:/?a=1")] if "ipv6" in client.site.bases else []
