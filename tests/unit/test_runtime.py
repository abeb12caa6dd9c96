"""Who is active: every request belongs to one cassette, to nobody, or is refused; it is never guessed."""

from __future__ import annotations

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest

from api_mocker import _runtime
from api_mocker._core.exchange import Exchange
from api_mocker._core.model import Request
from api_mocker._runtime import Activation, begin, fenced, forwarding, is_any_open, late, refuse, watching
from api_mocker.exceptions import ApiMockerError, UnmatchedRequest, UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


class Book:
    """Takes note of the requests that come to it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.refusals: list[ApiMockerError] = []
        self.passthrough: tuple[str, ...] = ()
        self.seen: list[str] = []

    def open(self, request: Request) -> Exchange | None:
        self.seen.append(request.url)
        return Exchange(request)


def send(url: str = "https://h/") -> bool:
    """Sends a request; whether anybody took it."""
    return watching() and begin(lambda: Request("GET", url)) is not None


@contextmanager
def active(book: Book) -> Iterator[Activation]:
    activation = Activation(book)
    activation.enter()
    try:
        yield activation
    finally:
        activation.leave()


@pytest.fixture
def a() -> Book:
    return Book("a.yaml")


@pytest.fixture
def b() -> Book:
    return Book("b.yaml")


@pytest.fixture(autouse=True)
def nobody_else() -> Iterator[None]:
    """Each test begins and ends with nobody active, and in a context of its own."""
    token = _runtime._here.set(None)
    assert not _runtime._open
    yield
    assert not _runtime._open
    _runtime._here.reset(token)
    late.clear()
    _runtime._owners.clear()


def in_thread(act: Callable[[], object]) -> list[Any]:
    """What `act` gives in a new thread, or the error that it raised."""
    found: list[Any] = []  # Any: whatever it gives

    def run() -> None:
        try:
            found.append(act())
        except ApiMockerError as error:
            found.append(error)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    return found


def test_nobody_active_is_nobodys_business() -> None:
    """Without a cassette nothing is looked at."""
    assert not watching()
    assert begin(lambda: pytest.fail("nobody has to know")) is None
    assert in_thread(send) == [False]


def test_a_block_takes_its_requests(a: Book) -> None:
    """Inside a block requests come to it, before and after they do not."""
    with active(a):
        assert send("https://h/1")
    assert not send("https://h/2")
    assert a.seen == ["https://h/1"]


def test_the_inner_one_wins(a: Book, b: Book) -> None:
    """Nested cassettes: the innermost decides, and when it is closed the outer one goes on."""
    with active(a):
        send("1")
        with active(b):
            send("2")
            assert in_thread(lambda: send("3")) == [True]
        send("4")
        assert in_thread(lambda: send("5")) == [True]
    assert (a.seen, b.seen) == (["1", "4", "5"], ["2", "3"])


def test_closing_the_one_in_the_middle(a: Book, b: Book) -> None:
    """Where one between two is closed first, the two still are one chain, for threads as well."""
    middle = Activation(Book("middle"))
    with active(a):
        middle.enter()
        with active(b):
            middle.leave()
            assert in_thread(lambda: send("1")) == [True]
        assert send("2")
    assert (a.seen, b.seen) == (["2"], ["1"])


def test_closing_in_another_order(a: Book, b: Book) -> None:
    """An outer cassette that is closed first takes nothing any more; the inner one is not disturbed."""
    outer, inner = Activation(a), Activation(b)
    outer.enter()
    inner.enter()
    outer.leave()
    assert send("1")
    inner.leave()
    assert not send("2")
    assert (a.seen, b.seen) == ([], ["1"])


def test_two_tasks_of_one_gather(a: Book, b: Book) -> None:
    """Two tasks with a cassette each stay apart, however their turns alternate."""

    async def play(book: Book) -> None:
        with active(book):
            for number in range(3):
                await asyncio.sleep(0)
                assert send(f"{book.name}-{number}")
                assert await asyncio.to_thread(send, f"{book.name}-thread-{number}")
        assert not _runtime._here.get()

    async def both() -> None:
        await asyncio.gather(play(a), play(b))

    asyncio.run(both())
    for book in (a, b):
        assert book.seen == [f"{book.name}{kind}-{n}" for n in range(3) for kind in ("", "-thread")]


def test_a_thread_between_two_tasks_is_refused(a: Book, b: Book) -> None:
    """A thread without context while two tasks have their own: refused, and remembered by both."""

    async def play(book: Book, mine: asyncio.Event, other: asyncio.Event) -> list[Any]:
        with active(book):
            mine.set()
            await other.wait()
            found = in_thread(send)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return found

    async def both() -> list[list[Any]]:
        first, second = asyncio.Event(), asyncio.Event()
        return [*await asyncio.gather(play(a, first, second), play(b, second, first))]

    errors = [found[0] for found in asyncio.run(both())]
    assert all(isinstance(error, UnmatchedRequest) for error in errors)
    assert all("a.yaml and b.yaml are all active" in str(error) for error in errors)
    assert a.refusals == b.refusals
    assert {*a.refusals} == {*errors}
    assert (a.seen, b.seen) == ([], [])


def test_a_thread_between_two_threads_is_refused(a: Book, b: Book) -> None:
    """Two threads with a cassette each are independent, too; each of them has its own requests."""
    opened, done = [Event(), Event()], Event()

    def play(book: Book, event: Event) -> None:
        with active(book):
            event.set()
            done.wait()
            send(book.name)

    threads = [Thread(target=play, args=pair) for pair in zip((a, b), opened, strict=True)]
    for thread, event in zip(threads, opened, strict=True):
        thread.start()
        event.wait()
    (error,) = in_thread(send)
    assert isinstance(error, UnmatchedRequest)
    assert a.refusals == b.refusals == [error]
    with pytest.raises(UnmatchedRequest):
        send()
    done.set()
    for thread in threads:
        thread.join()
    assert (a.seen, b.seen) == (["a.yaml"], ["b.yaml"])


def test_two_cassettes_inside_one_are_independent(a: Book, b: Book) -> None:
    """Two tasks that open a cassette each inside of a common one: an unknown thread is refused by both, not by all."""
    common = Book("common.yaml")

    async def play(book: Book, mine: asyncio.Event, other: asyncio.Event) -> None:
        with active(book):
            mine.set()
            await other.wait()
            in_thread(send)
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    async def both() -> None:
        first, second = asyncio.Event(), asyncio.Event()
        await asyncio.gather(play(a, first, second), play(b, second, first))

    with active(common):
        asyncio.run(both())
        assert send("common")
    assert len(a.refusals) == len(b.refusals) == 2
    assert (common.refusals, common.seen) == ([], ["common"])


def test_a_test_lies_around_what_a_task_opens(a: Book, b: Book) -> None:
    """What is opened below a loop lies around a cassette of a task that does not know of it."""

    async def play() -> None:
        with active(b):
            assert in_thread(lambda: send("thread")) == [True]

    with active(a):
        contextvars.Context().run(asyncio.run, play())
        contextvars.Context().run(send, "main")
    assert (a.seen, b.seen) == (["main"], ["thread"])


def test_a_worker_opens_its_own_inside_the_test(a: Book, b: Book) -> None:
    """A worker thread's own cassette lies inside the one of the main thread."""

    def work() -> None:
        with active(b):
            send("own")
        send("outer")

    with active(a):
        in_thread(work)
    assert (a.seen, b.seen) == (["outer"], ["own"])


def test_a_thread_belongs_for_good(a: Book, b: Book) -> None:
    """A thread that outlives its cassette is refused and reported, and never adopted by the next one."""
    with ThreadPoolExecutor(1) as pool:
        with active(a):
            assert pool.submit(send, "1").result()
        error = pool.submit(send, "late").exception()
        assert isinstance(error, UnmatchedRequest)
        assert "belongs to a.yaml, which is closed" in str(error)
        assert "shut the executor down" in str(error)
        with active(b):
            again = pool.submit(send, "late").exception()
            assert isinstance(again, UnmatchedRequest)
            assert send("2")
    assert a.refusals == late == [error, again]
    assert (a.seen, b.seen, b.refusals) == (["1"], ["2"], [])


def test_an_executor_that_was_never_asked_belongs_to_nobody(a: Book, b: Book) -> None:
    """A thread older than a cassette belongs to it from its first request on, not from some other work."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        with active(a):
            pool.submit(int).result()
        with active(b):
            assert pool.submit(send, "1").result()
    assert (a.seen, b.seen) == ([], ["1"])


def test_a_thread_belongs_to_the_cassette_it_was_started_in(a: Book, b: Book) -> None:
    """Though it sends its first request when that one is closed, and another one is open."""
    with ThreadPoolExecutor(1) as pool:
        with active(a):
            pool.submit(int).result()
        with active(b):
            error = pool.submit(send, "late").exception()
    assert isinstance(error, UnmatchedRequest)
    assert a.refusals == late == [error]
    assert (a.seen, b.seen, b.refusals) == ([], [], [])


def test_a_thread_started_in_the_inner_one_belongs_to_the_inner_one(a: Book, b: Book) -> None:
    """What was started in a nested cassette is not the outer one's when the inner one is closed."""
    with ThreadPoolExecutor(1) as pool, active(a):
        with active(b):
            pool.submit(int).result()
        assert isinstance(pool.submit(send, "late").exception(), UnmatchedRequest)
    assert (a.seen, a.refusals, len(b.refusals)) == ([], [], 1)


def test_whom_nothing_concerns_nobody_watches(a: Book) -> None:
    """That a thread belongs to a closed cassette is no reason to look at what others send when none is open."""
    with ThreadPoolExecutor(1) as older, ThreadPoolExecutor(1) as owned:
        older.submit(int).result()
        with active(a):
            assert owned.submit(send, "1").result()
        assert owned.submit(watching).result()
        assert not older.submit(watching).result()
        assert not watching()
        assert in_thread(watching) == [False]


def test_a_thread_started_within_a_fence_is_free_afterwards(a: Book) -> None:
    """A fence owns nothing: what was started while it stood goes by what is open when it sends."""
    with ThreadPoolExecutor(1) as pool:
        with fenced(Book("fence")):
            pool.submit(int).result()
        with active(a):
            assert pool.submit(send, "1").result()
    assert a.seen == ["1"]


def test_a_context_that_was_copied_within_a_fence_goes_by_what_is_around(a: Book, b: Book) -> None:
    """What outlives a fence, such as a runner of async fixtures, does not carry it along."""
    with fenced(Book("fence")):
        free = contextvars.copy_context()
    with active(a):
        with fenced(Book("fence")):
            inside = contextvars.copy_context()
        assert inside.run(send, "1")
        assert free.run(send, "2")
    with active(b):
        assert free.run(send, "3")
    assert (a.seen, b.seen) == (["1", "2"], ["3"])


def test_is_any_open(a: Book) -> None:
    """Whether anything is active, be it elsewhere."""
    assert not is_any_open()
    with active(a):
        assert in_thread(is_any_open) == [True]
    assert not is_any_open()


def test_what_an_interceptor_refuses_is_remembered_where_it_is_at_home(a: Book, b: Book) -> None:
    """By the cassette of this context; by that of an unknown thread; and, if that is closed, by the run as well."""
    first, second, third = (UsageError(text) for text in "123")
    with ThreadPoolExecutor(1) as pool:
        with active(a):
            with active(b):
                assert refuse(first) is first
                pool.submit(refuse, second).result()
            assert (a.refusals, b.refusals, late) == ([], [first, second], [])
        pool.submit(refuse, third).result()
    assert (a.refusals, b.refusals, late) == ([], [first, second, third], [third])


def test_a_thread_with_a_context_goes_by_it(a: Book, b: Book) -> None:
    """copy_context, as the error advises, tells a thread where it belongs, whomever it belonged to before."""
    with ThreadPoolExecutor(1) as pool:
        with active(a):
            pool.submit(send, "1").result()
        with active(b):
            assert pool.submit(contextvars.copy_context().run, send, "2").result()
    assert (a.seen, b.seen) == (["1"], ["2"])


def test_a_task_that_outlives_its_cassette_is_refused(a: Book, b: Book) -> None:
    """A background task that goes on is refused, whether another cassette is open by then or none."""

    async def main() -> list[object]:
        go = asyncio.Event()

        async def background() -> bool:
            await go.wait()
            return send("late")

        with active(a):
            tasks = [asyncio.create_task(background())]
        go.set()
        found: list[object] = await asyncio.gather(*tasks, return_exceptions=True)
        go.clear()
        with active(a):
            tasks = [asyncio.create_task(background())]
            await asyncio.sleep(0)
        with active(b):
            go.set()
            found += await asyncio.gather(*tasks, return_exceptions=True)
        return found

    found = asyncio.run(main())
    assert [type(error) for error in found] == [UnmatchedRequest] * 2
    assert late == found
    assert (a.seen, b.seen) == ([], [])


def test_entered_and_left_in_different_contexts(a: Book, b: Book) -> None:
    """An async generator fixture enters in one context and leaves in another: what comes after is not disturbed."""

    async def fixture() -> AsyncIterator[None]:
        with active(a):
            yield

    async def test() -> None:
        assert send("1")

    async def after() -> bool:
        return send("2")

    def run() -> None:
        loop = asyncio.new_event_loop()
        generator = fixture()
        anext_ = generator.__anext__
        loop.run_until_complete(_first(anext_))
        loop.run_until_complete(test())
        loop.run_until_complete(generator.aclose())  # type: ignore[attr-defined]  # an async generator has it
        assert loop.run_until_complete(after()) is False
        with active(b):
            assert loop.run_until_complete(after()) is True
        loop.close()

    contextvars.copy_context().run(run)
    assert (a.seen, b.seen) == (["1"], ["2"])


async def _first(step: Callable[[], Any]) -> None:
    await step()


def test_a_context_that_names_a_closed_one_goes_to_the_outer(a: Book, b: Book) -> None:
    """Where the leaving did not reach a context, that context goes on with what lay around."""
    with active(a):
        inner = Activation(b)
        inside = contextvars.copy_context()
        inside.run(inner.enter)
        assert inside.run(send, "1")
        inner.leave()
        assert inside.run(send, "2")
    assert (a.seen, b.seen) == (["2"], ["1"])


def test_while_forwarding_nobody_looks(a: Book) -> None:
    """What a client does inside of an exchange that is being recorded is part of it, and of nothing else."""
    with active(a):
        with forwarding():
            assert not watching()
            assert begin(lambda: pytest.fail("seen twice")) is None
            with forwarding():
                pass
            assert not watching()
        assert send("1")
    assert a.seen == ["1"]


def test_a_fence_comes_out_as_it_went_in(a: Book, b: Book) -> None:
    """What opens within a fence and stays open is not active in this context afterwards, and is elsewhere."""
    stays = Activation(b)
    fence = Book("fence")
    with active(a):
        with fenced(fence):
            send("1")
            stays.enter()
            send("2")
        send("3")
        assert in_thread(lambda: send("4")) == [True]
        stays.leave()
        send("5")
    assert (fence.seen, a.seen, b.seen) == (["1"], ["3", "5"], ["2", "4"])


def test_a_fence_is_lifted_when_what_is_inside_fails(a: Book) -> None:
    """An error inside a fence leaves nothing behind."""
    with active(a):
        with pytest.raises(ZeroDivisionError), fenced(Book("fence")):
            raise ZeroDivisionError
        assert send("1")
    assert a.seen == ["1"]


def test_a_request_is_read_without_holding_the_lock(a: Book, b: Book) -> None:
    """Reading a request (an upload may be a generator that itself sends) cannot block who else asks."""
    opened, done = [Event(), Event()], Event()

    def play(book: Book, event: Event) -> None:
        with active(book):
            event.set()
            done.wait()

    threads = [Thread(target=play, args=pair) for pair in zip((a, b), opened, strict=True)]
    for thread, event in zip(threads, opened, strict=True):
        thread.start()
        event.wait()

    def see() -> Request:
        with pytest.raises(UnmatchedRequest):
            send("inner")
        return Request("POST", "outer")

    with pytest.raises(UnmatchedRequest, match="POST"):
        begin(see)
    done.set()
    for thread in threads:
        thread.join()
    assert len(a.refusals) == len(b.refusals) == 2
