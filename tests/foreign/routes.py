"""The routes of httpbin, as calls that every client can make: one table, by what they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.contract.seen import SECRET

__all__ = ["ROUTES", "Call", "Row"]

Call = dict[str, Any]
"""The keywords of a driver's `Client.send`; ``path`` begins at httpbin's root, files are bytes."""

PASSWORD = f"{SECRET}-password"
TOKEN = f"{SECRET}-token-0123456789"
PARTIAL = {"Range": "bytes=10-49"}
# Without 407, whose challenge is a hop-by-hop header that a WSGI application must not set (PEP 3333).
EVERY_STATUS = (
    *(200, 201, 202, 203, 204, 205, 206, 226, 299, 300, 301, 302, 303, 304, 305, 307, 308),
    *(400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 415, 418, 422, 425, 428, 429, 451),
    *(500, 501, 502, 503, 504, 505, 511, 599),
)


@dataclass(frozen=True)
class Row:
    """Calls of one client, in order.

    ``needs`` are capabilities of the driver. ``hidden`` matches what httpbin makes up by itself and
    redaction takes for a secret: cookies.
    """

    calls: list[Call]
    needs: frozenset[str] = frozenset()
    hidden: str = r"(?!)"


def _call(path: str, method: str = "GET", **options: Any) -> Call:
    return {"method": method, "path": path, **options}


def _all(*paths: str, **options: Any) -> list[Call]:
    return [_call(path, **options) for path in paths]


ROUTES: dict[str, Row] = {
    "methods": Row(
        [
            _call("/get?a=1&b=x%20y&a=2&empty="),
            _call("/get", params={"name": "Zoë & co", "list": ["1", "2"]}),
            _call("/post", "POST", json={"id": 1, "name": "Zoë", "nested": [None, True, 1.5]}),
            _call("/put", "PUT", content=b"\x00\xff binary"),
            _call("/patch", "PATCH", content="text ü".encode(), headers={"Content-Type": "text/plain"}),
            _call("/delete", "DELETE"),
            _call("/delete", "DELETE", json={"why": "no longer wanted"}),
            _call("/get", "HEAD"),
            _call("/get", "OPTIONS"),
            _call("/get", "POST"),
            *(_call("/anything/a/b?c=d", method) for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE")),
        ]
    ),
    "forms": Row(
        [
            _call("/forms/post"),
            _call("/post", "POST", form={"custname": "Zoë", "topping": ["bacon", "onion"]}),
            _call("/post", "POST", form={"size": "large"}, files={"menu": ("menu ü.txt", b"a\r\nb\x00", "text/plain")}),
            _call("/anything", "PUT", form={"empty": ""}),
        ]
    ),
    "basic auth": Row(
        [
            _call(f"/basic-auth/alice/{PASSWORD}", auth=("basic", "alice", PASSWORD)),
            _call("/basic-auth/alice/other", auth=("basic", "alice", PASSWORD)),
            _call("/basic-auth/alice/other"),
            _call(f"/hidden-basic-auth/alice/{PASSWORD}", auth=("basic", "alice", PASSWORD)),
            _call("/hidden-basic-auth/alice/other"),
        ]
    ),
    "bearer auth": Row([_call("/bearer", headers={"Authorization": f"Bearer {TOKEN}"}), _call("/bearer")]),
    "digest auth": Row(
        [
            _call(f"/digest-auth/{rest}", auth=("digest", "alice", "known to all"))
            for rest in (
                "auth/alice/known%20to%20all",
                "auth/alice/known%20to%20all/SHA-256",
                "auth/alice/known%20to%20all/SHA-512",
                "auth/alice/other",
                "auth/alice/known%20to%20all/MD5/1",
            )
        ],
        frozenset({"digest"}),
        r"fake_value|never|(?<=stale_after=)\d|\A\d\Z|\b[0-9a-f]{32,}",
    ),
    "status codes": Row([_call(f"/status/{code}") for code in EVERY_STATUS]),
    "status codes unfollowed": Row([_call(f"/status/{code}", follow=False) for code in (301, 302, 303, 307, 308)]),
    "request inspection": Row(
        [
            _call("/headers", headers={"X-Plain": "value", "X-Latin": "caf\u00e9".encode(), "Accept": "text/x"}),
            _call("/headers", headers={"X-Api-Key": TOKEN}),
            *_all("/ip", "/user-agent"),
        ]
    ),
    "response inspection": Row(
        [
            _call("/cache"),
            _call("/cache", headers={"If-None-Match": '"any"'}),
            _call("/cache/60"),
            _call("/etag/abc"),
            _call("/etag/abc", headers={"If-None-Match": '"abc"'}),
            _call("/etag/abc", headers={"If-Match": '"other"'}),
            _call("/response-headers?X-One=1&X-Two=a&X-Two=b&Content-Type=text/plain%3B%20charset=latin-1"),
            _call("/response-headers?freeform=%C3%BC", "POST"),
        ]
    ),
    "response formats": Row(
        _all(
            *("/gzip", "/deflate", "/brotli", "/encoding/utf8", "/xml", "/html", "/json", "/robots.txt"),
            *("/deny", "/", "/nowhere"),
        )
    ),
    "response formats raw": Row(_all("/gzip", "/deflate", "/brotli", read="raw")),
    "images": Row(
        [
            *_all("/image/png", "/image/jpeg", "/image/webp", "/image/svg"),
            _call("/image", headers={"Accept": "image/webp"}),
            _call("/image", headers={"Accept": "text/html"}),
        ]
    ),
    "dynamic": Row(
        [
            *_all("/delay/0.05", "/drip?duration=0.02&numbytes=4&delay=0.01&code=201", "/uuid"),
            *_all("/base64/SFRUUEJJTiBpcyBhd2Vzb21l", "/base64/%2F%2F", "/links/3", "/links/3/1"),
            *_all("/bytes/1000?seed=1", "/bytes/0?seed=1", "/bytes/64", "/stream/3", "/stream/0"),
            *_all("/stream-bytes/20000?seed=1&chunk_size=4096", "/range/60?chunk_size=7"),
            _call("/delay/0", "POST", json={"slow": False}),
        ]
    ),
    "ranges": Row(
        [
            _call("/range/60", headers=PARTIAL),
            _call("/range/60", headers={"Range": "bytes=50-"}),
            _call("/range/60", headers={"Range": "bytes=-5"}),
            _call("/range/60", headers={"Range": "bytes=70-80"}),
            _call("/range/60"),
            _call("/range/200000"),
        ]
    ),
    "streams": Row(
        [
            _call("/stream/4", read="lines"),
            _call("/stream/4", read="chunks"),
            _call("/stream-bytes/9000?seed=2&chunk_size=1000", read="raw"),
            _call("/stream-bytes/9000?seed=2&chunk_size=1000", read="chunks", size=700),
            _call("/drip?duration=0.05&numbytes=5&delay=0", read="chunks", size=1),
            _call("/bytes/5000?seed=3", read="nothing"),
            _call("/gzip", read="lines"),
        ]
    ),
    "redirects": Row(
        [
            *_all("/redirect/3", "/redirect/2?absolute=true", "/relative-redirect/2", "/absolute-redirect/2"),
            _call("/redirect/1", follow=False),
            _call("/redirect-to?url=%2Fget%3Fa%3D1&status_code=307"),
            _call("/redirect-to?url=%2Fanything&status_code=308", "POST", json={"kept": True}),
            _call("/redirect-to?url=%2Fanything&status_code=307", "PUT", content=b"kept"),
            _call("/redirect-to?url=%2Fanything&status_code=302", "POST", form={"dropped": "1"}),
            _call("/redirect-to?url=%2Fanything&status_code=303", "DELETE"),
            _call("/redirect/40"),
        ]
    ),
    "cookies": Row(
        [
            *_all("/cookies", f"/cookies/set/flavour/{TOKEN}", f"/cookies/set?sid={TOKEN}2&size={TOKEN}3", "/cookies"),
            *_all("/cookies/delete?flavour", "/cookies"),
            _call("/cookies", headers={"Cookie": "given=by-hand"}),
        ]
    ),
}  # fmt: skip
