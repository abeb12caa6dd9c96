"""Declared routes, with every client: what the printed declarations of the table do not reach by themselves."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY

import httpx
import pytest
import requests
import urllib3

import api_mocker

from .drivers import TIMEOUT, Site, drivers
from .runs import sockets_cut
from .scenarios.failing import BRIEF, BROKEN, SHORT
from .seen import promised

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    import trustme

    from api_mocker._core.verbs import Base

    from .drivers import Client, Driver
    from .seen import Seen
    from .wire import Server

    Act = Callable[[Client], Awaitable[Any]]

DRIVERS = drivers()
LONG = 4000.0
"""Seconds that nobody waits for: who does, never ends."""


class Stage:
    """One driver, with a client opened for each play."""

    def __init__(self, driver: Driver, server: Server, ca: str) -> None:
        self.driver = driver
        self.server = server
        self._ca = ca

    def play(self, act: Act, scheme: str = "http", **settings: object) -> Any:  # Any: what `act` returns
        """Runs a coroutine function of a client, in a loop of its own where the client has one."""
        self.server.stage.set("mocks", BROKEN)
        site = Site("mocks", scheme, self.server.bases, self.server.stage, self._ca, 1)

        async def acted() -> Any:  # Any: as above
            async with self.driver.open(site, **settings) as client:
                return await act(client)

        return self.driver.run(acted())

    def send(self, method: str, path: str, scheme: str = "http", **options: Any) -> Seen:
        """One request of a new client."""
        settings = options.pop("settings", {})

        async def act(client: Client) -> Seen:
            return await client.send(method, path, **options)

        seen: Seen = self.play(act, scheme, **settings)
        return seen


@pytest.fixture(params=DRIVERS, ids=lambda driver: driver.name)
def stage(request: pytest.FixtureRequest, server: Server, ca: tuple[trustme.CA, str]) -> Stage:
    return Stage(request.param, server, ca[1])


@contextmanager
def mocked(**options: Any) -> Iterator[api_mocker.Mocker]:
    """A mock, with nothing behind it."""
    with sockets_cut(), api_mocker.mock(**options) as mocker:
        yield mocker


def below(mocker: api_mocker.Mocker) -> Base:
    """The verbs for the paths that a client of the stage asks for."""
    return mocker.base("/mocks")


def only(can: Callable[[Driver], bool]) -> pytest.MarkDecorator:
    """For tests that not every driver can run."""
    able = [driver for driver in DRIVERS if can(driver)]
    return pytest.mark.parametrize("stage", able, indirect=True, ids=lambda driver: driver.name)


# --- failures ------------------------------------------------------------------------------------

FAILURES: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    # kind: where a real one comes from, the scheme, how it is asked for, and how it is declared
    "connect_timeout": ("full:/", "http", {"timeout": (SHORT, SHORT)}, {}),
    "read_timeout": ("/silence", "http", {"timeout": (SHORT, SHORT)}, {}),
    "refused": ("refused:/", "http", {}, {}),
    "dns": ("unknown:/", "http", {}, {}),
    "tls": ("/", "https", {"settings": {"trusted": False}}, {}),
    "reset": ("/reset", "http", {}, {}),
    "protocol": ("/hangup", "http", {}, {}),
    "closed_early": ("/too-long", "http", {}, {"text": "short, and cut", "after": 5}),
    "closed_early in chunks": ("/cut-chunk", "http", {"read": "chunks"}, {"stream": ["whole", "half"], "after": 7}),
    "reset in a body": ("/reset-in-body", "http", {}, {"text": "short", "headers": {"Content-Length": "100"}, "after": 5}),
    "read_timeout in a body": (
        "/silence-in-body",
        "http",
        {"timeout": (BRIEF, BRIEF), "read": "chunks"},
        {"text": "short", "headers": {"Content-Length": "100"}, "after": 5},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FAILURES)
def test_a_declared_failure_is_a_real_one(stage: Stage, kind: str) -> None:
    """One word for each client's own class, those that it carries included."""
    path, scheme, asked, said = FAILURES[kind]
    real = stage.send("GET", path, scheme, **asked)
    with mocked() as mocker:
        below(mocker).get("/" + path.partition("/")[2]).respond_with(error=kind.partition(" ")[0], **said)
        declared = stage.send("GET", path, scheme, **asked)
    assert real.raised
    assert promised(declared, recipe=True).raised == promised(real, recipe=True).raised


@only(lambda driver: "retry" in driver.can)
def test_retries_run_for_declared_failures(stage: Stage) -> None:
    """A failure goes through the client's own Retry: each attempt is a call, and the last error comes out."""
    real = stage.send("GET", "refused:/", settings={"retries": 2})
    with mocked() as mocker:
        route = below(mocker).get("/").respond_with(error="refused").times(3)
        declared = stage.send("GET", "/", settings={"retries": 2})
    assert declared.raised == real.raised
    assert [call.error for call in route.calls] == ["refused"] * 3


@only(lambda driver: "retry" in driver.can)
def test_retries_end_with_the_first_answer(stage: Stage) -> None:
    """An answer behind two failures is what the caller gets; so is one behind a status that is retried."""
    with mocked() as mocker:
        api = below(mocker)
        api.get("/a").respond_with(error="refused").respond_with(error="connect_timeout").respond_with(
            text="up"
        )
        api.get("/b").respond_with(status=503).respond_with(text="there")
        seen = [stage.send("GET", path, settings={"retries": 2}) for path in ("/a", "/b")]
    assert [(one.status, one.body) for one in seen] == [(200, b"up"), (200, b"there")]


class Boom(Exception):
    """No client's."""


FOREIGN: dict[str, tuple[BaseException, str]] = {
    # the exception of a client, and the kind that it is for the others
    "httpx.ConnectTimeout": (httpx.ConnectTimeout("slow"), "connect_timeout"),
    "httpx.ReadTimeout": (httpx.ReadTimeout("slow"), "read_timeout"),
    "httpx.RemoteProtocolError": (httpx.RemoteProtocolError("odd"), "protocol"),
    "requests.ConnectTimeout": (requests.ConnectTimeout("slow"), "connect_timeout"),
    "requests.ReadTimeout": (requests.ReadTimeout("slow"), "read_timeout"),
    "requests.SSLError": (requests.exceptions.SSLError("bad"), "tls"),
    "requests.ConnectionError": (requests.ConnectionError("no"), "refused"),
    "urllib3.ProtocolError": (urllib3.exceptions.ProtocolError("odd"), "protocol"),
    "TimeoutError": (TimeoutError("slow"), "read_timeout"),
    "ConnectionResetError": (ConnectionResetError(104, "reset"), "reset"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_another_clients_exception_is_ones_own(stage: Stage, name: str) -> None:
    """What one client raises is said to each in its own class, unless it is its own already."""
    error, kind = FOREIGN[name]
    with mocked() as mocker:
        below(mocker).get("/").raises(error).respond_with(error=kind)
        said, meant = stage.send("GET", "/"), stage.send("GET", "/")
    if type(error).__module__.partition(".")[0] == stage.driver.name.partition("-")[0] != "requests":
        assert (
            f"{type(error).__module__}.{type(error).__name__}" in said.raised
        )  # perhaps behind its own Retry
    else:
        assert said.raised[:1] == meant.raised[:1]


def test_any_other_exception_is_raised_as_it_is(stage: Stage) -> None:
    """The very object, with the client's own frames above it; a class is made when it is declared."""
    error = Boom("as it is")
    caught: list[BaseException] = []

    async def act(client: Client) -> None:
        async with client.exchange("GET", client.site.url("/"), stream=False):
            pass

    with mocked() as mocker:
        route = below(mocker).get("/").raises(error)
        try:
            stage.play(act)
        except Boom as raised:
            caught.append(raised)
    assert caught == [error]
    assert [call.error for call in route.calls] == [error]


# --- time ----------------------------------------------------------------------------------------


def test_a_delay_beyond_the_timeout_is_that_timeout(stage: Stage) -> None:
    """It raises what silence raises, at once, and the clock of the mock has gone on by the timeout."""
    real = stage.send("GET", "/silence", timeout=(SHORT, SHORT))
    with mocked() as mocker:
        route = below(mocker).get("/slow").respond_with(json={}, delay=2 * LONG)
        seen = stage.send("GET", "/slow", timeout=(1, LONG))
        assert LONG <= mocker.time < 2 * LONG
    assert promised(seen, recipe=True).raised == promised(real, recipe=True).raised
    assert [(call.error, call.response) for call in route.calls] == [("read_timeout", None)]


def test_a_delay_costs_no_time(stage: Stage) -> None:
    """A declared hour passes on the clock of the mock alone, with callbacks and failures as well."""
    with mocked() as mocker:
        api = below(mocker)
        api.get("/a").respond_with(text="late", delay=LONG)
        api.get("/b").respond_with(lambda _: api_mocker.reply(text="later", delay=LONG))
        api.get("/c").respond_with(error="reset", delay=LONG)
        seen = [stage.send("GET", path, timeout=(1, 2 * LONG)) for path in ("/a", "/b", "/c")]
        assert mocker.time >= 3 * LONG
        moments = [call.time for call in mocker.calls]
    assert [one.body for one in seen[:2]] == [b"late", b"later"]
    assert seen[2].raised
    assert [int(moment // LONG) for moment in moments] == [0, 1, 2]


def test_a_real_delay_is_waited_for(stage: Stage) -> None:
    """Whoever asks for real delays waits; a timeout comes at once all the same."""
    with mocked(delays="real") as mocker:
        api = below(mocker)
        api.get("/a").respond_with(text="late", delay=0.05)
        api.get("/b").respond_with(text="never", delay=LONG)
        before = monotonic()
        assert stage.send("GET", "/a").body == b"late"
        assert monotonic() - before >= 0.05
        assert stage.send("GET", "/b", timeout=(1, LONG / 2)).raised
        assert mocker.time < LONG / 2


@only(lambda driver: driver.is_async)
def test_tasks_get_their_answers_in_the_order_of_their_delays(stage: Stage) -> None:
    """Tasks of one gather go on as they would have, a timeout among them."""
    delays = [500, 100, 2000, 300, 0, 200]
    order: list[str] = []

    async def one(client: Client, path: str) -> None:
        await client.send("GET", path, timeout=(1, 1000))
        order.append(path)

    async def act(client: Client) -> None:
        await asyncio.gather(*(one(client, f"/{delay}") for delay in delays))

    with mocked() as mocker:
        for delay in delays:
            below(mocker).get(f"/{delay}").respond_with(delay=delay)
        stage.play(act)
        assert 1000 <= mocker.time < 2000
    assert order == ["/0", "/100", "/200", "/300", "/500", "/2000"]


# --- streams -------------------------------------------------------------------------------------


def test_streams_and_events_arrive_piece_by_piece(stage: Stage) -> None:
    """Each chunk, and each event, is a piece of its own; who leaves early has had no more than that."""
    pieces = [b"one ", b"two ", b"three"]
    got: list[bytes] = []
    with mocked() as mocker:
        api = below(mocker)
        api.get("/stream").respond_with(stream=pieces)
        api.get("/events").respond_with(
            events=["a", {"event": "end", "data": {"n": 1}, "id": "7", "retry": 50}]
        )
        api.get("/broken").respond_with(stream=pieces, error="closed_early", after=6)
        seen = stage.send("GET", "/stream", read="chunks")
        left = stage.send("GET", "/stream", read="chunks", leave_after=1)
        events = stage.send("GET", "/events", read="chunks")
        broken = stage.send("GET", "/broken", read="chunks", on_piece=got.append)
    assert seen.chunks == tuple(pieces)
    assert left.chunks == (b"one ",)
    assert events.header("content-type") == "text/event-stream"
    assert events.chunks == (b"data: a\n\n", b'event: end\ndata: {"n":1}\nid: 7\nretry: 50\n\n')
    assert broken.raised
    assert b"".join(got) in (b"one tw", b"one ")  # http.client gives nothing of a chunk that was cut


# --- flows ---------------------------------------------------------------------------------------


def test_redirects_lead_from_route_to_route(stage: Stage) -> None:
    """The client follows by itself, relative and absolute, and changes the method where it would."""
    with mocked() as mocker:
        api = below(mocker)
        api.get("/a").respond_with(status=302, headers={"Location": "b"})
        api.get("/b").respond_with(status=307, headers={"Location": "https://other.example.com/c?x=1"})
        mocker.get("https://other.example.com/c", query={"x": "1"}).respond_with(json={"end": True})
        api.post("/form", json={"n": 1}).respond_with(status=303, headers={"Location": "/mocks/done"})
        done = api.get("/done").respond_with(text="done")
        seen = [stage.send("GET", "/a"), stage.send("POST", "/form", json={"n": 1})]
        stopped = stage.send("GET", "/a", follow=False)
    assert [one.body for one in seen] == [b'{"end":true}', b"done"]
    assert [len(one.history) for one in seen] == [2, 1]
    assert done.calls[0].request.body == b""
    assert stopped.status == 302


@only(lambda driver: "cookies" in driver.can)
def test_cookies_are_kept_and_sent(stage: Stage) -> None:
    """What a declared answer sets is in the jar, and goes out with the next request."""

    async def act(client: Client) -> list[Seen]:
        return [await client.send("GET", path) for path in ("/login", "/me", "/logout", "/me")]

    with mocked() as mocker:
        api = below(mocker)
        api.get("/login").respond_with(headers={"Set-Cookie": ["sid=1; Path=/", "theme=dark; Path=/"]})
        me = api.get("/me").respond_with(json={"name": "Alice"})
        api.get("/logout").respond_with(headers={"Set-Cookie": "sid=; Max-Age=0; Path=/"})
        stage.play(act)
    sent = [sorted(str(call.request.headers.get("cookie")).split("; ")) for call in me.calls]
    assert sent == [["sid=1", "theme=dark"], ["theme=dark"]]


def test_credentials_can_be_demanded(stage: Stage) -> None:
    """A header that is declared must be sent; the next route answers who does not."""
    basic = f"Basic {b64encode(b'alice:pw').decode()}"
    with mocked() as mocker:
        api = below(mocker)
        api.get("/me", headers={"Authorization": basic}).respond_with(text="alice")
        api.get("/me").respond_with(status=401)
        seen = [stage.send("GET", "/me"), stage.send("GET", "/me", auth=("basic", "alice", "pw"))]
    assert [one.status for one in seen] == [401, 200]


@only(lambda driver: "digest" in driver.can)
def test_digest_answers_the_challenge(stage: Stage) -> None:
    """Challenge and answer are two calls, the second with the client's own digest."""
    challenge = 'Digest realm="shop", nonce="abc", qop="auth", algorithm=SHA-256, opaque="xyz"'
    with mocked() as mocker:
        route = below(mocker).get("/me")
        route.respond_with(status=401, headers={"WWW-Authenticate": challenge}).respond_with(text="welcome")
        seen = stage.send("GET", "/me", auth=("digest", "alice", "pw"))
    assert seen.body == b"welcome"
    sent = [call.request.headers.get("authorization") or "" for call in route.calls]
    assert sent[0] == ""
    assert 'nonce="abc"' in sent[1]


def test_a_token_is_fetched_again_on_401(stage: Stage) -> None:
    """Refused, refreshed, welcome: a sequence for one address, and each call with what was sent."""

    async def act(client: Client) -> Seen:
        seen = await client.send("GET", "/me", headers={"Authorization": "Bearer old"})
        assert seen.status == 401
        got = await client.send("POST", "/token", json={"refresh": "r-1"})
        token = json.loads(got.body or b"")["access_token"]
        return await client.send("GET", "/me", headers={"Authorization": f"Bearer {token}"})

    with mocked() as mocker:
        api = below(mocker)
        me = api.get("/me").respond_with(status=401).respond_with(json={"name": "Alice"})
        token = api.post("/token", json={"refresh": ANY}).respond_with(json={"access_token": "new"})
        seen = stage.play(act)
    assert seen.status == 200
    assert [call.request.headers["authorization"] for call in me.calls] == ["Bearer old", "Bearer new"]
    token.assert_called_once()
    token.assert_called_with(json={"refresh": "r-1"})
    assert [call.route for call in mocker.calls] == [me, token, me]


# --- callbacks -----------------------------------------------------------------------------------


def greet(request: api_mocker.Request, name: str) -> object:
    return api_mocker.reply(json={"hello": name, "sent": request.json()})


async def agreet(request: api_mocker.Request, name: str) -> object:
    await asyncio.sleep(0)
    return {"json": {"hello": name, "sent": request.json()}}


@pytest.mark.parametrize("callback", [greet, agreet], ids=["sync", "async"])
@pytest.mark.parametrize("in_a_loop", [False, True], ids=["alone", "in a loop"])
def test_a_callback_makes_the_answer(stage: Stage, callback: Callable[..., object], in_a_loop: bool) -> None:
    """Sync or async, for sync and async clients alike, and for a sync one that is used inside a loop."""

    async def act(client: Client) -> Seen:
        return await client.send("POST", "/hello/B%C3%B6b", json={"n": 1})

    async def looped() -> Seen:
        seen: Seen = stage.play(act)
        return seen

    with mocked() as mocker:
        route = below(mocker).post("/hello/{name}").respond_with(callback)
        seen = asyncio.run(looped()) if in_a_loop and not stage.driver.is_async else stage.play(act)
    assert json.loads(seen.body or b"") == {"hello": "Böb", "sent": {"n": 1}}
    assert route.calls[0].response is not None
    assert route.calls[0].response.json()["hello"] == "Böb"


def test_a_callback_may_ask_others(stage: Stage) -> None:
    """What a callback sends is answered by the same routes, whichever client it uses."""

    async def act(client: Client) -> Seen:
        async def gateway(_: api_mocker.Request) -> object:
            stock = await client.send("GET", "/stock")
            price = await asyncio.to_thread(requests.get, client.site.url("/price"))
            return {"json": {"stock": json.loads(stock.body or b""), "price": price.json()}}

        api = below(mocker)
        api.get("/stock").respond_with(json=3)
        api.get("/price").respond_with(lambda _: api_mocker.Response(200, body=b"9"))
        api.get("/item").respond_with(gateway)
        return await client.send("GET", "/item")

    with mocked() as mocker:
        seen = stage.play(act)
    assert json.loads(seen.body or b"") == {"stock": 3, "price": 9}
    assert [call.request.path for call in mocker.calls] == ["/mocks/item", "/mocks/stock", "/mocks/price"]


@only(lambda driver: not driver.is_async)
def test_an_async_callback_of_a_sync_client_may_ask_others(stage: Stage) -> None:
    """It runs in a loop of its own, and still belongs to the mock."""

    async def callback(request: api_mocker.Request) -> object:
        async with httpx.AsyncClient(trust_env=False) as client:
            return {"text": (await client.get(request.url + "/inner")).text}

    async def act(client: Client) -> Seen:
        return await client.send("GET", "/outer")

    async def looped() -> Seen:
        seen: Seen = stage.play(act)
        return seen

    with mocked() as mocker:
        below(mocker).get("/outer").respond_with(callback)
        below(mocker).get("/outer/inner").respond_with(text="inside")
        assert stage.play(act).body == b"inside"
        assert asyncio.run(looped()).body == b"inside"


def test_what_a_callback_raises(stage: Stage) -> None:
    """A failure of a transport is the client's own; anything else is a bug of the callback, and is said as that."""

    def late(_: api_mocker.Request) -> object:
        raise TimeoutError("too late")

    def wrong(_: api_mocker.Request) -> object:
        raise KeyError("oops")

    with pytest.raises(api_mocker.SwallowedRequests, match="KeyError: 'oops'"), mocked() as mocker:  # noqa: PT012
        below(mocker).get("/late").respond_with(late)
        below(mocker).get("/wrong").respond_with(wrong)
        below(mocker).get("/plain").respond_with(error="read_timeout")
        assert stage.send("GET", "/late").raised[:1] == stage.send("GET", "/plain").raised[:1]
        with pytest.raises(api_mocker.UsageError, match="the callback failed: KeyError"):
            stage.send("GET", "/wrong")


# --- how often, in which order -------------------------------------------------------------------


def statuses(stage: Stage, *paths: str) -> list[int | None]:
    async def act(client: Client) -> list[int | None]:
        return [(await client.send("GET", path)).status for path in paths]

    found: list[int | None] = stage.play(act)
    return found


def test_sequences(stage: Stage) -> None:
    """Each reply once and in order, so often as is said, the last one for ever, or perhaps not at all."""
    with mocked() as mocker:
        api = below(mocker)
        api.get("/a").respond_with(status=201).respond_with(status=202).times(2).respond_with(status=203)
        api.get("/b").respond_with(status=500).respond_with(status=200).repeat_last()
        api.get("/c").respond_with(status=204).optional()
        assert statuses(stage, *["/a"] * 4) == [201, 202, 202, 203]
        assert statuses(stage, *["/b"] * 4) == [500, 200, 200, 200]


def test_one_call_too_many(stage: Stage) -> None:
    """It is an error at the call, and again at the end where the code under test caught it."""
    with pytest.raises(api_mocker.SwallowedRequests, match="one call too many"), mocked() as mocker:  # noqa: PT012
        route = below(mocker).get("/a").respond_with().times(2)
        with pytest.raises(api_mocker.NotDeclared, match="one call too many"):
            statuses(stage, "/a", "/a", "/a")
        assert route.call_count == 2


def test_a_reply_that_is_never_asked_for(stage: Stage) -> None:
    """What is still due is said, with its line."""
    due = r"of its 2 replies these are still due: 2 \("
    with pytest.raises(api_mocker.UnusedRoutes, match=due), mocked() as mocker:  # noqa: PT012
        below(mocker).get("/a").respond_with().respond_with()
        statuses(stage, "/a")


def test_order_can_be_demanded(stage: Stage) -> None:
    """In the order of declaration it passes, the same request again included; in another it does not."""
    with mocked() as mocker:
        mocker.in_order()
        api = below(mocker)
        for path in ("/a", "/b", "/a"):
            api.get(path).respond_with(status=201 if path == "/a" else 202).times(1)
        assert statuses(stage, "/a", "/b", "/a") == [201, 202, 201]
    with pytest.raises(api_mocker.NotDeclared, match="comes out of order"), mocked() as mocker:  # noqa: PT012
        mocker.in_order()
        below(mocker).get("/a").respond_with()
        below(mocker).get("/b").respond_with()
        statuses(stage, "/b")


@pytest.mark.parametrize("kind", ["connect_timeout", "refused", "dns"])
def test_a_declared_failure_is_the_same_on_a_machine_with_a_proxy(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom the client would ask to get there is no part of what was declared."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    expected = requests.ConnectTimeout if kind == "connect_timeout" else requests.ConnectionError
    with mocked() as mocker:
        mocker.get("/a").respond_with(error=kind)
        with pytest.raises(expected) as raised:
            requests.get("https://h.example/a", timeout=TIMEOUT)
    assert type(raised.value) is expected


def test_calls_are_kept(stage: Stage) -> None:
    """Request, response and time of each, per route and over all, as they were sent."""
    with mocked() as mocker:
        api = below(mocker)
        orders = api.post("/orders", query={"dry": "1"}, json={"sku": ANY}).respond_with(
            status=201, json={"id": 7}
        )
        other = api.get("/other").respond_with(error="refused")
        assert not orders.called
        orders.assert_not_called()
        stage.send("POST", "/orders", params={"dry": "1"}, json={"sku": "A-1"}, headers={"X-Trace": "t"})
        stage.send("GET", "/other")
    (call,) = orders.calls
    assert (call.request.method, call.request.path, call.request.query) == (
        "POST",
        "/mocks/orders",
        {"dry": ["1"]},
    )
    assert call.request.json() == {"sku": "A-1"}
    assert call.response is not None
    assert (call.response.status, call.response.json()) == (201, {"id": 7})
    assert call.error is None
    assert (other.calls[0].response, other.calls[0].error) == (None, "refused")
    assert [each.route for each in mocker.calls] == [orders, other]
    assert 0 <= call.time <= other.calls[0].time <= mocker.time
    orders.assert_called_with(json={"sku": "A-1"}, query={"dry": "1"}, headers={"x-trace": "t"})
    with pytest.raises(AssertionError, match="A-1"):
        orders.assert_called_with(json={"sku": "B-2"})
