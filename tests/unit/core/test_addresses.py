"""Where a declared route is: paths, URLs, templates, regular expressions, bases."""

from __future__ import annotations

import re
from unittest.mock import ANY
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.core.made import request
from tests.unit.core.mocked import mocker, takes

from api_mocker._core.canonical import Canonical, Ignore
from api_mocker.exceptions import UsageError


def values(declared: str | re.Pattern[str], url: str, base: str = "") -> dict[str, str] | None:
    """The template's values where a GET of the URL is meant by the declaration; None where it is not."""
    found = takes(mocker().base(base).get(declared, query=ANY), request(url))
    return None if found is None else dict(found)


@pytest.mark.parametrize(
    ("declared", "url", "taken"),
    [
        # a path, on any host and under any scheme
        ("/users/1", "https://api.example.com/users/1", True),
        ("/users/1", "http://127.0.0.1:8080/users/1", True),
        ("/users/1", "https://api.example.com/users/1/", False),
        ("/users/1", "https://api.example.com/v1/users/1", False),
        ("/users/1", "https://api.example.com/users/12", False),
        ("/Users/1", "https://api.example.com/users/1", False),
        ("/", "https://api.example.com", True),
        # a whole URL: scheme, host and port count, however they are written
        ("https://api.example.com/a", "https://api.example.com/a", True),
        ("https://API.example.COM/a", "https://api.example.com/a", True),
        ("HTTPS://api.example.com/a", "https://api.example.com:443/a", True),
        ("http://api.example.com:80/a", "http://api.example.com/a", True),
        ("http://api.example.com:8080/a", "http://api.example.com/a", False),
        ("http://api.example.com/a", "https://api.example.com/a", False),
        ("https://api.example.com/a", "https://example.com/a", False),
        ("https://api.example.com", "https://api.example.com/", True),
        ("http://[::1]:9/a", "http://[::1]:9/a", True),
        # percent-encoding says nothing, but for a slash
        ("/caf\u00e9 au lait", "http://h/caf%C3%A9%20au%20lait", True),
        ("/caf%c3%a9%20au%20lait", "http://h/caf%C3%A9%20au%20lait", True),
        ("/%61", "http://h/a", True),
        ("/a%2Fb", "http://h/a%2fb", True),
        ("/a%2Fb", "http://h/a/b", False),
        ("/a/b", "http://h/a%2Fb", False),
        ("/a+b", "http://h/a%2Bb", True),
        ("/a+b", "http://h/a%20b", False),
        ("/%ff", "http://h/%FF", True),
        ("/a%3Fb", "http://h/a?b", False),
        ("/100%25", "http://h/100%25", True),
        ("//a", "http://h//a", True),
        ("//a", "http://h/a", False),
    ],
)
def test_paths_and_urls(declared: str, url: str, taken: bool) -> None:
    """A path is meant on any host, a URL only where it is; both in whatever way a client writes them."""
    assert (values(declared, url) is not None) is taken


@pytest.mark.parametrize(
    ("declared", "url", "expected"),
    [
        ("/users/{id}", "http://h/users/17", {"id": "17"}),
        ("/users/{id}", "http://h/users/", None),
        ("/users/{id}", "http://h/users/17/orders", None),
        ("/users/{id}/orders/{order}", "http://h/users/a/orders/b", {"id": "a", "order": "b"}),
        ("/users/{id}", "http://h/users/a%2Fb", {"id": "a/b"}),
        ("/users/{id}", "http://h/users/J%C3%BCrgen%20K", {"id": "J\u00fcrgen K"}),
        ("/files/{name}.{kind}", "http://h/files/report.pdf", {"name": "report", "kind": "pdf"}),
        ("/v{major}/x", "http://h/v2/x", {"major": "2"}),
        ("/caf%C3%A9/{x}", "http://h/caf\u00e9/1", {"x": "1"}),
        ("https://h:8443/{x}", "https://h:8443/1", {"x": "1"}),
        ("https://h:8443/{x}", "https://h/1", None),
        ("/a.b/{x}", "http://h/aXb/1", None),
        ("/{_}", "http://h/1", {"_": "1"}),
    ],
)
def test_templates(declared: str, url: str, expected: dict[str, str] | None) -> None:
    """A field stands for text without a slash, an encoded one excepted, and gives it decoded."""
    assert values(declared, url) == expected


@pytest.mark.parametrize(
    ("pattern", "url", "expected"),
    [
        (r"/users/\d+$", "http://h/users/12", {}),
        (r"/users/\d+$", "http://h/users/12?full=1", None),
        (r"users", "http://users.example.com/", {}),
        (r"^http://", "https://h/", None),
        (r"/users/(?P<id>\d+)", "http://h/v1/users/12/x", {"id": "12"}),
        (r"[?&]page=(?P<page>\w+)", "http://h/x?a=1&page=2", {"page": "2"}),
        (r"/n/(?P<name>[^/?]+)", "http://h/n/a%20b", {"name": "a b"}),
        (r"/(?P<a>x)?(?P<b>y)$", "http://h/y", {"b": "y"}),
    ],
)
def test_regular_expressions(pattern: str, url: str, expected: dict[str, str] | None) -> None:
    """They are searched in the whole URL, query included, and their named groups are the values."""
    assert values(re.compile(pattern), url) == expected


@pytest.mark.parametrize(
    ("base", "declared", "url", "taken"),
    [
        ("https://api.example.com/v1", "/users", "https://api.example.com/v1/users", True),
        ("https://api.example.com/v1/", "/users", "https://api.example.com/v1/users", True),
        ("https://api.example.com/v1/", "users", "https://api.example.com/v1/users", True),
        ("https://api.example.com/v1", "", "https://api.example.com/v1", True),
        ("https://api.example.com/v1", "/users", "https://api.example.com/users", False),
        ("/v1", "/users/{id}", "http://anywhere/v1/users/2", True),
        ("", "/users", "http://anywhere/users", True),
        # a regular expression is searched in what comes behind the base
        ("https://API.example.com:443/v1", re.compile(r"^/users$"), "https://api.example.com/v1/users", True),
        ("https://api.example.com/v1", re.compile("v1"), "https://api.example.com/v1/users", False),
        ("https://api.example.com/v1", re.compile(""), "https://api.example.com/v10/users", False),
        ("https://api.example.com", re.compile(""), "https://api.example.com.evil.org/", False),
        ("https://api.example.com", re.compile("^/u.ers$"), "https://api.example.com/users", True),
        ("/v1", re.compile(r"users/\d"), "http://h/v1/users/2", True),
        ("/v1", re.compile(r"users/\d"), "http://h/users/2", False),
        ("/caf%C3%A9", re.compile(r"^/\d$"), "http://h/caf%c3%a9/2", True),
        ("/v1", re.compile(r"\?page=2$"), "http://h/v1?page=2", True),
    ],
)
def test_bases(base: str, declared: str | re.Pattern[str], url: str, taken: bool) -> None:
    """A base is a place, not the beginning of a text; a regular expression sees what lies below it."""
    assert (values(declared, url, base) is not None) is taken


def test_a_url_in_a_query_is_no_whole_url() -> None:
    """What stands behind the question mark does not make a path a URL of its own."""
    route = mocker().base("/v1").get("/go?to=https://x/")
    assert takes(route, request("http://h/v1/go?to=https%3A%2F%2Fx%2F")) == {}


def test_bases_nest() -> None:
    """A base below a base has both prefixes, whoever of them named the host."""
    shop = mocker().base("https://api.example.com").base("/v1").base("/shop")
    assert takes(shop.get("/carts/{id}"), request("https://api.example.com/v1/shop/carts/3")) == {"id": "3"}
    assert takes(shop.get("/carts/{id}"), request("https://api.example.com/shop/carts/3")) is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("users/1", "'users/1' is a relative URL; did you mean '/users/1'?"),
        ("", "'' is a relative URL; did you mean '/'?"),
        ("api.example.com/v1", "did you mean 'https://api.example.com/v1' or '/api.example.com/v1'?"),
        ("localhost:8000/v1", "did you mean 'https://localhost:8000/v1' or '/localhost:8000/v1'?"),
        ("go?to=https://h/", "did you mean '/go?to=https://h/'?"),
        ("http:/h/a", "'http:/h/a' is no URL; did you mean 'http://h/a'?"),
        (
            r"^/users/\d+$",
            r"is no URL; a regular expression is declared compiled: re.compile('^/users/\\d+$')",
        ),
        (r"users/.*", r"a regular expression is declared compiled"),
        ("/a#b", "'/a#b' has a fragment, which is never sent; a # that is meant is written %23"),
        ("https://", "is no URL: it names no host"),
        ("ftp://h/a", "'ftp://h/a' is no URL of HTTP: its scheme is 'ftp'"),
        ("http://h:99999/", "is no URL: Port out of range"),
        ("http://[::1/", "is no URL: "),
        (
            "https://{host}/a",
            "a template stands in the path, not in the host; for any host declare the path alone",
        ),
        ("https://me:hunter2@h/a", "'https://...@h/a' holds credentials; clients send them as a header"),
        ("/a\nb", "holds a control character, which clients drop; write it as %0A and the like"),
        ("/users/{}", "a template's field has a name, as in /users/{id}, and not {}"),
        ("/users/{0}", "a template's field has a name, as in /users/{id}, and not {0}"),
        ("/users/{id:int}", "a template's field has no type: {id}; its value is text"),
        ("/users/{id}/{id}", "the field {id} stands twice"),
        ("/users/{id", "a brace has no counterpart; write %7B or %7D for one that is meant"),
        (re.compile(b"/a"), "is a regular expression of bytes; a URL is text"),
        (17, "a URL is text or a compiled regular expression, and 17 is int"),
        (None, "a URL is text or a compiled regular expression, and None is NoneType"),
    ],
)
def test_what_is_no_url(url: object, words: str) -> None:
    """What cannot be meant is refused where it is declared, with what was meant most likely, and no password."""
    with pytest.raises(UsageError) as caught:
        mocker().get(url)  # type: ignore[arg-type]  # a user's mistake
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("base", "url", "words"),
    [
        ("api.example.com", "/a", "base('api.example.com'): 'api.example.com' is a relative URL; did you mean 'https://api.example.com'"),
        ("v1", "/a", "did you mean '/v1'?"),
        ("/v1?a=1", "/a", "a base has no query, no fragment and no template"),
        ("/users/{id}", "/a", "a base has no query, no fragment and no template"),
        ("https://me:hunter2@h", "/a", "base('https://...@h') holds credentials"),
        (re.compile("/v1"), "/a", "a base is text, such as 'https://api.example.com/v1' or '/v1'"),
        ("https://h/v1", "users", "'users' is a relative URL; did you mean '/users', below base('https://h/v1')?"),
        ("https://h/v1", "https://h/v1/users", "'https://h/v1/users' is a whole URL, and stands below base('https://h/v1')"),
    ],
)  # fmt: skip
def test_what_is_no_base(base: object, url: str, words: str) -> None:
    """A base that is none is refused, and a URL that does not lie below it."""
    with pytest.raises(UsageError) as caught:
        mocker().base(base).get(url)  # type: ignore[arg-type]  # a user's mistake
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)


@given(st.lists(WORDS, min_size=1, max_size=3), st.data())
def test_the_nearest_url_is_the_requests_own(segments: list[str], data: st.DataObject) -> None:
    """Of a template that takes a request, the nearest URL reads as the request's: no difference is made up."""
    path = "".join("/" + quote(segment, safe="") for segment in segments)
    fields = [data.draw(st.booleans()) and bool(segment) for segment in segments]
    pieces = [f"{{f{at}}}" if fields[at] else quote(segment, safe="") for at, segment in enumerate(segments)]
    route = mocker().get("/" + "/".join(pieces))
    live = Canonical(request("http://h" + path), Ignore())
    assert route.declared.address.values(live) == {
        f"f{at}": segment for at, segment in enumerate(segments) if fields[at]
    }
    nearest = route.declared.address.nearest(live)
    assert nearest is not None
    assert Canonical(request(nearest), Ignore()).path == live.path
