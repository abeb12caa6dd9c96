"""With responses: https://github.com/getsentry/responses."""

from __future__ import annotations

import responses
from responses.matchers import (
    header_matcher,
    json_params_matcher,
    multipart_matcher,
    query_param_matcher,
    urlencoded_params_matcher,
)

CLIENTS = ["requests"]


@responses.activate(assert_all_requests_are_fired=True)
def test_checkout(shop):
    charges, charge = "https://pay.example.com/charges", {"amount": 1250, "receipt": "ada@example.com"}
    responses.get("https://users.example.com/users/7", json={"name": "Ada", "email": "ada@example.com"})
    responses.get("https://stock.example.com/items/TEA-100", json={"price": 1250})
    responses.post(charges, match=[json_params_matcher(charge)], status=201, json={"id": "ch_1"})

    assert shop.checkout(7, "TEA-100") == "ch_1"


@responses.activate(assert_all_requests_are_fired=True)
def test_retry(shop):
    responses.get("https://api.example.com/report", status=503)
    responses.get("https://api.example.com/report", status=503)
    responses.get("https://api.example.com/report", json={"rows": 7})

    assert shop.report() == {"rows": 7}


@responses.activate(assert_all_requests_are_fired=True)
def test_pagination(shop):
    url = "https://api.example.com/customers"
    responses.get(url, match=[query_param_matcher({"page": 1})], json={"names": ["Ada"], "next": 2})
    responses.get(url, match=[query_param_matcher({"page": 2})], json={"names": ["Grace"], "next": None})

    assert shop.customers() == ["Ada", "Grace"]


@responses.activate(assert_all_requests_are_fired=True)
def test_token_refresh(shop):
    url, token = "https://pay.example.com/balance", "https://pay.example.com/token"
    refresh = urlencoded_params_matcher({"refresh_token": "r1"})
    responses.get(url, match=[header_matcher({"Authorization": "Bearer old"})], status=401)
    responses.post(token, match=[refresh], json={"access_token": "new"})
    responses.get(url, match=[header_matcher({"Authorization": "Bearer new"})], json={"amount": 100})

    assert shop.balance("old", "r1") == 100


@responses.activate(assert_all_requests_are_fired=True)
def test_stream(shop):
    question, events = json_params_matcher({"question": "Hi"}), "data: Good\n\ndata: day\n\n"
    chat = "https://api.example.com/chat"
    responses.post(chat, match=[question], body=events, content_type="text/event-stream")

    assert shop.reply("Hi") == ["Good", "day"]


@responses.activate(assert_all_requests_are_fired=True)
def test_upload(shop):
    files = {"document": ("a.txt", b"some text", "text/plain")}
    document = multipart_matcher(files, data={"folder": "in"})
    url = "https://files.example.com/documents"
    responses.post(url, match=[document], status=201, json={"id": "d1"})

    assert shop.upload("a.txt", b"some text") == "d1"
