"""Several requests that hang together: redirects, cookies, retries, credentials, pages, polling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..answers import as_json, echo, in_turn, redirect, reply
from ..scenario import scenario
from ..seen import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..drivers import Client
    from ..seen import Seen
    from ..wire import Ask, Step

REDIRECTS = (301, 302, 303, 307, 308)
LONG_AGO = "Wed, 21 Oct 2015 07:28:00 GMT"
"""A Retry-After that has passed: the header is obeyed, and nobody waits."""


@scenario({f"/{status}": redirect(status, "/end") for status in REDIRECTS} | {"/end": echo})
async def every_redirect(client: Client) -> Sequence[Seen]:
    """Each redirect, followed from a GET and from a POST, whose method may change on the way."""
    seen = [await client.send("GET", f"/{status}") for status in REDIRECTS]
    return seen + [await client.send("POST", f"/{status}", json={"a": 1}) for status in REDIRECTS]


@scenario({"/a": redirect(302, "/b"), "/b": redirect(307, "/c?x=1"), "/c": echo})
async def a_chain_of_redirects(client: Client) -> Sequence[Seen]:
    """Two hops, then the end; and the same without following."""
    return [await client.send("GET", "/a"), await client.send("GET", "/a", follow=False)]


@scenario({"/loop": redirect(302, "/loop")})
async def redirects_without_end(client: Client) -> Sequence[Seen]:
    """The client gives up by itself, with its own exception."""
    return [await client.send("GET", "/loop")]


@scenario({"/307": redirect(307, "/end"), "/303": redirect(303, "/end"), "/end": echo})
async def redirected_uploads(client: Client) -> Sequence[Seen]:
    """A generator cannot be sent twice: what the client makes of that is not ours to mend."""
    from ..drivers import Drip

    return [await client.send("POST", path, content=Drip(b"once ", b"only")) for path in ("/307", "/303")]


@scenario({"/out": reply(302, ("Location", "http://host:port/")), "/none": reply(302, body=b"nowhere")})
async def broken_redirects(client: Client) -> Sequence[Seen]:
    """A Location that is no URL of a server, and one that is missing."""
    return [await client.send("GET", "/out"), await client.send("GET", "/none")]


def _cookies(ask: Ask) -> Iterator[Step]:
    """/set sets two, /change changes one and drops one on the way to /show, which says what came."""
    jar = sorted(part.partition("=")[0].strip() for part in ask.header("cookie").split(";") if part)
    if ask.path == "/set":
        yield reply(
            200,
            ("Set-Cookie", f"sid={SECRET}-one; Path=/"),
            ("Set-Cookie", f"tmp={SECRET}-tmp; Path=/; HttpOnly"),
        )
    elif ask.path == "/change":
        location = ("Location", ask.at("/show"))
        yield reply(
            302,
            location,
            ("Set-Cookie", f"sid={SECRET}-two; Path=/"),
            ("Set-Cookie", "tmp=; Max-Age=0; Path=/"),
        )
    else:
        yield as_json({"cookies": jar})


@scenario({"*": _cookies}, needs="cookies")
async def cookies_along_redirects(client: Client) -> Sequence[Seen]:
    """Set, sent, changed and dropped; the jar ends as it would."""
    return [await client.send("GET", path) for path in ("/show", "/set", "/show", "/change", "/show")]


@scenario({"*": _cookies}, needs="cookies", settings={"cookies": {"mine": f"{SECRET}-mine"}})
async def cookies_of_the_session(client: Client) -> Sequence[Seen]:
    """Cookies that the caller put into the session."""
    return [
        await client.send("GET", "/show"),
        await client.send("GET", "/set"),
        await client.send("GET", "/show"),
    ]


def _guarded(ask: Ask) -> Iterator[Step]:
    scheme = ask.header("authorization").partition(" ")[0].lower()
    challenge = {
        "/basic": 'Basic realm="shop"',
        "/bearer": "Bearer",
        "/digest": 'Digest realm="shop", nonce="abc123", qop="auth", algorithm=SHA-256, opaque="xyz"',
    }[ask.path]
    if scheme == ask.path[1:]:
        yield as_json({"welcome": True})
    else:
        yield reply(401, ("WWW-Authenticate", challenge), body=b"who are you?", reason="Unauthorized")


@scenario({"*": _guarded})
async def basic_and_bearer(client: Client) -> Sequence[Seen]:
    """Credentials that go out with the first request, and a refusal without them."""
    bearer = {"Authorization": f"Bearer {SECRET}-token"}
    return [
        await client.send("GET", "/basic"),
        await client.send("GET", "/basic", auth=("basic", "alice", f"{SECRET}-pass")),
        await client.send("GET", "/bearer", headers=bearer),
    ]


@scenario({"*": _guarded}, needs="digest")
async def digest(client: Client) -> Sequence[Seen]:
    """The challenge and its answer are two exchanges."""
    seen = await client.send("GET", "/digest", auth=("digest", "alice", f"{SECRET}-pass"))
    assert seen.status == 200
    return [seen]


def _tokens(ask: Ask) -> Iterator[Step]:
    if ask.path == "/token":
        yield as_json({"access_token": f"{SECRET}-access", "token_type": "bearer", "expires_in": 3600})
    else:
        yield as_json({"ok": ask.header("authorization").startswith("Bearer ")})


@scenario({"*": _tokens})
async def a_token_exchange(client: Client) -> Sequence[Seen]:
    """A secret goes out in a form, a token comes back in JSON and is used in header, query and body."""
    grant = {"grant_type": "client_credentials", "client_id": "shop", "client_secret": f"{SECRET}-client"}
    got = await client.send("POST", "/token", form=grant)
    token = (got.text or (got.body or b"").decode()).split('"access_token":"')[1].split('"')[0]
    return [
        got,
        await client.send("GET", "/me", headers={"Authorization": f"Bearer {token}"}),
        await client.send("GET", "/me", params={"access_token": token, "page": "1"}),
        await client.send("POST", "/me", json={"token": token, "password": f"{SECRET}-word", "n": 1}),
    ]


@scenario(
    {"/": in_turn(reply(503, ("Retry-After", LONG_AGO), body=b"busy"), reply(200, body=b"done"))},
    needs="retry",
    settings={"retries": 2},
)
async def retry_until_200(client: Client) -> Sequence[Seen]:
    """503, then 200: the caller sees one answer, the wire two exchanges."""
    seen = await client.send("GET", "/")
    assert seen.status == 200
    return [seen]


@scenario({"/": reply(503, ("Retry-After", LONG_AGO), body=b"busy")}, needs="retry", settings={"retries": 2})
async def retry_in_vain(client: Client) -> Sequence[Seen]:
    """After the last attempt the client raises, or gives the last answer: whichever it does alone."""
    return [await client.send("POST", "/", json={"n": 1})]


def _callback(ask: Ask) -> Iterator[Step]:
    if ask.path == "/login":
        target = f"{ask.at('/callback')}?state=1&access_token={SECRET}-in-a-link"
        yield reply(302, ("Location", target), reason="Found")
    else:
        yield as_json({"ok": "access_token=" in ask.query})


@scenario({"*": _callback})
async def a_secret_in_a_location(client: Client) -> Sequence[Seen]:
    """A redirect that carries a token is followed on replay, with what stands in for it."""
    return [await client.send("GET", "/login")]


def _pages(ask: Ask) -> Iterator[Step]:
    page = int(ask.query.partition("page=")[2] or 1)
    link = (
        [("Link", f'<{ask.at("/users")}?page={page + 1}>; rel="next", <{ask.at("/users")}>; rel="first"')]
        if page < 3
        else []
    )
    yield as_json([{"id": page}], *link)


@scenario({"/users": _pages})
async def pages_by_link(client: Client) -> Sequence[Seen]:
    """The Link header leads from page to page."""
    seen = [await client.send("GET", "/users")]
    while link := seen[-1].header("link"):
        seen.append(await client.send("GET", "/users" + link.partition("/users")[2].partition(">")[0]))
    return seen


@scenario(
    {"/job": in_turn(as_json({"state": "queued"}), as_json({"state": "running"}), as_json({"state": "done"}))}
)
async def polling(client: Client) -> Sequence[Seen]:
    """The same request three times, three answers."""
    return [await client.send("GET", "/job") for _ in range(3)]


@scenario({"/": echo})
async def one_url_many_bodies(client: Client) -> Sequence[Seen]:
    """The body tells requests to the same URL apart; a repeat of one is taken in order."""
    return [await client.send("POST", "/", json={"sku": sku}) for sku in ("A", "B", "A", "C")]
