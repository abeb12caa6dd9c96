"""The user directory, through ``requests``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import requests

__all__ = ["Directory", "User"]

TIMEOUT = 10
"""Seconds."""


@dataclass(frozen=True, slots=True)
class User:
    """A customer."""

    id: int
    name: str
    email: str
    city: str


class Directory(AbstractContextManager["Directory"]):
    """One session: the directory ties the pages of a listing together with a cookie."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def everyone(self) -> Iterator[User]:
        """All users, page after page, as the ``Link`` headers lead."""
        url: str | None = f"{self._url}/users"
        while url:
            response = self._session.get(url, timeout=TIMEOUT)
            response.raise_for_status()
            for user in response.json()["users"]:
                yield User(**user)
            url = response.links.get("next", {}).get("url")

    def find(self, email: str) -> User:
        """The user with this address; LookupError when there is none."""
        for user in self.everyone():
            if user.email == email:
                return user
        raise LookupError(f"no user has the address {email}")

    def get(self, user_id: int) -> User:
        """The user with this id; LookupError when there is none."""
        response = self._session.get(f"{self._url}/users/{user_id}", timeout=TIMEOUT)
        if response.status_code == 404:
            raise LookupError(f"no user has the id {user_id}")
        response.raise_for_status()
        return User(**response.json())
