"""Watch a flow over four services being recorded, and replayed with the services gone.

``python examples/demo.py`` works on a temporary copy of ``examples/orders``, so it may be run any
number of times. Every step checks what it claims: the exit code is 0 only if all of it is true.
"""

from __future__ import annotations

import io
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["main"]

EXAMPLE = Path(__file__).resolve().parent / "orders"
NOT_COPIED = shutil.ignore_patterns("cassettes", "__pycache__", ".*")
PATIENCE = 120
"""Seconds that any one command may take."""

CHANGE = ('"amount": amount,', '"amount": amount / 100,')
"""In app/payments.py: a colleague who believes that the service counts in euros."""


class StepFailed(Exception):
    """Something did not come out as announced."""


class Services:
    """The services of a project, as processes on free ports."""

    def __init__(self, project: Path, environ: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "services", "--first-port=0", "--with-parent"]
        self._process = subprocess.Popen(
            command, cwd=project, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._watchdog = threading.Timer(PATIENCE, self._process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()
        self.urls: dict[str, str] = {}
        assert self._process.stdout is not None
        for line in self._process.stdout:
            say(line)
            if line.strip() == "ready":
                return
            name, _, url = line.strip().partition("=")
            self.urls[name] = url
        self.stop()
        raise StepFailed("the services did not start")

    def stop(self) -> int:
        """Ends the processes; returns how many requests they have answered."""
        if self._process.returncode is not None:
            return 0
        last_words, _ = self._process.communicate()
        self._watchdog.cancel()
        say(last_words)
        return sum(map(int, re.findall(r"(\d+) requests answered", last_words)))


def main() -> int:
    """Runs all steps; 0 when each of them did what it announced."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that cannot show a letter shows another one, rather than ending the demo.
        sys.stdout.reconfigure(errors="replace")
    with tempfile.TemporaryDirectory(prefix="api-mocker-demo-") as folder:
        project = Path(folder) / "orders"
        shutil.copytree(EXAMPLE, project, ignore=NOT_COPIED)
        try:
            record_and_replay(project)
        except StepFailed as failure:
            print(f"\nThe demo FAILED: {failure}", flush=True)
            return 1
        except KeyboardInterrupt:
            return 130
    print("\nThat was all of it. The example is in examples/orders, its own cassettes beside it.", flush=True)
    return 0


def record_and_replay(project: Path) -> None:
    """The steps, in order."""
    environ = {**os.environ, "NO_PROXY": "127.0.0.1", "PYTHONIOENCODING": "utf-8"}
    secret = secrets.token_urlsafe(24)

    step("Start four services: users, stock, payments, shipping. They are real processes on loopback.")
    with started(project, {**environ, "ORDERS_CLIENT_SECRET": secret}) as services:
        environ |= services.urls

        step("Record: the tests of examples/orders run against them.")
        run(pytest("--record-mode=once"), project, {**environ, "ORDERS_CLIENT_SECRET": secret})

        step("Stop the services.")
        answered = services.stop()
    expect_silence(services.urls)
    recorded = read_cassettes(project)
    expect_complete(recorded, answered)
    expect_no_secret(project, secret)

    step("Replay: the same tests. The services are gone, and so is the client secret.")
    run(pytest(), project, environ)
    expect(read_cassettes(project) == recorded, "replaying left every cassette as it was")

    step("Look at a cassette: a token, a busy service, and a charge.")
    cassette = next(path for path in recorded if "test_charge" in path.name)
    run([command_line(), "cassette", "show", str(cassette.relative_to(project))], project, environ)

    step("Change what the application sends: {} becomes {}".format(*CHANGE))
    change_a_request(project / "app" / "payments.py")
    output = run(pytest("-k", "test_charge", "--tb=short"), project, environ, code=1)
    expect("NotRecorded" in output, "the changed request was refused, not sent")
    expect("$.amount" in output, "the error names the field that differs")
    expect(read_cassettes(project) == recorded, "the cassettes are as they were")


@contextmanager
def started(project: Path, environ: Mapping[str, str]) -> Iterator[Services]:
    """The services, stopped at the latest when the block ends."""
    services = Services(project, environ)
    try:
        yield services
    finally:
        services.stop()


def pytest(*arguments: str) -> list[str]:
    """A pytest command in the environment that runs the demo."""
    return [sys.executable, "-m", "pytest", *arguments]


def command_line() -> str:
    """The ``api-mocker`` command in the environment that runs the demo."""
    found = shutil.which("api-mocker", path=sysconfig.get_path("scripts")) or shutil.which("api-mocker")
    if found is None:
        raise StepFailed("the command api-mocker is not installed: pip install '.[requests,httpx]'")
    return found


def run(command: list[str], folder: Path, environ: Mapping[str, str], code: int = 0) -> str:
    """Runs a command, shows and returns its output; StepFailed unless it exits with `code`."""
    shown = command[2:] if command[1] == "-m" else [Path(command[0]).name, *command[1:]]
    say("$ " + " ".join(shown))
    try:
        done = subprocess.run(
            command, cwd=folder, env=environ, timeout=PATIENCE, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise StepFailed(f"{shown[0]} did not end within {PATIENCE} s") from None
    say(done.stdout)
    if done.returncode != code:
        raise StepFailed(f"{shown[0]} exited with {done.returncode} instead of {code}")
    return done.stdout


def read_cassettes(project: Path) -> dict[Path, bytes]:
    """Every file in the cassette folder."""
    return {path: path.read_bytes() for path in (project / "cassettes").rglob("*") if path.is_file()}


def change_a_request(source: Path) -> None:
    """Edits the application as a colleague might."""
    before, after = CHANGE
    text = source.read_text(encoding="utf-8")
    expect(text.count(before) == 1, f"{source.name} builds the request in one place")
    source.write_text(text.replace(before, after), encoding="utf-8")


def expect_silence(urls: Mapping[str, str]) -> None:
    """Nobody listens any more."""
    for url in urls.values():
        where = urlsplit(url)
        with socket.socket() as probe:
            probe.settimeout(5)
            refused = isinstance(
                _attempt(probe, (where.hostname or "", where.port or 0)), ConnectionRefusedError
            )
        expect(refused, f"{url}: connection refused")


def _attempt(probe: socket.socket, address: tuple[str, int]) -> OSError | None:
    try:
        probe.connect(address)
    except OSError as error:
        return error
    return None


def expect_complete(recorded: Mapping[Path, bytes], answered: int) -> None:
    """One interaction for each request on the wire, redirects and retries included."""
    # A cassette is a stream of documents: its header, then "---" and an interaction, and so on.
    kept = sum(len(re.findall(rb"(?m)^---$", text)) for text in recorded.values())
    expect(
        kept == answered, f"{answered} requests on the wire, {kept} interactions in {len(recorded)} cassettes"
    )


def expect_no_secret(project: Path, secret: str) -> None:
    """Neither the client secret nor a token is in any file."""
    forbidden = (secret.encode(), b"Bearer sbx_", b'"sbx_')
    texts = [path.read_bytes() for path in project.rglob("*.yaml")]
    expect(not any(value in text for text in texts for value in forbidden), "no secret is in any cassette")


def expect(holds: bool, claim: str) -> None:  # noqa: FBT001  # an assertion with a voice
    """Says `claim`, or fails with it."""
    if not holds:
        raise StepFailed(f"this is not so: {claim}")
    say(f"ok: {claim}")


def step(title: str) -> None:
    """A heading."""
    print(f"\n== {title}", flush=True)


def say(text: str) -> None:
    """Text, indented below its heading."""
    for line in text.splitlines():
        print(f"   {line}".rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
