"""With httpx."""

from __future__ import annotations

from contextlib import suppress

import httpx

from . import API, ASKS_FOR_ADS, ATTEMPTS, BUSY, EXPIRED, FILES, LANGUAGE, PAY, STOCK, USERS, VISITOR, VISITS

client = httpx.Client()


def checkout(user: int, sku: str) -> str:
    buyer = client.get(f"{USERS}/users/{user}").json()
    item = client.get(f"{STOCK}/items/{sku}").json()
    charge = client.post(f"{PAY}/charges", json={"amount": item["price"], "receipt": buyer["email"]})
    return charge.raise_for_status().json()["id"]


def report() -> dict[str, int]:
    for _ in range(ATTEMPTS):
        answer = client.get(f"{API}/report")
        if answer.status_code != BUSY:
            break
    return answer.raise_for_status().json()


def customers() -> list[str]:
    names, page = [], 1
    while page:
        answer = client.get(f"{API}/customers", params={"page": page}).json()
        names += answer["names"]
        page = answer["next"]
    return names


def balance(token: str, refresh_token: str) -> int:
    answer = client.get(f"{PAY}/balance", headers={"Authorization": f"Bearer {token}"})
    if answer.status_code == EXPIRED:
        renewed = client.post(f"{PAY}/token", data={"refresh_token": refresh_token}).json()
        headers = {"Authorization": f"Bearer {renewed['access_token']}"}
        answer = client.get(f"{PAY}/balance", headers=headers)
    return answer.raise_for_status().json()["amount"]


def reply(question: str) -> list[str]:
    with client.stream("POST", f"{API}/chat", json={"question": question}) as answer:
        lines = answer.iter_lines()
        return [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]


def upload(name: str, content: bytes) -> str:
    files = {"document": (name, content, "text/plain")}
    return client.post(f"{FILES}/documents", data={"folder": "in"}, files=files).json()["id"]


def greet() -> str:
    name = client.get(f"{API}/users/7", params={"lang": LANGUAGE}).json()["name"]
    if ASKS_FOR_ADS:
        with suppress(Exception):
            client.get(f"{API}/ads")
    for _ in range(VISITS):
        client.post(f"{API}/visits", json={"user": VISITOR})
    return f"Hello {name}"
