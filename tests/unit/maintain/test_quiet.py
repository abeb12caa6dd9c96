"""The text in which Git compares cassettes line by line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.core.made import MOMENT, answer, recording, request
from tests.unit.interactions import interactions

from api_mocker import Interaction
from api_mocker._core.model import Failure
from api_mocker._storage import schema
from api_mocker._storage.emit import emit
from api_mocker._storage.stream import assemble
from api_mocker.maintain.git_setup import attribute_lines, with_lines
from api_mocker.maintain.quiet import quiet
from api_mocker.maintain.sources import Source, read


def text(*recorded: Interaction) -> str:
    documents = [emit(schema.write(each)) for each in recorded]
    content = b"".join(assemble(emit(schema.header(None)), documents))
    return quiet(read(Source(Path("a.yaml"), "a.yaml", lambda: content)))


SHOWN = """\
# volatile values are left out: Date, ETag, request ids, cookies, ...

POST https://api.example.com/v1/items
  content-type: application/x-www-form-urlencoded
  a = 1
  token = <redacted:token>
  -> 200 OK
    content-type: application/json
    set-cookie: s=...
    {
      "a": [
        1
      ],
      "b": "\\\\x1b"
    }

GET https://api.example.com/v1/items
  -> read_timeout
"""


def test_what_means_something_has_a_line_of_its_own() -> None:
    """Sorted headers and JSON, form fields by name, no dates, no numbers of placeholders."""
    form = {"content_type": "application/x-www-form-urlencoded"}
    posted = recording(
        request(body="token=<redacted:token:2>&a=1", **form),
        answer('{"b":"\\u001b","a":[1]}', date="Mon", set_cookie="s=1; Path=/", etag='"1"'),
    )
    shown = text(posted, recording(request(), Failure("read_timeout", "after 5 s")))
    assert shown == SHOWN.replace("\\\\x1b", "\\u001b")


def test_noise_is_not_in_it() -> None:
    """Two recordings of one flow are the same text."""
    before = recording(request(), answer("[1]", date="Mon"))
    after = recording(request(), answer("[ 1]", date="Tue", x_request_id="2"))
    again = Interaction(after.request, after.response, None, MOMENT + timedelta(days=2))
    assert text(before) == text(again)


named = interactions.filter(lambda each: each.request.method.strip() not in ("", "#"))


@given(st.lists(named, max_size=3))
def test_every_cassette_has_a_text_that_drives_no_terminal(recorded: list[Interaction]) -> None:
    """Each interaction begins in the first column, and nothing else does."""
    shown = text(*recorded)
    assert "\x1b" not in shown
    heads = [line for line in shown.splitlines()[1:] if line and not line.startswith("  ")]
    assert len(heads) == len(recorded)


@given(
    st.lists(st.sampled_from(["*.png binary", "# mine", "", "/cassettes/** -text"]), max_size=5),
    st.booleans(),
)
def test_lines_of_others_stay(lines: list[str], windows: bool) -> None:
    """In their order, with their line ends; and a second time changes nothing."""
    newline = "\r\n" if windows else "\n"
    old = newline.join(lines)
    wanted = attribute_lines(["cassettes"])
    new = with_lines(old, wanted)
    assert new.startswith(old)
    assert with_lines(new, wanted) == new
    assert set(wanted) <= set(new.splitlines())
