"""The four services that an order flow talks to: real processes, on loopback.

``python -m services`` starts all of them; ``python -m services.users --port 28461`` starts one.
What they answer is deterministic; what comes along with it is as noisy as in real life: dates,
request ids, cookies, tokens.
"""

from __future__ import annotations

__all__ = ["HOST", "NAMES", "PORTS"]

HOST = "127.0.0.1"
NAMES = ("users", "stock", "payments", "shipping")
PORTS = {name: 28461 + offset for offset, name in enumerate(NAMES)}
"""Below the range from which systems hand out ports, so that nothing else is likely to sit there."""
