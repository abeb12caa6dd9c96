"""``api-mocker cassette diff``, run as people run it: as a program, with each format as it is printed."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from tests.cli.program import run

from api_mocker import Headers, Interaction, Request, Response
from api_mocker._storage import files, schema
from api_mocker._storage.emit import emit

MOMENT = datetime(2026, 11, 20, 20, 15, tzinfo=UTC)
SCHEMA = Path(__file__).parent.parent.parent / "docs" / "schema" / "diff.schema.json"


def asked(path: str, body: object, status: int = 200, **fields: str) -> Interaction:
    """A GET of the shop, and its answer: JSON, or a text as it is."""
    kind, content = ("text/html", body) if isinstance(body, str) else ("application/json", json.dumps(body))
    pairs = [("Content-Type", kind), *((name.replace("_", "-"), value) for name, value in fields.items())]
    reason = {200: "OK", 404: "Not Found"}[status]
    response = Response(status, Headers.of(pairs), content.encode(), reason)
    return Interaction(Request("GET", f"https://shop.example.com{path}"), response, None, MOMENT)


def later(interaction: Interaction) -> Interaction:
    """The same, recorded a day after, with what changes then."""
    assert interaction.response is not None
    again = interaction.response.headers.replacing("Date", "Sat, 21 Nov 2026 20:15:00 GMT")
    response = replace(interaction.response, headers=again)
    return replace(interaction, response=response, recorded_at=MOMENT + timedelta(days=1))


ITEMS = [{"sku": "A-1", "price": 10}, {"sku": "A-2", "price": 5}, {"sku": "A-3", "price": 10}]
DATE = "Fri, 20 Nov 2026 20:15:00 GMT"
PAGE = "<ul>\n<li>one</li>\n<li>two</li>\n<li>three</li>\n</ul>\n"

BEFORE = [
    asked("/basket", {"items": ITEMS, "total": 25}, Date=DATE),
    asked("/orders?page=1", {"orders": []}, Date=DATE, X_Version="1"),
    asked("/page", PAGE, Date=DATE),
    asked("/gone", {}, Date=DATE),
    asked("/last", {"n": 1}, Date=DATE),
]
AFTER = [
    asked("/last", {"n": 1}, Date=DATE),
    later(asked("/basket", {"items": [{"sku": "A-0", "price": 1}, *ITEMS[:2], {"sku": "A-3", "price": "10"}], "total": 26}, Date=DATE)),
    later(asked("/orders?page=1", {"orders": []}, 404, Date=DATE, X_Request_Id="7")),
    asked("/page", PAGE.replace("two", "2"), Date=DATE),
    asked("/new", {"a`b|c": "<b>@me</b>"}, Date=DATE),
]  # fmt: skip

TEXT = """\
cassettes/old.yaml -> cassettes/new.yaml: 1 added, 1 removed, 3 changed, 1 moved
>   1  GET https://shop.example.com/last  (moved, was 5)
~   2  GET https://shop.example.com/basket
       + body $.items[0]: {"sku": "A-0", "price": 1}
       ~ body $.items[3].price: 10 -> "10"  (type changed)
       ~ body $.total: 25 -> 26
~   3  GET https://shop.example.com/orders?page=1
       ~ status: 200 -> 404
       - header x-version: '1'
~   4  GET https://shop.example.com/page
       ~ body: 52 bytes, sha256 6a3dea346101 -> 50 bytes, sha256 89ab6d02b114
           @@ -1,5 +1,5 @@
            <ul>
            <li>one</li>
           -<li>two</li>
           +<li>2</li>
            <li>three</li>
            </ul>
-   4  GET https://shop.example.com/gone -> 200 OK, application/json, 2 bytes
+   5  GET https://shop.example.com/new -> 200 OK, application/json, 23 bytes

5 volatile values folded: date, recorded_at, x-request-id (--all shows them)
"""

MARKDOWN = """\
**1 cassette changed: 1 added, 1 removed, 3 changed, 1 moved**

| cassette | added | removed | changed | moved |
| --- | ---: | ---: | ---: | ---: |
| `cassettes/old.yaml -> cassettes/new.yaml` | 1 | 1 | 3 | 1 |

<details><summary><code>cassettes/old.yaml -&gt; cassettes/new.yaml</code>: 1 added, 1 removed, 3 changed, 1 moved</summary>


`> 1 GET https://shop.example.com/last` (moved, was 5)

`~ 2 GET https://shop.example.com/basket`

- `body $.items[0]` added: `{"sku": "A-0", "price": 1}`
- `body $.items[3].price`: `10` → `"10"` *(type changed)*
- `body $.total`: `25` → `26`

`~ 3 GET https://shop.example.com/orders?page=1`

- `status`: `200` → `404`
- `header x-version` removed: `'1'`

`~ 4 GET https://shop.example.com/page`

- `body`: `52 bytes, sha256 6a3dea346101` → `50 bytes, sha256 89ab6d02b114`

  ```diff
  @@ -1,5 +1,5 @@
   <ul>
   <li>one</li>
  -<li>two</li>
  +<li>2</li>
   <li>three</li>
   </ul>
  ```


`- 4 GET https://shop.example.com/gone -> 200 OK, application/json, 2 bytes`

`+ 5 GET https://shop.example.com/new -> 200 OK, application/json, 23 bytes`

</details>

<sub>5 volatile values folded: date, recorded&#95;at, x-request-id (--all shows them)</sub>
"""

STAT = """\
 cassettes/old.yaml -> cassettes/new.yaml | 6 +-~~~>
 1 cassette changed, 1 interaction added(+), 1 interaction removed(-), 3 interactions changed(~), 1 interaction moved(>)
"""

SHAPE = """\
cassettes/old.yaml -> cassettes/new.yaml: 1 added, 1 removed, 2 changed, 1 moved
>   1  GET https://shop.example.com/last  (moved, was 5)
~   2  GET https://shop.example.com/basket
       + body $.items[*]: {"price": string, "sku": string}
~   3  GET https://shop.example.com/orders?page=1
       ~ status: 200 -> 404
-   4  GET https://shop.example.com/gone -> 200 OK, application/json, 2 bytes
+   5  GET https://shop.example.com/new -> 200 OK, application/json, 23 bytes
"""


def save(path: Path, recorded: list[Interaction], test: str | None = "t.py::t") -> None:
    """Writes a cassette."""
    files.save(path, emit(schema.header(test)), recorded, opened=None, root=path.parent)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with two cassettes, outside of any repository."""
    save(tmp_path / "cassettes" / "old.yaml", BEFORE)
    save(tmp_path / "cassettes" / "new.yaml", AFTER)
    return tmp_path


def diff(project: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run(project, "cassette", "diff", *args, **environment)


BOTH = ("cassettes/old.yaml", "cassettes/new.yaml")


def test_text_tells_each_change_at_its_smallest_place(project: Path) -> None:
    """In the order of the newer side, noise folded into one line; exit code 1."""
    done = diff(project, *BOTH)
    assert done.stderr == ""
    assert done.stdout == TEXT
    assert done.returncode == 1


def test_markdown_is_a_comment_for_a_pull_request(project: Path) -> None:
    """A table, and the changes of each cassette folded under it."""
    done = diff(project, *BOTH, "--format", "markdown")
    assert done.stdout == MARKDOWN
    assert done.returncode == 1


def test_stat_is_a_line_per_file(project: Path) -> None:
    """As git's, in the signs of the commands."""
    assert diff(project, *BOTH, "--stat").stdout == STAT
    table = diff(project, *BOTH, "--stat", "--format", "markdown").stdout
    assert "| cassette |" in table
    assert "<details>" not in table


def test_shape_tells_whether_the_contract_changed(project: Path) -> None:
    """Structure and status alone; values are not looked at."""
    assert diff(project, *BOTH, "--shape").stdout == SHAPE


def test_json_keeps_its_schema(project: Path) -> None:
    """Documented, with every key that is printed; numbers are those of ``show``."""
    documented = json.loads(SCHEMA.read_text("utf-8"))
    for args in ([], ["--all"], ["--stat"], ["--shape"]):
        printed = json.loads(diff(project, *BOTH, "--format", "json", *args).stdout)
        jsonschema.validate(printed, documented)
        assert set(printed) == set(documented["properties"])
        for file in printed["files"]:
            assert set(file) <= set(documented["$defs"]["file"]["properties"])
            for change in [*file.get("changes", []), *file.get("noise", [])]:
                assert set(change) == set(documented["$defs"]["change"]["properties"])
    printed = json.loads(diff(project, *BOTH, "--format", "json", "--all").stdout)
    (file,) = printed["files"]
    assert [(change["kind"], change["before"], change["after"]) for change in file["changes"]] == [
        ("moved", 5, 1),
        ("changed", 1, 2),
        ("changed", 2, 3),
        ("changed", 3, 4),
        ("removed", 4, None),
        ("added", None, 5),
    ]
    assert file["changes"][1]["details"][1] == {
        "where": "body $.items[3].price",
        "before": "10",
        "after": '"10"',
        "note": "type changed",
    }
    assert [change["after"] for change in file["noise"]] == [2, 3]
    assert printed["folded"] == {"date": 2, "recorded_at": 2, "x-request-id": 1}


def test_all_shows_noise(project: Path) -> None:
    """Each volatile value under its interaction, and no line about folding."""
    shown = diff(project, *BOTH, "--all").stdout
    assert f"~ header date: '{DATE}' -> 'Sat, 21 Nov 2026 20:15:00 GMT'" in shown
    assert "+ header x-request-id: '7'" in shown
    assert "folded" not in shown


def test_noise_alone_is_one_line_and_exit_code_0(project: Path) -> None:
    """A re-recording in which nothing but noise changed is equal."""
    save(project / "again.yaml", [later(one) for one in BEFORE])
    done = diff(project, "cassettes/old.yaml", "again.yaml")
    assert done.stdout == "10 volatile values folded: date, recorded_at (--all shows them)\n"
    assert done.returncode == 0
    assert (
        "~   1  GET https://shop.example.com/basket"
        in diff(project, "cassettes/old.yaml", "again.yaml", "--all").stdout
    )
    assert diff(project, "cassettes/old.yaml", "again.yaml", "--stat").stdout == ""


def test_equal_cassettes_say_nothing(project: Path) -> None:
    """Exit code 0, and no output."""
    done = diff(project, "cassettes/old.yaml", "cassettes/old.yaml")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_ignore_and_the_projects_own_are_folded(project: Path) -> None:
    """Both lists count, and what they leave out is named like noise."""
    (project / "pyproject.toml").write_text('[tool.api_mocker]\nignore = ["json:$.total"]\n')
    done = diff(project, *BOTH, "--ignore", "json:$.items", "--ignore", "header:x-version")
    assert "basket" not in done.stdout
    assert "x-version:" not in done.stdout
    assert "body $.total" in done.stdout.splitlines()[-1]
    wrong = diff(project, *BOTH, "--ignore", "jsn:$.a")
    assert "did you mean 'json'" in wrong.stderr
    assert wrong.returncode == 2


def test_folders_are_paired_by_relative_path(tmp_path: Path) -> None:
    """What only one side has is added or removed wholly; equal files are not mentioned, others left alone."""
    for side, names in (("a", ["both", "same", "sub/gone"]), ("b", ["both", "same", "sub/new"])):
        for name in names:
            recorded = BEFORE[:1] if name != "both" or side == "a" else BEFORE[:2]
            save(tmp_path / side / f"{name}.yaml", recorded)
        (tmp_path / side / "compose.yaml").write_text(f"services: {side}\n")
    done = diff(tmp_path, "a", "b")
    assert done.stdout.splitlines() == [
        "both.yaml: 1 added",
        "+   2  GET https://shop.example.com/orders?page=1 -> 200 OK, application/json, 14 bytes",
        "",
        "sub/gone.yaml: deleted file, 1 removed",
        "-   1  GET https://shop.example.com/basket -> 200 OK, application/json, 110 bytes",
        "",
        "sub/new.yaml: new file, 1 added",
        "+   1  GET https://shop.example.com/basket -> 200 OK, application/json, 110 bytes",
        "",
        "3 cassettes changed: 2 added, 1 removed",
    ]
    assert done.stderr == "compose.yaml: no cassette, left alone\n"
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["nope.yaml", "cassettes/old.yaml"], "there is no nope.yaml"),
        (["cassettes", "cassettes/old.yaml"], "compare two of a kind"),
        (["cassettes/old.yaml", "other.txt"], "other.txt"),
        (["cassettes/old.yaml"], "in no Git repository"),
        (["cassettes/cut.yaml", "cassettes/old.yaml"], "cut off"),
        (["--format", "xml"], "xml"),
    ],
)
def test_trouble_is_one_line_and_exit_code_2(project: Path, args: list[str], text: str) -> None:
    """What cannot be read or compared is named; no traceback."""
    (project / "other.txt").write_text("no cassette\n")
    (project / "cassettes" / "cut.yaml").write_text(
        (project / "cassettes" / "old.yaml").read_text("utf-8")[:300], "utf-8"
    )
    done = diff(project, *args)
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1 or "Usage" in done.stderr
    assert done.returncode == 2


def test_one_broken_file_hides_no_other(tmp_path: Path) -> None:
    """The rest is compared, and the exit code says that not all was."""
    for side in "ab":
        save(tmp_path / side / "fine.yaml", BEFORE[: 1 if side == "a" else 2])
        (tmp_path / side / "broken.yaml").write_text(f"cassette: 1\n---\n{side}: [\n...\n")
    done = diff(tmp_path, "a", "b")
    assert "fine.yaml: 1 added" in done.stdout
    assert done.stderr.startswith("Error: a/broken.yaml:4: ")
    assert done.returncode == 2
    answer = json.loads(diff(tmp_path, "a", "b", "--format", "json").stdout)
    assert len(answer["errors"]) == 1


HOSTILE = "\x1b[31m\n+   9  GET https://evil/\u202e</summary> `x` | @me <script>"


def test_recorded_text_drives_nothing(tmp_path: Path) -> None:
    """No escape reaches the terminal, no line is forged, and in Markdown all of it stays code."""
    before = asked("/a", {"k": 1})
    assert before.response is not None
    headers = before.response.headers.replacing("X-A", "`|\x1b[2J` </details>")
    query = replace(before.request, url=f"{before.request.url}?{'%0Ax'}={'%1b'}")
    body = json.dumps({HOSTILE: HOSTILE}).encode()
    after = replace(before, request=query, response=replace(before.response, headers=headers, body=body))
    save(tmp_path / "a.yaml", [before])
    save(tmp_path / "b.yaml", [after, asked("/t", f"```\n{HOSTILE}\n")])
    text = diff(tmp_path, "a.yaml", "b.yaml", FORCE_COLOR="1").stdout
    assert re.sub(r"\x1b\[[0-9;]*m", "", text).count("\x1b") == 0
    assert "\x1b[2J" not in text
    assert not any(line.startswith("+   9") for line in text.splitlines())
    markdown = diff(tmp_path, "a.yaml", "b.yaml", "--format", "markdown").stdout
    outside = re.sub(r"(`+) ?.*?\1", "", markdown)
    assert "<script>" not in outside
    assert "</details>" in outside
    assert outside.count("</details>") == 1
    assert "@me" not in outside


def test_a_comment_never_gets_too_long(tmp_path: Path) -> None:
    """What does not fit is counted."""
    for side in "ab":
        for name in range(30):
            many = [asked(f"/{n}", {side: "x" * 80}) for n in range(60)]
            save(tmp_path / side / f"{name}.yaml", many)
    markdown = diff(tmp_path, "a", "b", "--format", "markdown").stdout
    assert len(markdown) < 65_536
    assert "do not fit" in markdown
    assert markdown.count("<details>") == markdown.count("</details>")


WIDE = """\
~   2  GET https://shop.example.com/basket
       + body $.items[0]: {"sku": "A-0", "price": 1}
       ~ body $.items[3].price  (type changed)  10                                       "10"
       ~ body $.total                           25                                       26
"""


def test_on_a_wide_terminal_values_stand_side_by_side(project: Path) -> None:
    """From 120 columns on; narrower, they follow each other."""
    wide = diff(project, *BOTH, FORCE_COLOR="1", COLUMNS="130").stdout
    plain = re.sub(r"\x1b\[[0-9;]*m", "", wide)
    assert WIDE in "".join(f"{line.rstrip()}\n" for line in plain.splitlines())
    narrow = diff(project, *BOTH, FORCE_COLOR="1", COLUMNS="90", NO_COLOR="1").stdout
    assert "~ body $.total: 25 -> 26" in narrow
    assert "\x1b[3" not in narrow
    assert "\x1b[33m~" in wide


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_on_a_terminal_a_long_answer_is_paged_and_a_short_one_is_not(project: Path) -> None:
    """The pager is asked where the screen is too small."""

    def watched(*args: str, lines: str) -> str:
        ours, theirs = pty.openpty()
        environment = {
            **os.environ,
            "PAGER": "sed s/^/paged:/",
            "TERM": "xterm",
            "LINES": lines,
            "COLUMNS": "80",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "api_mocker", "cassette", "diff", *args],
            cwd=project,
            env=environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        said = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:
                break
            if not piece:
                break
            said += piece
        os.close(ours)
        assert process.wait() == 1
        return said.decode()

    assert "paged:" in watched(*BOTH, lines="10")
    short = watched(*BOTH, "--stat", lines="40")
    assert "paged:" not in short
    assert "\x1b[" in short


def test_many_interactions_show_progress_on_a_terminal_alone(tmp_path: Path) -> None:
    """A pipe gets none of it."""
    many = [asked(f"/{n}", {"n": n}) for n in range(1500)]
    save(tmp_path / "a.yaml", many)
    save(tmp_path / "b.yaml", [later(one) for one in many])
    done = diff(tmp_path, "a.yaml", "b.yaml")
    assert done.stderr == ""
    assert diff(tmp_path, "a.yaml", "b.yaml", FORCE_COLOR="1").stderr != ""


def test_an_output_without_unicode_gets_numbers(tmp_path: Path) -> None:
    """Where the output has no bytes for a character, nothing ends in a traceback."""
    save(tmp_path / "a.yaml", [asked("/a", {"k": "a"})])
    save(tmp_path / "b.yaml", [asked("/a", {"k": "\u00e9\u20ac"})])
    for form in ("text", "markdown", "json"):
        done = diff(tmp_path, "a.yaml", "b.yaml", "--format", form, PYTHONIOENCODING="ascii")
        assert "\\u20ac" in done.stdout or form == "markdown"  # as UTF-8: click believes in no such output
        assert (done.stderr, done.returncode) == ("", 1)
