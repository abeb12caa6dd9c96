"""The payments, through ``requests`` with urllib3's ``Retry``: the service asks to be called again."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager
from dataclasses import dataclass

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

__all__ = ["Charge", "Payments", "PaymentsRefused"]

TIMEOUT = 10
"""Seconds."""

PATIENT = Retry(total=3, status_forcelist=[503], allowed_methods=["POST"], respect_retry_after_header=True)
"""Charging is safe to repeat: each charge carries its Idempotency-Key."""


class PaymentsRefused(Exception):
    """The payments do not know our credentials."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Money taken, and how many attempts it took."""

    id: str
    status: str
    amount: int
    attempts: int


class Payments(AbstractContextManager["Payments"]):
    """A session that is logged in."""

    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.mount(url, HTTPAdapter(max_retries=PATIENT))
        credentials = {"client_id": client_id, "client_secret": client_secret}
        granted = self._session.post(f"{url}/oauth/token", data=credentials, timeout=TIMEOUT)
        if granted.status_code == 401:
            raise PaymentsRefused(granted.json()["error"])
        granted.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {granted.json()['access_token']}"

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def charge(self, order: str, amount: int, currency: str) -> Charge:
        """Takes `amount`, in the smallest unit of `currency`, for `order`."""
        response = self._session.post(
            f"{self._url}/charges",
            json={"order": order, "amount": amount, "currency": currency},
            headers={"Idempotency-Key": str(uuid.uuid4())},
            timeout=TIMEOUT,
        )
        response.raise_for_status()
        made = response.json()
        retries = response.raw.retries
        attempts = 1 + len(retries.history) if retries else 1
        return Charge(made["id"], made["status"], made["amount"], attempts)
