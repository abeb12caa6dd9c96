"""The shipping, through ``httpx.AsyncClient``: the states of a parcel, as they happen."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import httpx

__all__ = ["Shipping"]


class Shipping(AbstractAsyncContextManager["Shipping"]):
    """A client of the shipping service."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url)

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def announce(self, order: str, city: str) -> str:
        """Announces a parcel and returns its tracking number."""
        response = await self._client.post("/shipments", json={"order": order, "city": city})
        response.raise_for_status()
        return str(response.json()["tracking"])

    async def states(self, tracking: str) -> AsyncIterator[str]:
        """Each state of the parcel when it is reached, until it is delivered."""
        async with self._client.stream("GET", f"/shipments/{tracking}/events") as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))["state"]
