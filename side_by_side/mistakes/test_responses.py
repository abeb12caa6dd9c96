"""`greet`, with responses."""

from __future__ import annotations

import responses
from responses.matchers import json_params_matcher
from responses.registries import OrderedRegistry

CLIENTS = ["requests"]


def declare():
    responses.get("https://api.example.com/users/7?lang=en", json={"name": "Ada"})
    responses.post("https://api.example.com/visits", match=[json_params_matcher({"user": 7})], status=201)


@responses.activate
def test_as_declared(shop):
    declare()

    assert shop.greet() == "Hello Ada"


@responses.activate(assert_all_requests_are_fired=True, registry=OrderedRegistry)
def test_with_options(shop):
    declare()

    assert shop.greet() == "Hello Ada"


@responses.activate
def test_counted_by_hand(shop):
    declare()

    assert shop.greet() == "Hello Ada"
    assert len(responses.calls) == 2
