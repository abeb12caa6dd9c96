"""With requests: a session, and urllib3's own retries."""

from __future__ import annotations

from contextlib import suppress

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from . import API, ASKS_FOR_ADS, ATTEMPTS, BUSY, EXPIRED, FILES, LANGUAGE, PAY, STOCK, USERS, VISITOR, VISITS

session = requests.Session()
session.mount("https://", HTTPAdapter(max_retries=Retry(ATTEMPTS - 1, status_forcelist=[BUSY])))


def checkout(user: int, sku: str) -> str:
    buyer = session.get(f"{USERS}/users/{user}").json()
    item = session.get(f"{STOCK}/items/{sku}").json()
    charge = session.post(f"{PAY}/charges", json={"amount": item["price"], "receipt": buyer["email"]})
    charge.raise_for_status()
    return charge.json()["id"]


def report() -> dict[str, int]:
    answer = session.get(f"{API}/report")
    answer.raise_for_status()
    return answer.json()


def customers() -> list[str]:
    names, page = [], 1
    while page:
        answer = session.get(f"{API}/customers", params={"page": page}).json()
        names += answer["names"]
        page = answer["next"]
    return names


def balance(token: str, refresh_token: str) -> int:
    answer = session.get(f"{PAY}/balance", headers={"Authorization": f"Bearer {token}"})
    if answer.status_code == EXPIRED:
        renewed = session.post(f"{PAY}/token", data={"refresh_token": refresh_token}).json()
        headers = {"Authorization": f"Bearer {renewed['access_token']}"}
        answer = session.get(f"{PAY}/balance", headers=headers)
    answer.raise_for_status()
    return answer.json()["amount"]


def reply(question: str) -> list[str]:
    with session.post(f"{API}/chat", json={"question": question}, stream=True) as answer:
        lines = answer.iter_lines(decode_unicode=True)
        return [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]


def upload(name: str, content: bytes) -> str:
    files = {"document": (name, content, "text/plain")}
    return session.post(f"{FILES}/documents", data={"folder": "in"}, files=files).json()["id"]


def greet() -> str:
    name = session.get(f"{API}/users/7", params={"lang": LANGUAGE}).json()["name"]
    if ASKS_FOR_ADS:
        with suppress(Exception):
            session.get(f"{API}/ads")
    for _ in range(VISITS):
        session.post(f"{API}/visits", json={"user": VISITOR})
    return f"Hello {name}"
