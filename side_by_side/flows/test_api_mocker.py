"""With api-mocker."""

from __future__ import annotations

CLIENTS = ["requests", "httpx", "httpx_async"]


def test_checkout(shop, api_mocker):
    charge = {"amount": 1250, "receipt": "ada@example.com"}
    api_mocker.get("/users/7").respond_with(json={"name": "Ada", "email": "ada@example.com"})
    api_mocker.get("/items/TEA-100").respond_with(json={"price": 1250})
    api_mocker.post("https://pay.example.com/charges", json=charge).respond_with(201, json={"id": "ch_1"})

    assert shop.checkout(7, "TEA-100") == "ch_1"


def test_retry(shop, api_mocker):
    api_mocker.get("/report").respond_with(503).times(2).respond_with(json={"rows": 7})

    assert shop.report() == {"rows": 7}


def test_pagination(shop, api_mocker):
    api_mocker.get("/customers?page=1").respond_with(json={"names": ["Ada"], "next": 2})
    api_mocker.get("/customers?page=2").respond_with(json={"names": ["Grace"], "next": None})

    assert shop.customers() == ["Ada", "Grace"]


def test_token_refresh(shop, api_mocker):
    old, new = {"Authorization": "Bearer old"}, {"Authorization": "Bearer new"}
    api_mocker.get("/balance", headers=old).respond_with(401)
    api_mocker.post("/token", data={"refresh_token": "r1"}).respond_with(json={"access_token": "new"})
    api_mocker.get("/balance", headers=new).respond_with(json={"amount": 100})

    assert shop.balance("old", "r1") == 100


def test_stream(shop, api_mocker):
    api_mocker.post("/chat", json={"question": "Hi"}).respond_with(events=["Good", "day"])

    assert shop.reply("Hi") == ["Good", "day"]


def test_upload(shop, api_mocker):
    document = {"document": ("a.txt", b"some text", "text/plain")}
    documents = api_mocker.post("/documents", data={"folder": "in"}, files=document)
    documents.respond_with(201, json={"id": "d1"})

    assert shop.upload("a.txt", b"some text") == "d1"
