"""The network guard in a run of pytest: when it stands, what it lets out, and what is said of it.

The law of this file: the command line, the project and the marker ``block_network`` may forbid the
network; where a test's cassette only replays it is forbidden anyway, though not within this machine.
What a fixture of wider scope does is no test's business, whichever comes first: only a guard over
the whole run minds it. And pytest itself, with what other plugins do between the tests, is free.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Any

import pytest

from . import options
from .marks import lists_of, plainly
from .names import told

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from .._config import Config
    from .._core.hosts import Hosts
    from .._guard import Watch
    from .._use import Use
    from ..exceptions import NetworkBlocked, SwallowedRequests
    from .run import Run

__all__ = ["Network"]


class Network:
    """The guard of one run; registered as a plugin, for its hooks say when user code runs."""

    def __init__(self, run: Run, config: pytest.Config) -> None:
        self.strays: list[NetworkBlocked] = []  # what no test could be told of
        self._refused: list[NetworkBlocked] = []  # since the last test
        self._run = run
        self._session = run.session
        self._config = config
        self._flag = options.blocks_network(config)
        self._flag_hosts = options.allowed_hosts(config)
        self._beside = options.has_recording(config.pluginmanager)
        self._forbids = self._who_forbids()
        if self._flag_hosts:
            self._hosts(self._flag_hosts)  # a mistake in it ends the run
        self._aside = {get_ident()}  # pytest's own thread, while none of the users' code runs
        self._open: Watch | None = None  # in force
        self._run_watch: Watch | None = None
        self._test_watch: Watch | None = None
        self._notes: Watch | None = None
        self._who: Callable[[], str] = lambda: "outside of tests"
        self._session.guard = self.block

    def _who_forbids(self) -> str:
        """Who forbids the network for the whole run; empty where nobody does."""
        if self._flag:
            return "--block-network is given"
        session = self._session
        if session.is_configured and session.config.block_network and not session.disabled:
            return "block_network = true in pyproject.toml"
        return ""

    # What is in force, and when.

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """A guard over the whole run stands from here; a controller of pytest-xdist runs no tests."""
        if not self._config.pluginmanager.has_plugin("dsession"):
            self._begin_run()
        return (yield)

    def _begin_run(self) -> None:
        if not self._forbids and not options.fails_on_live(self._config):
            return
        from .._guard import Watch, enter

        allowed = self._allowed(self._session.config, ())
        if options.fails_on_live(self._config):
            self._notes = Watch("", allowed, loopback=True, only_notes=True, aside=self._aside)
            enter(self._notes)
        if self._forbids:
            self._run_watch = Watch(self._forbids, allowed, aside=self._aside)
            self._put(self._run_watch)

    def begin(self, request: pytest.FixtureRequest, use: Use | None) -> None:
        """A test's own fixtures begin; `use` is its cassette, active."""
        item = request.node
        mark = item.get_closest_marker("block_network")
        enabled = not self._session.disabled
        marked = mark is not None and enabled
        replays = use is not None and use.replaying and enabled
        if mark is None and not replays and self._run_watch is None:
            return
        with plainly():
            own = () if mark is None else lists_of(item, mark)
            if self._beside and item.get_closest_marker("vcr") is not None:
                self._put(None)  # it is pytest-recording's test, and what it records
                return
            if not marked and not replays and self._run_watch is None:
                return
            allowed = self._allowed(self._config_of(request, use), own if marked else ())
        from .._guard import Watch

        own = own if marked else ()
        why = self._forbids or ("it is marked with block_network" if marked else "")
        reason = why or "its cassette only replays, so nothing of it may leave this machine"
        self._test_watch = Watch(
            reason,
            allowed,
            loopback=not why,
            aside=self._aside,
            who=told(item, self._session),
            marked=bool(own),
        )
        self._put(self._test_watch)

    def block(self, use: Use) -> Callable[[], None]:
        """A block that only replays begins inside of a test; what ends its guard."""
        if self._open is not None:  # it lets out no more
            return lambda: None
        from .._guard import Watch, enter, leave

        reason = f"a block with {use.engine.name} only replays, so nothing may leave this machine meanwhile"
        watch = Watch(
            reason, self._allowed(use.config, ()), loopback=True, aside=self._aside, who=self._who()
        )
        enter(watch)

        def end() -> None:
            leave(watch)
            self._take(watch)

        return end

    def _config_of(self, request: pytest.FixtureRequest, use: Use | None) -> Config:
        if use is not None:
            return use.config
        given = request.getfixturevalue("api_mocker_config")
        return self._session.config.over(given, "api_mocker_config", "fixture")

    def _allowed(self, config: Config, own: tuple[str, ...]) -> Hosts:
        """What is let out: the closest list of allowed hosts (`own` is the marker's), and what is passed through."""
        closest = own or self._flag_hosts or config.allowed_hosts
        return self._hosts(dict.fromkeys((*closest, *config.passthrough)))

    def _hosts(self, entries: Iterable[str]) -> Hosts:
        from .._core.hosts import Hosts

        return Hosts(entries, regexes=self._beside)

    def refused_by_now(self) -> list[NetworkBlocked]:
        """What was refused since the last test."""
        self._collect()
        return self._refused

    def end(self) -> SwallowedRequests | None:
        """The test is over; what was refused since the last one, as one error."""
        self._put(self._run_watch)
        self._test_watch = None
        self._collect()
        refused, self._refused = self._refused, []
        if not refused:
            return None
        from .._core.explain_network import swallowed

        return swallowed(refused)

    def close(self) -> None:
        """The run is over: nothing is guarded any more."""
        self._put(None)
        self._run_watch = self._test_watch = None
        self._set_apart()
        if self._notes is not None:
            from .._guard import leave

            leave(self._notes)
            self._notes = None

    def _put(self, watch: Watch | None) -> None:
        """Puts another guard in force."""
        before, self._open = self._open, watch
        if before is watch:
            return
        from .._guard import enter, leave

        if watch is not None:
            enter(watch)
        if before is not None:
            leave(before)
            self._take(before)

    def _take(self, watch: Watch) -> None:
        known = {(error.host, error.port) for error in self._refused}
        new = [error for error in watch.taken() if (error.host, error.port) not in known]
        self._session.counts.blocked += len(new)
        self._refused += new

    def _set_apart(self) -> None:
        """What came since the last test ended belongs to none."""
        self._collect()
        self.strays += self._refused
        self._refused = []

    def _collect(self) -> None:
        """Takes over what was refused, and what was only noted, by now."""
        if self._open is not None:
            self._take(self._open)
        if self._notes is not None and (seen := self._notes.seen):
            self._notes.seen = []
            who = self._who()
            counted = {place for test, place in self._session.live if test == who}
            new = [place for place in seen if place not in counted]  # requests that passed are known already
            self._session.counts.live += len(new)
            self._session.live += [(who, place) for place in new]

    # When the code of users runs.

    @contextmanager
    def _in_users_code(self, who: Callable[[], str]) -> Iterator[None]:
        self._who = self._session.name_target or who
        if self._run_watch is not None:
            self._run_watch.who = who()
        self._aside.discard(get_ident())
        try:
            yield
        finally:
            self._aside.add(get_ident())

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, object, object]:
        """Modules and conftests are imported."""
        with self._in_users_code(lambda: f"the collection of {collector.nodeid or 'the tests'}"):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        """Fixtures are set up."""
        self._set_apart()
        with self._in_users_code(partial(told, item, self._session)):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """The test runs."""
        with self._in_users_code(partial(told, item, self._session)):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Fixtures are torn down."""
        with self._in_users_code(partial(told, item, self._session)):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self,
        fixturedef: pytest.FixtureDef[Any],  # Any: whatever the fixture is
    ) -> Generator[None, object, object]:
        """A fixture of wider scope belongs to no test: at its beginning, and at its end."""
        if fixturedef.scope == "function":
            return (yield)
        self._put(self._run_watch)
        try:
            return (yield)
        finally:
            self._put(self._test_watch or self._run_watch)
            fixturedef.addfinalizer(lambda: self._put(self._run_watch))

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:  # Any: as above
        """It is gone; what is torn down next is another one."""
        if fixturedef.scope != "function":
            self._put(self._test_watch or self._run_watch)
