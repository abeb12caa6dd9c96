"""The pytest plugin: options, marker, fixtures, and what is said when a test ends.

The law of this file: a test that passed did what its cassette says, and only such a test changes a
file. Nothing here hides a test's own failure, and nothing is said twice.
"""

from __future__ import annotations

import os
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from .._session import Session, in_ci, set_session
from ..exceptions import ApiMockerError, UsageError
from . import options, short_name
from .guard import Network
from .judging import PASSED, USE, judged, sections
from .marks import has_cassette, key_of, plainly, target_of, use_of
from .mocks import MOCK, mocked
from .names import told
from .run import Failures, Run
from .traceback import end_at_users_code

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from .._cassette import Cassette
    from .._mock import Mocker, MockUse
    from .._use import Use
    from .factory import FixtureCassette

__all__: list[str] = []  # pytest finds the hooks and fixtures by their names

_RUN = pytest.StashKey[Run]()
_END = pytest.StashKey["Callable[[], None]"]()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Our options, but for those that an installed peer defines as well."""
    options.add(parser, pluginmanager)


def pytest_configure(config: pytest.Config) -> None:
    """Reads what the project and the command line say; a mistake there ends the run in one line."""
    config.addinivalue_line(
        "markers",
        "cassette(name, *extra, **options): record the test's HTTP traffic into a cassette and replay it; "
        "`name` is the cassette's own name, `extra` are further ones that are only read, and the options are "
        "those of [tool.api_mocker]",
    )
    config.addinivalue_line(
        "markers",
        "block_network(allowed_hosts): let nothing of the test reach the network, but for these hosts",
    )
    config.addinivalue_line(
        "markers",
        "api_mocker(**options): options of the fixture api_mocker: unused, passthrough, delays, redact",
    )
    try:
        session = Session(
            config.rootpath.resolve(),
            flag=options.mode(config),
            is_said=options.is_said(config),
            guarded=in_ci(os.environ),
            disabled=options.disabled(config),
        )
        session.run = getattr(config, "workerinput", {}).get("testrunuid", "")
        run = config.stash[_RUN] = Run(session, auto=session.is_configured and session.config.auto)
        network = run.network = Network(run, config)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    if not hasattr(config, "workerinput"):
        run.recover()
    before = set_session(session)
    config.pluginmanager.register(Failures(run), "api_mocker_failures")
    config.pluginmanager.register(run.books, "api_mocker_ledger")
    if not config.pluginmanager.has_plugin("cassetter"):
        config.pluginmanager.register(short_name, "api_mocker_short_name")
    config.pluginmanager.register(network, "api_mocker_network")

    def undo() -> None:
        network.close()
        run.step_out()
        set_session(before)

    config.add_cleanup(undo)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Notes which tests own which named cassette, before any of them is deselected."""
    run = config.stash[_RUN]
    try:
        for item in items:
            if (key := key_of(item, run.session)) is not None:
                run.owned(key, told(item, run.session))
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """A run that leaves tests out proves nothing unused."""
    if items:
        items[0].config.stash[_RUN].complete = False


@pytest.fixture(scope="session")
def api_mocker_config() -> Mapping[str, Any]:  # Any: the table of options says what each takes
    """Options for all tests below; override it to change them. They go over ``[tool.api_mocker]``."""
    return {}


@pytest.fixture(scope="session")
def api_mocker_cassette_factory(
    request: pytest.FixtureRequest, api_mocker_config: Mapping[str, Any]
) -> Callable[..., FixtureCassette]:
    """``factory(name, **options)``: a cassette for a fixture of wider scope, as a context manager, async too.

    The file is ``<cassette_dir>/fixtures/<name>.yaml``, whichever test comes first.
    """
    from .._storage.naming import contained, inside
    from .factory import FixtureCassette, opened

    session = request.config.stash[_RUN].session
    config = session.config.over(api_mocker_config, "api_mocker_config", "fixture")
    folder = session.root / config.cassette_dir / "fixtures"

    def factory(name: str, /, **given: Any) -> FixtureCassette:  # Any: read by the table of options
        where = f"api_mocker_cassette_factory({name!r})"

        def make() -> Use:
            path = contained(inside(folder, name, where), session.root, where)
            own = config.over(given, where, "call")
            return opened(path, own, session, where, request.config)

        return FixtureCassette(make)

    return factory


@pytest.fixture(autouse=True)
def _api_mocker_use(request: pytest.FixtureRequest) -> Iterator[Use | None]:
    """Opens the test's cassette before its other fixtures, and closes it after them."""
    item = request.node
    run = request.config.stash[_RUN]
    asks = "api_mocker" in getattr(item, "fixturenames", ())
    if not has_cassette(item, auto=run.auto):
        run.network.begin(request, None)
        with mocked(request, run) if asks else nullcontext():
            yield None
        return
    with plainly():
        key = key_of(item, run.session)
        alone = key is None or (_is_whole(item.config) and not run.is_shared(key))
        use = use_of(item, run.session, request.getfixturevalue("api_mocker_config"), alone=alone)
        item.stash[USE] = use
        run.step_in()
        use.start()
    try:
        run.network.begin(request, use)
        with mocked(request, run) if asks else nullcontext():
            yield use
    finally:
        use.stop()
        if run.gate is not None:  # until the teardown is over, other fixtures' finalizers send nothing
            run.gate.shut()


@pytest.fixture
def api_mocker(request: pytest.FixtureRequest, _api_mocker_use: Use | None) -> Iterator[Mocker]:
    """Declared routes, for this test alone; what is declared and not used fails it, and so does the reverse."""
    use: MockUse | None = request.node.stash[MOCK]
    if use is not None:
        yield use.mocker
        return
    with mocked(request, request.config.stash[_RUN]) as mocker:  # asked for by getfixturevalue()
        yield mocker


@pytest.fixture
def api_mocker_cassette(_api_mocker_use: Use) -> Cassette:
    """The test's cassette, active; asking for it is as good as the marker."""
    return _api_mocker_use.cassette


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any],
    request: pytest.FixtureRequest,  # Any: whatever the fixture is
) -> Generator[None, object, object]:
    """Keeps the traffic of wider-scoped fixtures out of the cassette of the test that happens to be first."""
    run = request.config.stash[_RUN]
    item = run.item
    if fixturedef.argname == "_api_mocker_use" and item is not None:
        item.stash[_END] = lambda: fixturedef.finish(request) if fixturedef.cached_result else None  # type: ignore[arg-type]  # pytest hands on its own request
    if fixturedef.scope == "function" or item is None or run.session.disabled:
        return (yield)
    try:
        if run.gate is None:
            return (yield)
        from .._runtime import fenced
        from .fence import Fence

        run.step_in()
        fence = Fence(fixturedef.argname, fixturedef.scope, told(item, run.session), run.session)
        with fenced(fence):
            result = yield
        if fence.refusals:
            raise pytest.fail.Exception(str(fence.refusals[0]), pytrace=False)
        return result
    finally:  # what is added last runs first
        fixturedef.addfinalizer(lambda: run.begin_end_of(fixturedef.argname, fixturedef.scope))


def pytest_fixture_post_finalizer(
    fixturedef: pytest.FixtureDef[Any],
    request: pytest.FixtureRequest,  # Any: whatever the fixture is
) -> None:
    """The fixture is gone; what is torn down next is another one."""
    gate = request.config.stash[_RUN].gate
    if gate is not None:
        gate.end(fixturedef.argname)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Notes whose turn it is."""
    run = item.config.stash[_RUN]
    run.item, run.books.item = item, item.nodeid
    run.guard(told(item, run.session) if has_cassette(item, auto=run.auto) else None)
    run.session.deferring = True
    run.session.name_target = partial(target_of, item, run.session)
    item.stash[PASSED] = {}
    item.stash[USE] = item.stash[MOCK] = None
    run.failed.discard(item.nodeid)
    yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Notes what passed; shows with a failure the refusals that the code under test hid."""
    run = item.config.stash[_RUN]
    if call.excinfo is not None and isinstance(call.excinfo.value, ApiMockerError):
        end_at_users_code(call.excinfo.value)
        run.tell(call.excinfo.value)
    report = yield
    item.stash[PASSED][call.when] = report.passed and not hasattr(report, "wasxfail")
    if report.failed and call.when == "call":
        report.sections += sections(report.longreprtext, item, run)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """When all else is torn down: commits or sets aside, and says what nobody else said."""
    run = item.config.stash[_RUN]
    ended: BaseException | None = None
    try:
        yield
    except BaseException as error:
        ended = error
        raise
    finally:
        run.item = run.session.name_target = run.books.item = None
        # Where a fixture's teardown ended with SystemExit or the like, pytest tears down no more, and would
        # give the next test what this one had.
        if (end := item.stash.get(_END, None)) is not None:
            end()
        run.books.ended()
        texts = judged(item, run, ended)
        if ended is not None:
            for text in texts:
                ended.add_note(text)
        elif texts:
            raise pytest.fail.Exception("\n".join(texts), pytrace=False)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands over what it counted; whoever reports to people judges the run as a whole."""
    run = session.config.stash[_RUN]
    run.abandon()
    run.network.close()
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["api_mocker"] = run.handed_over()
        return
    whole = _is_whole(session.config)
    run.judge(whole=whole, no_live=options.fails_on_live(session.config))
    if trouble := run.books.write(session, whole=whole):
        run.errors.append(trouble)
    if run.errors and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _is_whole(config: pytest.Config) -> bool:
    """Whether the run was asked for all tests of the project, not for some files or folders."""
    if any(config.getoption(name, default=None) for name in ("ignore", "ignore_glob", "deselect", "lf")):
        return False
    if (
        config.args_source is not pytest.Config.ArgsSource.ARGS
    ):  # testpaths count where the root is, and there only
        return config.invocation_params.dir.resolve() == config.rootpath.resolve()
    given = [config.invocation_params.dir / arg for arg in config.args if "::" not in arg]
    wanted = [config.rootpath / place for place in config.getini("testpaths")] or [config.rootpath]
    return all(any(place.resolve().is_relative_to(folder.resolve()) for folder in given) for place in wanted)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:  # noqa: ARG001  # Any: xdist's own class
    """The controller adds a worker's counts to its own."""
    node.config.stash[_RUN].taken_over(getattr(node, "workeroutput", {}).get("api_mocker"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line of counts, one per file that was written, and what the run as a whole did wrong."""
    run = config.stash[_RUN]
    for error in run.errors:
        terminalreporter.section("api-mocker", red=True)
        terminalreporter.write_line(error)
    for line in run.summary():
        terminalreporter.write_line(line)
