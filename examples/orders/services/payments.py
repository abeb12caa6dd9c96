"""The payments: credentials for a token, a token for charges, and a service that is busy at first.

Every token opens a sandbox of its own, so that a flow meets the same answers however often it is
run: each Idempotency-Key is told to come back once (503), then charged (201), then reminded of its
charge (200).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import threading

from ._serving import Answer, Call, json_answer, serve

__all__ = ["ROUTES"]

CLIENT_ID = "orders-app"
CLIENT_SECRET = os.environ.get("ORDERS_CLIENT_SECRET", "sandbox-secret")

_lock = threading.Lock()
_sandboxes: dict[str, dict[str, dict[str, object] | None]] = {}
"""token -> Idempotency-Key -> the charge, None while it is still to be made."""


def exchange_token(call: Call) -> Answer:
    """Client credentials for an access token (RFC 6749 section 4.4)."""
    form = call.form()
    known = form.get("client_id") == CLIENT_ID
    if not known or not hmac.compare_digest(form.get("client_secret", "").encode(), CLIENT_SECRET.encode()):
        return json_answer(401, {"error": "invalid_client"}, {"WWW-Authenticate": 'Basic realm="payments"'})
    token = f"sbx_{secrets.token_urlsafe(24)}"
    with _lock:
        _sandboxes[token] = {}
    granted = {"access_token": token, "token_type": "Bearer", "expires_in": 3600}
    return json_answer(200, granted, {"Cache-Control": "no-store"})


def charge(call: Call) -> Answer:
    """One charge per Idempotency-Key, at the second attempt."""
    sandbox = _sandboxes.get(call.headers.get("Authorization", "").removeprefix("Bearer "))
    if sandbox is None:
        return json_answer(
            401, {"error": "invalid_token"}, {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        )
    key = call.headers.get("Idempotency-Key")
    if key is None:
        return json_answer(400, {"error": "idempotency_key_required"})
    with _lock:
        if key not in sandbox:
            sandbox[key] = None
            return json_answer(503, {"error": "busy"}, {"Retry-After": "0"})
        if made := sandbox[key]:
            return json_answer(200, made)
        wanted = call.json()
        digest = hashlib.sha256(repr(sorted(wanted.items())).encode()).hexdigest()
        made = sandbox[key] = {"id": f"ch_{digest[:12]}", "status": "succeeded", **wanted}
        return json_answer(201, made)


ROUTES = (
    ("POST", r"/oauth/token", exchange_token),
    ("POST", r"/charges", charge),
)

if __name__ == "__main__":
    serve("payments", ROUTES)
