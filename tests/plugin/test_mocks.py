"""The fixture `api_mocker` under pytest: strict both ways, one report, nothing left for the next test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import QUIET

if TYPE_CHECKING:
    from .conftest import Project

CHECKOUT = """
import httpx, requests
from dataclasses import dataclass

@dataclass
class Result:
    success: bool

class WithRequests:
    get, post = staticmethod(requests.get), staticmethod(requests.post)

class WithHttpx:
    get, post = staticmethod(httpx.get), staticmethod(httpx.post)

class WithBoth:
    get, post = staticmethod(requests.get), staticmethod(httpx.post)

def checkout_flow(client):
    user = client.get("https://users.example.com/users/1")
    user.raise_for_status()
    order = client.post("https://shop.example.com/orders", json={"for": user.json()["name"]})
    return Result(order.status_code == 201 and order.json() == {"order_id": 42})
"""


def test_the_checkout_flow(project: Project) -> None:
    """Two lines declare what a flow of several services is answered, whichever clients it is written with."""
    project.write("checkout.py", CHECKOUT)
    project.write(
        "test_a.py",
        """
import pytest, checkout

@pytest.fixture(params=[checkout.WithRequests, checkout.WithHttpx, checkout.WithBoth])
def checkout_flow(request):
    return lambda: checkout.checkout_flow(request.param)

def test_checkout_flow(api_mocker, checkout_flow):
    api_mocker.get("/users/1").respond_with(status=200, json={"id": 1, "name": "Alice"})
    api_mocker.post("/orders").respond_with(status=201, json={"order_id": 42})

    result = checkout_flow()

    assert result.success
""",
    )
    result = project.run()
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["api-mocker: 0 replayed, 0 recorded, 0 live, 0 blocked, 0 unused, 6 mocked"])
    assert project.service.log == []


# --- strict both ways ---------------------------------------------------------------------------------

ONE_REPORT = [
    "test_unused",
    "test_unused_reply",
    "test_swallowed",
    "test_by_a_task",
    "test_in_a_thread",
    "test_wrapped",
    "test_too_many",
    "test_too_early",
    "test_no_reply",
    "test_callback",
]


def test_what_a_passing_test_hid(project: Project) -> None:
    """Each mistake that raised nothing fails the test once, at its teardown, with the declaration's line."""
    project.write(
        "test_a.py",
        """
import asyncio, threading
from contextlib import suppress
import boto3, botocore.config, botocore.exceptions, httpx, requests

def test_unused(api_mocker):
    api_mocker.get("/unused").respond_with()

def test_unused_reply(api_mocker):
    api_mocker.get("/row").respond_with(503).respond_with(200)
    requests.get("http://h/row")

def test_swallowed(api_mocker):
    with suppress(Exception):
        httpx.get("http://h/swallowed")

def test_by_a_task(api_mocker):
    async def send():
        async with httpx.AsyncClient() as client:
            await client.get("http://h/task")
    async def main():
        await asyncio.gather(asyncio.create_task(send()), return_exceptions=True)
    asyncio.run(main())

def test_in_a_thread(api_mocker):
    def send():
        with suppress(Exception):
            requests.get("http://h/thread")
    thread = threading.Thread(target=send)
    thread.start()
    thread.join()

def test_wrapped(api_mocker):
    s3 = boto3.client("s3", region_name="eu-west-1", aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="wJalrXUtnFEMI", config=botocore.config.Config(retries={"total_max_attempts": 2}))
    with suppress(botocore.exceptions.BotoCoreError):
        s3.list_buckets()

def test_too_many(api_mocker):
    api_mocker.get("/many").respond_with().times(1)
    requests.get("http://h/many")
    with suppress(Exception):
        requests.get("http://h/many")

def test_too_early(api_mocker):
    api_mocker.in_order()
    api_mocker.get("/first").respond_with()
    api_mocker.get("/second").respond_with()
    with suppress(Exception):
        requests.get("http://h/second")
    requests.get("http://h/first")
    requests.get("http://h/second")

def test_no_reply(api_mocker):
    api_mocker.get("/silent")

def test_callback(api_mocker):
    api_mocker.get("/callback").respond_with(lambda request: 1 / 0)
    with suppress(Exception):
        requests.get("http://h/callback")
""",
    )
    result = project.run("-rA")
    result.assert_outcomes(passed=len(ONE_REPORT), errors=len(ONE_REPORT))
    text = result.stdout.str()
    for name in ONE_REPORT:
        assert text.count(f"ERROR at teardown of {name} ") == 1
    for line in (
        "  GET /unused (test_a.py:7): never called",
        "  GET /row (test_a.py:10): called once, and of its 2 replies these are still due: 2 (test_a.py:10)",
        "GET http://h/swallowed\n  is not declared.",
        "GET http://h/task\n  is not declared.",
        "GET http://h/thread\n  is not declared.",
        "GET https://s3.eu-west-1.amazonaws.com/",
        "  is one call too many: GET /many (test_a.py:40) was declared for 1 call.",
        "  comes out of order, and in_order() was asked for.\n  due before it:  GET /first (test_a.py:47)",
        "  GET /silent (test_a.py:55): it has no reply; add .respond_with(...)",
        "test_a.py:58: the callback failed: ZeroDivisionError: division by zero",
    ):
        assert text.count(line) == 1, line
    assert project.service.log == []


def test_what_a_test_does_not_hide_is_said_once(project: Project) -> None:
    """A refusal that comes through is the test's failure, at the user's line, and nothing is said at teardown."""
    project.write(
        "test_a.py",
        """
import httpx, pytest, requests

def fetch(get):
    return get("http://h/missing")  # the line

@pytest.mark.parametrize("get", [requests.get, httpx.get])
def test_refused(api_mocker, get):
    api_mocker.get("/unused").respond_with()
    fetch(get)
""",
    )
    result = project.run()
    result.assert_outcomes(failed=2)
    text = result.stdout.str()
    assert text.count('return get("http://h/missing")  # the line') == 2
    assert text.count("test_a.py:5: NotDeclared") == 2
    assert "never called" not in text
    assert "site-packages" not in text


def test_a_failed_assertion_about_calls_stands_at_the_users_line(project: Project) -> None:
    """Nothing of ours is shown between the line and what it says."""
    project.write(
        "test_a.py",
        """
import requests

def test_it(api_mocker):
    route = api_mocker.post("/a").respond_with()
    requests.post("http://h/a", json={"n": 1})
    route.assert_called_with(json={"n": 2})
""",
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*body $.n: sent 1, asserted 2", "test_a.py:7: AssertionError"])
    assert "keywords.py" not in result.stdout.str()


def test_the_tests_own_failure_comes_first(project: Project) -> None:
    """What was refused besides is a section of its report, and nothing of ours stands in its place."""
    project.write(
        "test_a.py",
        """
import requests
from contextlib import suppress

def test_fails(api_mocker):
    api_mocker.get("/unused").respond_with()
    with suppress(Exception):
        requests.get("http://h/missing")
    assert 1 + 1 == 3, "the test's own"

def test_passes(api_mocker):
    api_mocker.get("/a").respond_with()
    requests.get("http://h/a")
""",
    )
    result = project.run()
    result.assert_outcomes(failed=1, passed=1)
    text = result.stdout.str()
    assert text.count("AssertionError: the test's own") >= 1
    assert text.count("api-mocker: refused requests") == 1
    assert text.count("GET http://h/missing") == 1
    assert "ERROR" not in text


def test_wrong_declarations_are_shown_at_their_line(project: Project) -> None:
    """The line that fails is the user's, whatever of ours lies below it, and the text says what was meant."""
    project.write(
        "test_a.py",
        """
import pytest

def declare(api_mocker):
    api_mocker.get("/a").respond_with(sttus=500)

WRONG = {
    "keyword": lambda m: m.get("/a", jsn={}),
    "url": lambda m: m.get("users"),
    "status": lambda m: m.get("/a").respond_with(99),
    "callback": lambda m: m.get("/{id}").respond_with(lambda request: None),
    "times": lambda m: m.get("/a").respond_with().times(0),
}

@pytest.mark.parametrize("name", WRONG)
def test_wrong(api_mocker, name):
    WRONG[name](api_mocker)

def test_helper(api_mocker):
    declare(api_mocker)
""",
    )
    result = project.run()
    result.assert_outcomes(failed=6)
    text = result.stdout.str()
    for line, words in (
        (8, "a declaration has no 'jsn'; did you mean 'json'?"),
        (9, "'users' is a relative URL; did you mean '/users'?"),
        (10, "there is no status 99"),
        (11, "is called with the request and id by name"),
        (12, "times() takes a number from 1 on"),
        (5, "respond_with() has no 'sttus'; did you mean 'status'?"),
    ):
        assert text.count(f"test_a.py:{line}: UsageError") == 1
        assert words in text
    assert "api_mocker/_core" not in text


# --- options ------------------------------------------------------------------------------------------


def test_unused_may_be_a_warning(project: Project) -> None:
    """By marker, by the closest of them, by route and by the project; what was refused stays an error."""
    project.write(
        "test_a.py",
        """
import pytest, requests
from contextlib import suppress

pytestmark = pytest.mark.api_mocker(unused="ignore")

@pytest.mark.api_mocker(unused="warn")
def test_warned(api_mocker):
    api_mocker.get("/warned").respond_with()

def test_ignored(api_mocker):
    api_mocker.get("/ignored").respond_with()

@pytest.mark.api_mocker(unused="error")
def test_optional(api_mocker):
    api_mocker.get("/optional").respond_with().optional()

@pytest.mark.api_mocker(unused="warn")
def test_refused(api_mocker):
    api_mocker.get("/never").respond_with()
    with suppress(Exception):
        requests.get("http://h/refused")
""",
    )
    project.write(
        "test_b.py",
        """
def test_of_the_project(api_mocker):
    api_mocker.get("/of-the-project").respond_with()
""",
    )
    with (project.root / "pyproject.toml").open("a") as file:
        file.write('\n[tool.api_mocker]\nunused = "warn"\n')
    result = project.run()
    result.assert_outcomes(passed=5, errors=1, warnings=3)
    text = result.stdout.str()
    assert text.count("ApiMockerWarning: 1 declared route was not used as declared") == 3
    assert "GET /warned (test_a.py:9): never called" in text
    assert "GET /never (test_a.py:20): never called" in text
    assert "GET /of-the-project (test_b.py:3): never called" in text
    assert "/ignored" not in text
    assert "/optional" not in text
    assert "ERROR at teardown of test_refused" in text


def test_a_wrong_marker_is_told_at_the_test(project: Project) -> None:
    """A misspelt option, one that means nothing to a mock, and one without name."""
    project.write(
        "test_a.py",
        """
import pytest

@pytest.mark.api_mocker(unsed="warn")
def test_misspelt(api_mocker): ...

@pytest.mark.api_mocker(record_mode="once")
def test_of_a_cassette(api_mocker): ...

@pytest.mark.api_mocker("warn")
def test_positional(api_mocker): ...

@pytest.mark.api_mocker(unused="wran")
def test_value(api_mocker): ...
""",
    )
    result = project.run()
    result.assert_outcomes(errors=4)
    text = result.stdout.str()
    for words in (
        "test_a.py::test_misspelt: @pytest.mark.api_mocker: a mock has no option 'unsed'; did you mean 'unused'? (it has unused, passthrough, delays, redact)",
        "test_a.py::test_of_a_cassette: @pytest.mark.api_mocker: a mock has no option 'record_mode'",
        "test_a.py::test_positional: @pytest.mark.api_mocker takes options by name, such as unused='warn', and not 'warn'",
        "did you mean 'warn'?",
    ):
        assert words in text
    assert "Traceback" not in text
    assert "site-packages" not in text


def test_passthrough_and_delays(project: Project) -> None:
    """Hosts that are let through are reached, and a declared delay makes a test slow only where that is asked for."""
    project.write(
        "test_a.py",
        """
import pytest, requests, time

@pytest.mark.api_mocker(passthrough=["127.0.0.1"])
def test_through(api_mocker):
    api_mocker.get("/a").respond_with(text="mocked")
    assert requests.get("URL/a").text == "mocked"
    assert requests.get("URL/b").json()["asked"] == "GET /b"

def test_virtual(api_mocker):
    api_mocker.get("/a").respond_with(delay=3600)
    start = time.monotonic()
    requests.get("http://h/a")
    assert time.monotonic() - start < 60
    assert api_mocker.time > 3600

@pytest.mark.api_mocker(delays="real")
def test_real(api_mocker):
    api_mocker.get("/a").respond_with(delay=0.2)
    start = time.monotonic()
    requests.get("http://h/a")
    assert time.monotonic() - start >= 0.2
""",
    )
    project.run().assert_outcomes(passed=3)
    assert project.service.log == ["GET /b"]


# --- isolation ----------------------------------------------------------------------------------------

ISOLATED = """
import httpx, pytest, requests, threading
from api_mocker import NotDeclared

@pytest.fixture(scope="session")
def client():
    with httpx.Client() as client, requests.Session() as session:
        yield client, session

@pytest.mark.parametrize("number", range(3))
def test_each_its_own(api_mocker, client, number):
    assert (api_mocker.routes, api_mocker.calls) == ([], [])
    route = api_mocker.get("/n").respond_with(json=number)
    for each in client:
        assert each.get("http://h/n").json() == number
    assert route.call_count == 2

def test_nothing_is_left(api_mocker, client):
    for each in client:
        with pytest.raises(NotDeclared):
            each.get("http://h/n")
    api_mocker._router.refusals.clear()  # they were asked for

def test_without_a_mock(client):
    for each in client:
        assert each.get("URL/live").json()["asked"] == "GET /live"
"""


@pytest.mark.parametrize("order", ["forwards", "backwards"])
def test_nothing_leaks_into_the_next_test(project: Project, order: str) -> None:
    """Each test has its own routes and calls, with clients that live for the session, in any order."""
    project.write("test_a.py", ISOLATED)
    project.write(
        "conftest.py",
        f"def pytest_collection_modifyitems(items):\n    items[:] = items[:: {1 if order == 'forwards' else -1}]\n",
    )
    project.run().assert_outcomes(passed=5)
    assert project.service.log == ["GET /live"] * 2


def test_workers(project: Project) -> None:
    """Under xdist each worker judges its own tests, and the controller counts them together."""
    project.write("test_a.py", ISOLATED)
    project.write("test_b.py", "def test_unused(api_mocker): api_mocker.get('/unused').respond_with()\n")
    result = project.run("-n", "2", plugins=(*QUIET, "-p", "xdist"))
    result.assert_outcomes(passed=6, errors=1)
    result.stdout.fnmatch_lines(["*6 mocked*"])


def test_finalizers_that_still_send_are_answered(project: Project) -> None:
    """The mock outlives the test's fixtures, whichever of them was asked for first; what they do counts."""
    project.write(
        "test_a.py",
        """
import pytest, requests

@pytest.fixture
def login():
    yield
    requests.post("http://h/logout")

@pytest.fixture
def forgets():
    yield
    try:
        requests.post("http://h/forgotten")
    except Exception:
        pass

@pytest.fixture
def declared(api_mocker):
    api_mocker.post("/logout").respond_with()

def test_before(login, declared): ...
def test_after(declared, login): ...
def test_undeclared(api_mocker, forgets): ...
""",
    )
    result = project.run()
    result.assert_outcomes(passed=3, errors=1)
    text = result.stdout.str()
    assert text.count("ERROR at teardown of test_undeclared") == 1
    assert text.count("POST http://h/forgotten\n") == 1


def test_a_thread_that_outlives_its_test(project: Project) -> None:
    """It is refused, reported against its own test, and never answered by the next one's mock."""
    project.write(
        "test_a.py",
        """
import requests, threading

go, done, seen = threading.Event(), threading.Event(), []

def work():
    go.wait(30)
    try:
        seen.append(requests.get("http://h/late").status_code)
    except Exception as error:
        seen.append(type(error).__name__)
    done.set()

def test_starts_it(api_mocker):
    threading.Thread(target=work, daemon=True).start()

def test_next(api_mocker):
    api_mocker.get("/late").respond_with().optional()
    go.set()
    assert done.wait(30)
    assert seen == ["UnmatchedRequest"]
""",
    )
    result = project.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["*belongs to the fixture api_mocker of test_a.py::test_starts_it, which is closed.*"]
    )


def test_reruns(project: Project) -> None:
    """Each attempt has a mock of its own; only the last one's report counts."""
    project.write(
        "test_a.py",
        """
import pytest, requests
attempts = []

@pytest.mark.flaky(reruns=2)
def test_flaky(api_mocker):
    assert api_mocker.calls == []
    attempts.append(1)
    api_mocker.get("/a").respond_with()
    api_mocker.get("/b").respond_with()
    requests.get("http://h/a")
    assert len(attempts) == 3
    requests.get("http://h/b")
""",
    )
    result = project.run()
    assert "1 passed, 2 rerun" in result.stdout.str()
    assert "never called" not in result.stdout.str()


def test_asked_for_late(project: Project) -> None:
    """By getfixturevalue() in the test, it is as strict; by another fixture, as early."""
    project.write(
        "test_a.py",
        """
import pytest, requests

def test_used(request):
    api_mocker = request.getfixturevalue("api_mocker")
    api_mocker.get("/a").respond_with(201)
    assert requests.get("http://h/a").status_code == 201

def test_unused(request):
    request.getfixturevalue("api_mocker").get("/b").respond_with()

@pytest.fixture
def user(api_mocker):
    api_mocker.get("/users/1").respond_with(json="Alice")

def test_by_a_fixture(user):
    assert requests.get("http://h/users/1").json() == "Alice"

@pytest.mark.usefixtures("user")
class TestClass:
    def test_of_a_class(self):
        assert requests.get("http://h/users/1").json() == "Alice"
""",
    )
    result = project.run()
    result.assert_outcomes(passed=4, errors=1)
    assert result.stdout.str().count("GET /b (test_a.py:10): never called") == 1


def test_async_tests(project: Project) -> None:
    """Tests and fixtures of pytest-asyncio and of anyio are answered, tasks and threads of theirs included."""
    project.write(
        "test_a.py",
        """
import asyncio, httpx, pytest, pytest_asyncio, requests

@pytest_asyncio.fixture
async def client():
    async with httpx.AsyncClient() as client:
        yield client
        await client.get("http://h/bye")

@pytest.mark.asyncio
@pytest.mark.parametrize("n", range(2))
async def test_asyncio(api_mocker, client, n):
    async def answer(request, id):
        await asyncio.sleep(0)
        return api_mocker.reply(json=[n, id])
    api_mocker.get("/{id}").respond_with(answer)
    answers = await asyncio.gather(*(client.get(f"http://h/{i}") for i in range(5)))
    assert [each.json() for each in answers] == [[n, str(i)] for i in range(5)]
    assert (await asyncio.to_thread(requests.get, "http://h/t")).json() == [n, "t"]

@pytest.mark.asyncio
async def test_swallowed(api_mocker):
    async with httpx.AsyncClient() as client:
        await asyncio.gather(client.get("http://h/x"), return_exceptions=True)
""",
    )
    project.write(
        "test_b.py",
        """
import anyio, httpx, pytest

pytestmark = pytest.mark.anyio

@pytest.fixture(params=["asyncio", *["trio"] * 4])
def anyio_backend(request): return request.param

async def test_anyio(api_mocker):
    order = []
    api_mocker.get("/{n}").respond_with(lambda request, n: api_mocker.reply(json=n, delay=10.0 - int(n)))
    async with httpx.AsyncClient() as client, anyio.create_task_group() as group:
        async def send(n):
            order.append((await client.get(f"http://h/{n}", timeout=None)).json())
        for n in range(6):
            group.start_soon(send, n)
    assert order == ["5", "4", "3", "2", "1", "0"]
""",
    )
    result = project.run()
    result.assert_outcomes(passed=8, errors=1)
    assert result.stdout.str().count("GET http://h/x\n") == 1


# --- mock() -------------------------------------------------------------------------------------------


def test_blocks(project: Project) -> None:
    """Blocks nest, also inside the fixture: the inner one answers first, and calls are where they were answered."""
    project.write(
        "test_a.py",
        """
import api_mocker as am, pytest, requests
from contextlib import suppress

def get(path): return requests.get("http://h" + path).status_code

def test_nested(api_mocker):
    outer_a = api_mocker.get("/a").respond_with(201)
    outer_b = api_mocker.get("/b").respond_with(202)
    with am.mock() as inner:
        inner_a = inner.get("/a").respond_with(501)
        assert (get("/a"), get("/b")) == (501, 202)
        assert [call.route for call in inner.calls] == [inner_a]
    assert get("/a") == 201
    assert [call.route for call in api_mocker.calls] == [outer_b, outer_a]

def test_undeclared_in_the_inner():
    with am.mock() as outer:
        outer.get("/a").respond_with()
        with pytest.raises(am.SwallowedRequests) as caught, am.mock() as inner:
            inner.get("/b").respond_with().optional()
            with suppress(Exception):
                get("/c")
        assert "GET http://h/c" in str(caught.value)
        assert "  Nor does a declared route take it; nearest:  GET /a (test_a.py:" in str(caught.value)
        get("/a")

def test_passthrough_of_the_outer(api_mocker):
    with am.mock(passthrough=["127.0.0.1"]), am.mock() as inner:
        inner.get("/a").respond_with(201)
        assert requests.get("URL/a").status_code == 201
        assert requests.get("URL/b").json()["asked"] == "GET /b"

def test_unused():
    with pytest.raises(am.UnusedRoutes, match=r"GET /a \\(test_a.py:\\d+\\): never called"), am.mock() as inner:
        inner.get("/a").respond_with()

def test_its_own_error_comes_out():
    with pytest.raises(ZeroDivisionError) as caught, am.mock() as inner:
        inner.get("/a").respond_with()
        with suppress(Exception):
            get("/b")
        1 / 0
    assert caught.value.__notes__ == ["api-mocker: " + str(inner._router.refusals[0])]
    with pytest.raises(am.NotDeclared) as caught, am.mock():
        get("/b")
    assert not hasattr(caught.value, "__notes__")

def test_warned():
    with pytest.warns(am.ApiMockerWarning, match="never called") as warned, am.mock(unused="warn") as inner:
        inner.get("/a").respond_with()
    assert warned[0].filename == __file__

def test_again():
    block = am.mock()
    for status in (201, 202):
        with block as mocker:
            mocker.get("/a").respond_with(status)
            assert get("/a") == status
""",
    )
    project.run().assert_outcomes(passed=7)
    assert project.service.log == ["GET /b"]


def test_wider_mocks_are_overridden(project: Project) -> None:
    """What a conftest's session declares is there for every test, and a test's own fixture goes before it."""
    project.write(
        "conftest.py",
        """
import api_mocker, pytest

@pytest.fixture(scope="session", autouse=True)
def everywhere():
    with api_mocker.mock(unused="ignore") as mocker:
        mocker.get("/user").respond_with(json="Alice")
        mocker.get("/flags").respond_with(json=[])
        yield mocker

@pytest.fixture(scope="module")
def slower():
    with api_mocker.mock(unused="ignore") as mocker:
        mocker.get("/flags").respond_with(json=["slow"])
        yield mocker
""",
    )
    project.write(
        "test_a.py",
        """
import requests

def get(path): return requests.get("http://h" + path).json()

def test_inherits():
    assert (get("/user"), get("/flags")) == ("Alice", [])

def test_overrides(api_mocker):
    api_mocker.get("/user").respond_with(json="Bob")
    assert (get("/user"), get("/flags")) == ("Bob", [])

def test_three_layers(slower, api_mocker):
    api_mocker.get("/user").respond_with(json="Eve")
    assert (get("/user"), get("/flags")) == ("Eve", ["slow"])

def test_wider_calls(everywhere):
    assert {call.request.path for call in everywhere.calls} == {"/user", "/flags"}

def test_swallowed(api_mocker):
    try:
        get("/missing")
    except Exception:
        pass
""",
    )
    result = project.run()
    result.assert_outcomes(passed=5, errors=1)
    assert result.stdout.str().count("GET http://h/missing\n") == 1


def test_help_and_markers(project: Project) -> None:
    """The fixture and the marker are listed with what they are for."""
    result = project.run("--markers", "--strict-markers")
    result.stdout.fnmatch_lines(["@pytest.mark.api_mocker(?*?options): options of the fixture api_mocker: unused, passthrough, delays, redact"])  # fmt: skip
    result = project.run("--fixtures")
    result.stdout.fnmatch_lines(["*api_mocker*", "*Declared routes, for this test alone*"])
