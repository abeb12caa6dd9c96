"""What httpx and its continuation httpx2 have in common: the same face, synchronous and asynchronous."""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..seen import plain
from . import TIMEOUT, Client, Drip, Driver, Site, settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CAN = frozenset({"cookies", "digest", "sized-stream"})


class Httpx(Client):
    """Both kinds of client; ``a`` is the prefix that the asynchronous names carry."""

    def __init__(self, site: Site, library: ModuleType, client: Any, a: str) -> None:
        super().__init__(site)
        self.library, self.client, self.a, self.is_async = library, client, a, bool(a)

    @asynccontextmanager
    async def exchange(
        self,
        method: str,
        url: str,
        stream: bool,
        *,
        content: Any = None,
        form: Any = None,
        auth: tuple[str, ...] | None = None,
        follow: bool = True,
        closed: bool = True,
        timeout: tuple[float, float] = (TIMEOUT, TIMEOUT),
        **rest: Any,
    ) -> AsyncIterator[Any]:
        if isinstance(content, Drip):
            content = content.asynchronous() if self.is_async else content.sync()
        limits = self.library.Timeout(TIMEOUT, connect=timeout[0], read=timeout[1])
        request = self.client.build_request(method, url, content=content, data=form, timeout=limits, **rest)
        schemes = {"basic": self.library.BasicAuth, "digest": self.library.DigestAuth}
        credentials = {"auth": schemes[auth[0]](*auth[1:])} if auth else {}
        response = await settle(
            self.client.send(request, stream=stream, follow_redirects=follow, **credentials)
        )
        try:
            yield response
        finally:
            if closed:
                await settle(getattr(response, f"{self.a}close")())

    def pieces(self, response: Any, read: str, size: int | None) -> Any:
        ways = {"chunks": "iter_bytes", "lines": "iter_lines", "raw": "iter_raw"}
        return getattr(response, self.a + ways[read])(*([size] if size else []))

    def facts(self, response: Any) -> dict[str, Any]:
        loaded = hasattr(response, "_content")
        return {
            "status": response.status_code,
            "reason": response.reason_phrase,
            "version": response.http_version,
            "url": str(response.url),
            "headers": tuple(response.headers.multi_items()),
            "cookies": _jar(response.cookies),
            "history": tuple(
                (hop.status_code, str(hop.url), tuple(hop.headers.multi_items())) for hop in response.history
            ),
            "encoding": response.encoding if loaded or response.charset_encoding else None,
            "body": response.content if loaded else None,
            "text": response.text if loaded else None,
            "elapsed": hasattr(response, "_elapsed"),
            "extras": (
                ("raw headers", tuple(response.headers.raw)),
                ("header encoding", response.headers.encoding),
                ("num_bytes_downloaded", response.num_bytes_downloaded),
                ("state", (response.is_closed, response.is_stream_consumed, response.has_redirect_location)),
                ("next", response.next_request and str(response.next_request.url)),
                ("links", str(response.links)),
                (
                    "asked",
                    tuple(
                        (name, plain(value))
                        for name, value in response.request.headers.multi_items()
                        if name != "content-length"
                    ),
                ),
                ("jar", _jar(self.client.cookies)),
            ),
        }


def _jar(cookies: Any) -> tuple[tuple[str, str | None], ...]:
    return tuple(sorted((cookie.name, cookie.value) for cookie in cookies.jar))


def family(library: ModuleType) -> list[Driver]:
    """The drivers of a library that has the face of httpx."""

    @asynccontextmanager
    async def opened(site: Site, a: str, trusted: bool = True, cookies: Any = None) -> AsyncIterator[Client]:
        context = ssl.create_default_context(cafile=site.ca if trusted else None)
        kind = library.AsyncClient if a else library.Client
        client = kind(verify=context, trust_env=False, cookies=cookies)
        try:
            yield Httpx(site, library, client, a)
        finally:
            await settle(getattr(client, f"{a}close")())

    name = library.__name__
    return [
        Driver(f"{name}-sync", lambda site, **settings: opened(site, "", **settings), CAN | {"file"}),
        Driver(f"{name}-async", lambda site, **settings: opened(site, "a", **settings), CAN, is_async=True),
    ]
