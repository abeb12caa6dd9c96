"""requests, with a session."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth, HTTPDigestAuth
from urllib3.util import Retry

from ..seen import plain
from . import TIMEOUT, Client, Drip, Driver, Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SCHEMES = {"basic": HTTPBasicAuth, "digest": HTTPDigestAuth}


class Requests(Client):
    """A `requests.Session`."""

    def __init__(self, site: Site, session: requests.Session) -> None:
        super().__init__(site)
        self.session = session

    @asynccontextmanager
    async def exchange(
        self,
        method: str,
        url: str,
        stream: bool,
        *,
        content: Any = None,
        form: Any = None,
        auth: tuple[str, str, str] | None = None,
        follow: bool = True,
        closed: bool = True,
        timeout: tuple[float, float] = (TIMEOUT, TIMEOUT),
        **rest: Any,
    ) -> AsyncIterator[Any]:
        data = content.sync() if isinstance(content, Drip) else form if content is None else content
        response = self.session.request(
            method,
            url,
            data=data,
            auth=auth and SCHEMES[auth[0]](*auth[1:]),
            allow_redirects=follow,
            stream=stream,
            timeout=timeout,
            **rest,
        )
        try:
            yield response
        finally:
            if closed:
                response.close()

    def pieces(self, response: requests.Response, read: str, size: int | None) -> Any:
        if read == "raw":
            return response.raw.stream(size or 2**16, decode_content=False)
        return response.iter_lines() if read == "lines" else response.iter_content(size)

    def facts(self, response: requests.Response) -> dict[str, Any]:
        body = response._content if isinstance(response._content, bytes) else None
        raw = response.raw
        return {
            "status": response.status_code,
            "reason": response.reason,
            "version": f"HTTP/{raw.version / 10}",
            "url": response.url,
            "headers": tuple(response.headers.items()),
            "cookies": _jar(response.cookies),
            "history": tuple(
                (hop.status_code, hop.url, tuple(hop.raw.headers.items())) for hop in response.history
            ),
            "encoding": response.encoding,
            "body": body,
            "text": None if body is None else response.text,
            "elapsed": response.elapsed.total_seconds() > 0,
            "extras": (
                ("raw headers", tuple(raw.headers.items())),
                ("retries", tuple((hop.method, hop.status) for hop in raw.retries.history)),
                ("next", response.next and response.next.url),
                ("links", str(response.links)),
                (
                    "asked",
                    tuple(
                        (name, _shown(value))
                        for name, value in response.request.headers.items()
                        if name != "Content-Length"
                    ),
                ),
                ("jar", _jar(self.session.cookies)),
            ),
        }


def _jar(jar: Any) -> tuple[tuple[str, str | None], ...]:
    return tuple(sorted((cookie.name, cookie.value) for cookie in jar))


def _shown(value: str | bytes) -> str:
    return plain(value.decode("latin-1") if isinstance(value, bytes) else value)


@asynccontextmanager
async def opened(
    site: Site, trusted: bool = True, cookies: Any = None, retries: int = 0
) -> AsyncIterator[Client]:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = site.ca if trusted else True
        session.cookies.update(cookies or {})
        if retries:
            again = Retry(retries, status_forcelist=[503], allowed_methods=None, backoff_factor=0)
            for prefix in ("http://", "https://"):
                session.mount(prefix, HTTPAdapter(max_retries=again))
        yield Requests(site, session)


DRIVERS = [Driver("requests", opened, frozenset({"cookies", "digest", "retry", "file"}))]
