"""The user directory: pages with ``Link`` headers, held together by a cookie; look-up by id."""

from __future__ import annotations

import uuid
from http.cookies import SimpleCookie

from ._serving import Answer, Call, json_answer, serve

__all__ = ["ROUTES"]

PAGE_SIZE = 3
USERS = {
    user["id"]: user
    for user in (
        {"id": 1, "name": "Ada Lovelace", "email": "ada@example.com", "city": "London"},
        {"id": 2, "name": "Grace Hopper", "email": "grace@example.com", "city": "New York"},
        {"id": 3, "name": "Émilie du Châtelet", "email": "emilie@example.com", "city": "Cirey"},
        {"id": 4, "name": "Emmy Noether", "email": "emmy@example.com", "city": "Erlangen"},
        {"id": 5, "name": "Sofya Kovalevskaya", "email": "sofya@example.com", "city": "Москва"},
        {"id": 6, "name": "Hedy Lamarr", "email": "hedy@example.com", "city": "Wien"},
        {"id": 7, "name": "Katherine Johnson", "email": "katherine@example.com", "city": "Hampton"},
    )
}


def list_users(call: Call) -> Answer:
    """One page; later pages want the cookie that the first one sets."""
    page = int(call.query.get("page", "1"))
    headers = {}
    if page == 1:
        headers["Set-Cookie"] = f"listing={uuid.uuid4().hex}; Path=/; HttpOnly"
    elif "listing" not in SimpleCookie(call.headers.get("Cookie", "")):
        return json_answer(409, {"error": "listing_expired"})
    users = list(USERS.values())
    shown = users[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    if page * PAGE_SIZE < len(users):
        headers["Link"] = f'<http://{call.host}/users?page={page + 1}>; rel="next"'
    return json_answer(200, {"page": page, "users": shown}, headers)


def get_user(call: Call) -> Answer:
    """One user by id."""
    user = USERS.get(int(call.params["id"]))
    return json_answer(200, user) if user else json_answer(404, {"error": "no_such_user"})


ROUTES = (
    ("GET", r"/users", list_users),
    ("GET", r"/users/(?P<id>\d+)", get_user),
)

if __name__ == "__main__":
    serve("users", ROUTES)
