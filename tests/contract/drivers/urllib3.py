"""urllib3, with a pool manager."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3
from urllib3.util import Retry, Timeout, make_headers

from . import TIMEOUT, Client, Drip, Driver, Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FORM = "application/x-www-form-urlencoded"


class Urllib3(Client):
    """A `urllib3.PoolManager`; queries and forms are encoded as its documentation tells."""

    def __init__(self, site: Site, pool: urllib3.PoolManager) -> None:
        super().__init__(site)
        self.pool = pool

    @asynccontextmanager
    async def exchange(
        self,
        method: str,
        url: str,
        stream: bool,
        *,
        params: Any = None,
        auth: tuple[str, str, str] | None = None,
        follow: bool = True,
        closed: bool = True,
        timeout: tuple[float, float] = (TIMEOUT, TIMEOUT),
        **rest: Any,
    ) -> AsyncIterator[Any]:
        body, headers = _payload(**rest)
        if auth:
            headers |= make_headers(basic_auth=":".join(auth[1:]))
        response = self.pool.request(
            method,
            f"{url}?{urlencode(params, doseq=True)}" if params else url,
            headers=headers,
            preload_content=not stream,
            redirect=follow,
            timeout=Timeout(connect=timeout[0], read=timeout[1]),
            **body,
        )
        try:
            yield response
        finally:
            if closed:
                response.close()

    def pieces(self, response: urllib3.HTTPResponse, read: str, size: int | None) -> Any:
        return response if read == "lines" else response.stream(size or 2**16, decode_content=read != "raw")

    def facts(self, response: urllib3.HTTPResponse) -> dict[str, Any]:
        past = response.retries.history if response.retries else ()
        body = response._body if isinstance(response._body, bytes) else None
        return {
            "status": response.status,
            "reason": response.reason,
            "version": response.version_string,
            "url": response.geturl() or "",
            "headers": tuple(response.headers.items()),
            "history": tuple((hop.method, hop.status, hop.redirect_location) for hop in past),
            "body": body,
            "extras": (
                ("length", response.length_remaining),
                ("chunked", response.chunked),
                ("closed", response.closed),
                ("redirect", response.get_redirect_location()),
            ),
        }


def _payload(
    headers: Any = None, content: Any = None, form: Any = None, files: Any = None, json: Any = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """The body's keywords, and the headers."""
    headers = dict(headers or {})
    if json is not None:
        return {"json": json}, headers
    if files:
        parts = {name: (part[0], part[1].read(), part[2]) for name, part in files.items()}
        return {"fields": {**(form or {}), **parts}}, headers
    if form is not None:
        return {"body": urlencode(form, doseq=True)}, {**headers, "Content-Type": FORM}
    return {"body": content.sync() if isinstance(content, Drip) else content}, headers


@asynccontextmanager
async def opened(site: Site, trusted: bool = True, retries: int = 0) -> AsyncIterator[Client]:
    again = Retry(
        total=None,
        connect=retries,
        read=0,
        other=0,
        redirect=10,
        status=retries,
        status_forcelist=[503],
        allowed_methods=None,
    )
    with urllib3.PoolManager(
        retries=again, ca_certs=site.ca if trusted else None, cert_reqs="CERT_REQUIRED"
    ) as pool:
        yield Urllib3(site, pool)


DRIVERS = [Driver("urllib3", opened, frozenset({"retry", "file", "sized-stream"}))]
