"""What holds for every test: the surroundings of the run do not reach into it."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Proxies would come between a client and a server on loopback; the others decide how the plugin records.
FOREIGN = {"all_proxy", "http_proxy", "https_proxy", "no_proxy", "ci", "api_mocker_record_mode"}

for name in [name for name in os.environ if name.lower() in FOREIGN]:
    del os.environ[name]

# How long an example takes is the machine's affair: no test is about time.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
