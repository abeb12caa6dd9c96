"""With respx: https://lundberg.github.io/respx."""

from __future__ import annotations

import pytest
from httpx import Response

CLIENTS = ["httpx", "httpx_async"]

pytestmark = pytest.mark.respx(assert_all_called=True)


def test_checkout(shop, respx_mock):
    charge = {"amount": 1250, "receipt": "ada@example.com"}
    user = {"name": "Ada", "email": "ada@example.com"}
    respx_mock.get("https://users.example.com/users/7").respond(json=user)
    respx_mock.get("https://stock.example.com/items/TEA-100").respond(json={"price": 1250})
    respx_mock.post("https://pay.example.com/charges", json=charge).respond(201, json={"id": "ch_1"})

    assert shop.checkout(7, "TEA-100") == "ch_1"


def test_retry(shop, respx_mock):
    report = respx_mock.get("https://api.example.com/report")
    report.side_effect = [Response(503), Response(503), Response(200, json={"rows": 7})]

    assert shop.report() == {"rows": 7}


def test_pagination(shop, respx_mock):
    url = "https://api.example.com/customers"
    respx_mock.get(url, params__eq={"page": 1}).respond(json={"names": ["Ada"], "next": 2})
    respx_mock.get(url, params__eq={"page": 2}).respond(json={"names": ["Grace"], "next": None})

    assert shop.customers() == ["Ada", "Grace"]


def test_token_refresh(shop, respx_mock):
    url, old, new = "https://pay.example.com/balance", "Bearer old", "Bearer new"
    refresh = {"refresh_token": "r1"}
    respx_mock.get(url, headers={"Authorization": old}).respond(401)
    respx_mock.post("https://pay.example.com/token", data=refresh).respond(json={"access_token": "new"})
    respx_mock.get(url, headers={"Authorization": new}).respond(json={"amount": 100})

    assert shop.balance("old", "r1") == 100


def test_stream(shop, respx_mock):
    chat = respx_mock.post("https://api.example.com/chat", json={"question": "Hi"})
    chat.respond(text="data: Good\n\ndata: day\n\n", content_type="text/event-stream")

    assert shop.reply("Hi") == ["Good", "day"]


def test_upload(shop, respx_mock):
    document = {"document": ("a.txt", b"some text", "text/plain")}
    documents = respx_mock.post("https://files.example.com/documents", data={"folder": "in"}, files=document)
    documents.respond(201, json={"id": "d1"})

    assert shop.upload("a.txt", b"some text") == "d1"
