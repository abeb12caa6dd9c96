"""The stock, through ``httpx.Client``, which follows where its resources moved."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

import httpx

__all__ = ["Item", "OutOfStock", "Stock"]


class OutOfStock(Exception):
    """There are fewer than were asked for; `available` says how many there are."""

    def __init__(self, available: int) -> None:
        super().__init__(f"only {available} left")
        self.available = available


@dataclass(frozen=True, slots=True)
class Item:
    """Goods; the price is in the smallest unit of the currency."""

    sku: str
    name: str
    price: int
    currency: str
    available: int


class Stock(AbstractContextManager["Stock"]):
    """A client of the stock service."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, follow_redirects=True)

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def item(self, sku: str) -> Item:
        """What there is to know about one article."""
        response = self._client.get(f"/items/{sku}")
        response.raise_for_status()
        return Item(**response.json())

    def reserve(self, sku: str, quantity: int) -> str:
        """Sets goods aside and returns the reservation's id; OutOfStock when there are too few."""
        response = self._client.post("/reservations", json={"sku": sku, "quantity": quantity})
        if response.status_code == 409:
            raise OutOfStock(response.json()["available"])
        response.raise_for_status()
        return str(response.json()["reservation"])
