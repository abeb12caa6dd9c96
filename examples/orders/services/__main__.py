"""Starts the four services as processes, says where they are, and stops them with itself.

They hang on a pipe to this process: however it ends, `kill -9` included, they end too.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from . import NAMES, PORTS

__all__: list[str] = []

PATIENCE = 10
"""Seconds that a service has to stop before it is killed."""

Process = subprocess.Popen[str]


def main() -> None:
    """Runs until interrupted, terminated or (``--with-parent``) left alone."""
    parser = argparse.ArgumentParser(prog="services", description="Start the services of the order example.")
    parser.add_argument(
        "--first-port",
        type=int,
        default=PORTS[NAMES[0]],
        help="the four take this port and the next ones; 0 takes free ones (default: %(default)s)",
    )
    parser.add_argument("--with-parent", action="store_true", help="stop when standard input ends")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt), ExitStack() as running:
        for offset, name in enumerate(NAMES):
            port = options.first_port + offset if options.first_port else 0
            url = running.enter_context(_process(name, port))
            print(f"ORDERS_{name.upper()}_URL={url}", flush=True)
        print("ready", flush=True)
        if options.with_parent:
            sys.stdin.read()
        else:
            threading.Event().wait()


@contextmanager
def _process(name: str, port: int) -> Iterator[str]:
    """One service as a process; yields its address once it accepts connections."""
    package = __package__ or "services"
    process = subprocess.Popen(
        [sys.executable, "-m", f"{package}.{name}", "--port", str(port), "--with-parent"],
        cwd=Path(__file__).resolve().parents[package.count(".") + 1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    url = _line(process)
    if not url:
        raise SystemExit(
            f"the {name} service did not start (see above). If something else holds its port, "
            f"stop that, or choose other ports with --first-port."
        )
    try:
        yield url
    finally:
        _stop(process)
        print(f"{name}: {_line(process)}", flush=True)


def _line(process: Process) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _stop(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
