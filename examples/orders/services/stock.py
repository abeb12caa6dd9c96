"""The stock: moved to /v2 (302 for reading, 307 for reserving), item pages coded with gzip."""

from __future__ import annotations

import gzip
from dataclasses import replace

from ._serving import Answer, Call, json_answer, serve

__all__ = ["ROUTES"]

ITEMS = {
    "TEA-100": {"sku": "TEA-100", "name": "Assam, 100 g", "price": 1250, "currency": "EUR", "available": 40},
    "MUG-7": {"sku": "MUG-7", "name": "Mug, stoneware", "price": 1890, "currency": "EUR", "available": 3},
}


def moved_item(call: Call) -> Answer:
    """Reading moved; any client may follow with a GET."""
    return Answer(302, headers={"Location": f"/v2/items/{call.params['sku']}"})


def get_item(call: Call) -> Answer:
    """One item, as gzip for those who accept it."""
    item = ITEMS.get(call.params["sku"])
    if item is None:
        return json_answer(404, {"error": "no_such_item", "sku": call.params["sku"]})
    answer = json_answer(200, item, {"Vary": "Accept-Encoding"})
    if "gzip" not in call.headers.get("Accept-Encoding", "") or not isinstance(answer.body, bytes):
        return answer
    coded = gzip.compress(answer.body, mtime=0)
    return replace(answer, body=coded, headers={**answer.headers, "Content-Encoding": "gzip"})


def moved_reservations(_call: Call) -> Answer:
    """Reserving moved; method and body must be kept (RFC 9110 section 15.4.8)."""
    return Answer(307, headers={"Location": "/v2/reservations"})


def reserve(call: Call) -> Answer:
    """Sets goods aside, if there are enough of them."""
    wanted = call.json()
    if ITEMS[wanted["sku"]]["available"] < wanted["quantity"]:
        return json_answer(409, {"error": "out_of_stock", "available": ITEMS[wanted["sku"]]["available"]})
    return json_answer(201, {"reservation": f"RSV-{wanted['sku']}-{wanted['quantity']}", **wanted})


ROUTES = (
    ("GET", r"/items/(?P<sku>[A-Z0-9-]+)", moved_item),
    ("GET", r"/v2/items/(?P<sku>[A-Z0-9-]+)", get_item),
    ("POST", r"/reservations", moved_reservations),
    ("POST", r"/v2/reservations", reserve),
)

if __name__ == "__main__":
    serve("stock", ROUTES)
