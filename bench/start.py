"""What a start costs: every test run pays for the plugin, every command for the command line."""

from __future__ import annotations

import sys

import pyperf

runner = pyperf.Runner()
runner.bench_command("python, nothing imported", [sys.executable, "-c", "pass"])
for module in ("api_mocker", "api_mocker.pytest_plugin", "api_mocker.cli"):
    runner.bench_command(f"import {module}", [sys.executable, "-c", f"import {module}"])
