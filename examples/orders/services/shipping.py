"""The shipping: a shipment is announced, and its states arrive one by one as server-sent events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from ._serving import Answer, Call, json_answer, serve

__all__ = ["ROUTES"]

STATES = ("announced", "packed", "in_transit", "delivered")
PAUSE = 0.05
"""Seconds between two states."""


def announce(call: Call) -> Answer:
    """A new shipment, and where to follow it."""
    wanted = call.json()
    tracking = f"TRK-{wanted['order']}"
    location = f"/shipments/{tracking}/events"
    return json_answer(201, {"tracking": tracking, "carrier": "Pony", **wanted}, {"Location": location})


def follow(call: Call) -> Answer:
    """The states of one shipment, as text/event-stream."""
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    return Answer(200, _events(call.params["tracking"]), headers)


def _events(tracking: str) -> Iterator[bytes]:
    for number, state in enumerate(STATES, start=1):
        if number > 1:
            time.sleep(PAUSE)
        data = json.dumps({"tracking": tracking, "state": state})
        yield f"event: state\nid: {number}\ndata: {data}\n\n".encode()


ROUTES = (
    ("POST", r"/shipments", announce),
    ("GET", r"/shipments/(?P<tracking>[\w-]+)/events", follow),
)

if __name__ == "__main__":
    serve("shipping", ROUTES)
