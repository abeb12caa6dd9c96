"""The application under test: the same six flows, once for each client.

Every module has the same functions, written as one writes them with that client; those of the
asynchronous clients are coroutines. `greet` is for the mistakes: what it does wrong is said by the
environment variable ``MISTAKE``.
"""

from __future__ import annotations

import os

USERS, STOCK, PAY = "https://users.example.com", "https://stock.example.com", "https://pay.example.com"
API, FILES = "https://api.example.com", "https://files.example.com"

BUSY = 503
EXPIRED = 401
ATTEMPTS = 3

MISTAKE = os.environ.get("MISTAKE", "")
LANGUAGE = "de" if MISTAKE == "wrong query" else "en"
VISITS = {"unused declaration": 0, "one call too many": 2}.get(MISTAKE, 1)
VISITOR = 0 if MISTAKE == "wrong body" else 7
ASKS_FOR_ADS = MISTAKE == "unexpected call, swallowed"
