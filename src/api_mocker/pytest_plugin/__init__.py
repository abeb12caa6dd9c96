"""The pytest plugin: options, marker, fixtures, and what is said when a test ends.

The law of this file: a test that passed did what its cassette says, and only such a test changes a
file. Nothing here hides a test's own failure, and nothing is said twice.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .. import _config
from .._core.modes import RecordMode
from ..exceptions import ApiMockerError, UsageError
from .fence import Fence
from .run import Run

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from .._api import Cassette, Use
    from .._config import Config

_PEERS = ("recording", "cassetter")
"""Entry points of the plugins that define some of our options too: pytest-recording and cassetter."""

_USE = pytest.StashKey["Use"]()
_PASSED = pytest.StashKey[dict[str, bool]]()
_RUN = pytest.StashKey[Run]()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Our options; those that an installed peer defines as well are left to it, and read from it."""
    group = parser.getgroup("api-mocker", "recording and replaying HTTP")
    modes = "|".join(RecordMode)
    mode_help = f"what is done with HTTP requests of tests that have a cassette: {modes} (default: none)"
    names = ["--api-mocker-mode"]
    if not (peer := _peer(pluginmanager)):
        names.insert(0, "--record-mode")
    group.addoption(*names, dest="api_mocker_mode", metavar="MODE", default=None, help=mode_help)
    if peer != "recording":
        group.addoption(
            "--disable-recording",
            dest="api_mocker_disabled",
            action="store_true",
            default=False,
            help="let every request through, live, as if there were no cassettes",
        )


def _peer(pluginmanager: pytest.PytestPluginManager) -> str | None:
    """The peer that is going to be loaded beside us, if any."""
    autoload = not os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    for point in entry_points(group="pytest11"):
        if point.name in _PEERS and not pluginmanager.is_blocked(point.name):
            if autoload or pluginmanager.has_plugin(point.name):
                return point.name
    return None


def pytest_configure(config: pytest.Config) -> None:
    """Reads what the project and the command line say; a mistake there ends the run in one line."""
    config.addinivalue_line(
        "markers",
        "cassette(name, *extra, **options): record the test's HTTP traffic into a cassette and replay it; "
        "`name` is the cassette's own name, `extra` are further ones that are only read, and the options are "
        "those of [tool.api_mocker]",
    )
    from .. import _api

    given = config.getoption("api_mocker_mode")
    if given is None:
        given = config.getoption("record_mode", None)  # a peer's
    try:
        session = _api.Session(
            config.rootpath.resolve(),
            _config.read_project(config.rootpath),
            flag=None if given is None else RecordMode.of(given),
            guarded=_config.in_ci(os.environ),
            disabled=bool(config.getoption("api_mocker_disabled", None) or config.getoption("disable_recording", None)),
        )
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[_RUN] = Run(session)
    before = _api.set_session(session)
    config.add_cleanup(lambda: _api.set_session(before) and None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Notes which tests own which named cassette, before any of them is deselected."""
    run = config.stash[_RUN]
    for item in items:
        names, _, _ = _marked(item)
        if names:
            run.owned(str(_named(run.session.config, config, item, names[0])), item.nodeid)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """A run that leaves tests out proves nothing unused."""
    if items:
        items[0].config.stash[_RUN].complete = False


@pytest.fixture(scope="session")
def api_mocker_config() -> Mapping[str, Any]:  # Any: the table of options says what each takes
    """Options for all tests below; override it to change them. They go over ``[tool.api_mocker]``."""
    return {}


@pytest.fixture(scope="session")
def api_mocker_cassette_factory(request: pytest.FixtureRequest, api_mocker_config: Mapping[str, Any]) -> Any:
    """``factory(name, **options)``: a cassette for a fixture of wider scope, as a context manager.

    The file is ``<cassette_dir>/fixtures/<name>.yaml``, whichever test comes first.
    """
    from .. import _api
    from .._storage.naming import inside

    config = request.config.stash[_RUN].session.config.over(api_mocker_config, "api_mocker_config", "config")
    folder = request.config.rootpath / config.cassette_dir / "fixtures"

    @contextmanager
    def factory(name: str, /, **options: Any) -> Iterator[Cassette]:
        where = f"api_mocker_cassette_factory({name!r})"
        use = _api.Use(inside(folder, name, where), [], config.over(options, where, "call"))
        cassette = use.start()
        try:
            yield cassette
        except BaseException as error:
            use.finish(error)
            raise
        use.finish(None)

    return factory


@pytest.fixture(autouse=True)
def _api_mocker_use(request: pytest.FixtureRequest) -> Iterator[Use | None]:
    """Opens the test's cassette before its other fixtures and closes it after them."""
    item = request.node
    _, _, marked = _marked(item)
    run = request.config.stash[_RUN]
    asked = "api_mocker_cassette" in request.fixturenames
    if not (marked or asked or run.session.config.auto):
        yield None
        return
    with _plainly():
        use = _use_of(item, request.getfixturevalue("api_mocker_config"))
    item.stash[_USE] = use
    if run.session.disabled:
        yield use
        return
    use.start()
    try:
        yield use
    finally:
        use.stop()


@pytest.fixture
def api_mocker_cassette(_api_mocker_use: Use) -> Cassette:
    """The test's cassette, active; asking for it is as good as the marker."""
    return _api_mocker_use.cassette


@pytest.fixture
def cassette(api_mocker_cassette: Cassette) -> Cassette:
    """The test's cassette, active; asking for it is as good as the marker."""
    return api_mocker_cassette


def _marked(item: pytest.Item) -> tuple[tuple[str, ...], list[Mapping[str, Any]], bool]:
    """The names of the closest marker that has some, all markers' options (outermost first), and
    whether there is a marker at all."""
    names: tuple[str, ...] = ()
    options: list[Mapping[str, Any]] = []
    for mark in item.iter_markers("cassette"):
        names = names or mark.args
        options.insert(0, mark.kwargs)
    return names, options, bool(options)


def _use_of(item: pytest.Item, given: Mapping[str, Any]) -> Use:
    from .. import _api
    from .._storage.naming import test_path

    names, options, _ = _marked(item)
    config = item.config.stash[_RUN].session.config.over(given, "api_mocker_config", "config")
    for level in options:
        config = config.over(level, f"{item.nodeid}: @pytest.mark.cassette", "marker")
    if names:
        path, *extra = (_named(config, item.config, item, name) for name in names)
    else:
        module, _, name = item.nodeid.partition("::")
        folder = item.config.rootpath / config.cassette_dir
        path, extra = test_path(folder, module, name.replace("::", ".")), []
    return _api.Use(path, extra, config, test=item.nodeid)


def _named(config: Config, pytest_config: pytest.Config, item: pytest.Item, name: object) -> Path:
    from .._storage.naming import inside

    where = f"{item.nodeid}: @pytest.mark.cassette"
    with _plainly():
        if not isinstance(name, str):
            raise UsageError(f"{where}: a cassette's name must be text, and is {name!r}")
        return inside(pytest_config.rootpath / config.cassette_dir, name, where)


@contextmanager
def _plainly() -> Iterator[None]:
    """A user's mistake is shown as its text, without our traceback."""
    try:
        yield
    except ApiMockerError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Keeps the traffic of wider-scoped fixtures out of the cassette of the test that happens to be first."""
    run = request.config.stash[_RUN]
    item = run.item
    if fixturedef.scope == "function" or item is None or run.session.disabled or not _has_cassette(item, run):
        return (yield)
    from .._runtime import fenced

    fence = Fence(fixturedef.argname, str(fixturedef.scope), item.nodeid)
    with fenced(fence):
        result = yield
    if fence.refusals:
        pytest.fail(str(fence.refusals[0]), pytrace=False)
    return result


def _has_cassette(item: pytest.Item, run: Run) -> bool:
    return run.session.config.auto or _marked(item)[2] or "api_mocker_cassette" in getattr(item, "fixturenames", ())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Notes whose turn it is."""
    run = item.config.stash[_RUN]
    run.item = item
    item.stash[_PASSED] = {}
    item.stash.pop(_USE, None) if _USE in item.stash else None
    yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Notes what passed; shows with a failure the refusals that the code under test hid."""
    report = yield
    item.stash[_PASSED][call.when] = report.passed and not hasattr(report, "wasxfail")
    use = item.stash.get(_USE, None)
    if use is not None and report.failed and call.when == "call":
        shown = report.longreprtext
        hidden = [str(error) for error in use.engine.refusals if str(error).splitlines()[0] not in shown]
        if hidden:
            report.sections.append(("api-mocker: refused requests", "\n".join(hidden)))
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """When all else is torn down: commits or sets aside, and says what nobody else said."""
    run = item.config.stash[_RUN]
    phases = item.stash[_PASSED]
    clean = False
    try:
        yield
        clean = True
    finally:
        run.item = None
        use = item.stash.get(_USE, None)
        if use is not None and not run.session.disabled:
            passed = clean and phases.get("setup", False) and phases.get("call", False)
            with _plainly() if passed else _quietly():
                _end(use, item, state, passed=passed)


def _end(use: Use, item: pytest.Item, run: Run, *, passed: bool) -> None:
    swallowed = use.swallowed()
    use.settle(passed=passed and swallowed is None)
    named = bool(_marked(item)[0])
    if named:
        run.played(str(use.path), item.nodeid, use, passed=passed)
    if not passed:
        return
    if swallowed is not None:
        raise swallowed
    for note in use.engine.notes:
        _warn(item, note)
    unused = None if use.config.unused == "ignore" or (named and use.replaying) else use.unused()
    if unused is None:
        return
    run.unused += len(use.engine.tapes[0].unused())
    if use.replaying and use.config.unused == "error":
        raise unused
    _warn(item, str(unused))


def _warn(item: pytest.Item, text: str) -> None:
    from .._api import ApiMockerWarning

    item.warn(ApiMockerWarning(text))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands over what it counted; whoever reports to people judges the run as a whole."""
    run = session.config.stash.get(_RUN, None)
    if run is None:
        return
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["api_mocker"] = run.handed_over()
        return
    run.judge(whole=_is_whole(session.config))
    if run.errors and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _is_whole(config: pytest.Config) -> bool:
    """Whether the run was asked for all tests of the project, not for some files or folders."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return True
    places = [(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args if "::" not in arg]
    wanted = [config.rootpath / place for place in config.getini("testpaths")] or [config.rootpath]
    return all(any(place.resolve().is_relative_to(given) for given in places) for place in wanted)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:  # Any: xdist's own class
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
