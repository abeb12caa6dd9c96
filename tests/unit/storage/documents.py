"""Documents to write, and ways to damage what was written.

`TEXTS` holds every trap that a scalar can set; the strategies mix them with any other text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from api_mocker._storage.notation import Node, Writable

__all__ = ["LONG_TEXTS", "TEXTS", "as_read", "damaged", "documents", "interactions", "text", "urls"]

JSON = '{\n  "id": 1,\n\n  "name": "Ada # Lovelace: x"\n}'

TEXTS = [
    # plain scalars that YAML takes for something else, or for nothing
    *("", " ", "~", "null", "Null", "on", "No", "y", "TRUE", "017", "0x1f", "0o17", "1_000", "1:30", "12e3"),
    *(
        "1.5",
        ".5",
        ".inf",
        ".nan",
        "-",
        "-1",
        "+1",
        "201",
        "2026-11-20",
        "2026-11-20T20:15:00Z",
        "=",
        "<<",
        "!",
    ),
    *('"etag"', 'W/"etag"', "*/*", "&a", "*a", "!!str", "%x", "@x", "`x", "a:", "a: b", ":a", "a #b", "#a"),
    *(
        "?",
        "? a",
        "?a",
        "- a",
        "-a",
        "[a]",
        "{a: b}",
        "a, b",
        ",",
        "|",
        "|-",
        ">",
        "'",
        "''",
        '"',
        "it's",
        "\\",
    ),
    *("---", "...", "--- a", "%YAML 1.1", " a", "a ", "a  b", "\\n", "a\\", "<redacted:authorization:1>"),
    # breaks that are none, or others than they seem
    *(
        "a\x85b",
        "a\u2028b",
        "a\u2029b",
        "a\rb",
        "a\r\nb\r\n",
        "\r",
        "\x85",
        "a\n\rb",
        "a\x85\nb",
        "a\u2028\nb",
    ),
    # characters that YAML has no room for, or that one of its loaders refuses
    *("\0", "\x07\n", "a\x1b[0m", "\x7f", "\x80", "\x9f", "\ufffe", "\uffff", "\ufeffa", "a\ufeff\nb"),
    *(
        "a\u202eb",
        "\u2066a\u2069\n",
        "\U0001f600",
        "\U0001f600\n\U0010ffff",
        "\u00a0",
        "\u00e9t\u00e9\n",
        "\ud7ff\ue000",
    ),
    # white space at the edges of a block
    *(
        "\n",
        "\n\n",
        " \n",
        "\t",
        "\t\n",
        "\ta\nb",
        "a\n\tb",
        " a\nb",
        "\na",
        "\n a",
        "\n\n\ta\n",
        "  \n a",
        "a\n",
    ),
    *(
        "a\n\n",
        "a\n\n\n",
        "a\n ",
        "a\n \n",
        "a\n\t",
        "a \nb\t\n",
        "a\n   \nb",
        "\n  \na",
        "a\n\n  b\n\nc",
        "a\n\u00a0",
    ),
    # lines that would end a document, open one, or comment
    *(
        "a\n---\nb",
        "---\n",
        "...\n...\n",
        "a\n--- # b\n",
        "a\n%YAML 1.1\n",
        "# a\n",
        "a\n# b\n",
        "a: b\nc: d\n",
        JSON,
    ),
]

LONG_TEXTS = ["x" * 81, "x" * 2000, "it's " * 500, 'a"b' * 500, "x " * 60, f"{'x' * 2000}\n", "\x00" * 300]

text = st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
lines = st.lists(
    st.sampled_from(["", " ", "a", "  b: c", "\t", "---", "...", "# d", "'", '"', "\\"]), max_size=5
)
scalar = text | lines.map("\n".join)
usual_key = st.sampled_from(["json", "text", "base64", "url", "x-request-id", "Content-Type", "a.b", "k"])
odd_key = st.sampled_from(["no", "1", "a b", "---", "k" * 128, "k" * 129, "k:" * 90, "", "'", "\n"]) | text
keys = st.one_of(usual_key, usual_key, usual_key, odd_key)
numbers = st.integers(-(10**6), 10**6) | st.booleans()
pairs = st.lists(st.lists(scalar, min_size=2, max_size=2), max_size=3)


def _containers(inner: st.SearchStrategy[Writable]) -> st.SearchStrategy[Writable]:
    return st.dictionaries(keys, inner, max_size=4) | pairs | st.lists(inner, max_size=3)


nodes: st.SearchStrategy[Writable] = st.recursive(
    scalar | numbers | st.lists(numbers, max_size=40), _containers, max_leaves=12
)
documents: st.SearchStrategy[dict[str, Writable]] = st.dictionaries(keys, nodes, max_size=5)

urls = st.sampled_from(
    [
        "https://api.example.com/v1/users?page=2&q=a%20b",
        "http://127.0.0.1:8080/",
        "https://x.y/#z",
        "https://x.y/é",
    ]
)
bodies = st.dictionaries(st.sampled_from(["json", "text", "base64"]), scalar, min_size=1, max_size=1)


@st.composite
def interactions(draw: st.DrawFn) -> dict[str, Writable]:
    """An interaction in the format's own shape."""
    return {
        "request": {
            "method": draw(st.sampled_from(["GET", "POST", "M-SEARCH", "NO"])),
            "url": draw(urls | text),
            "headers": draw(st.dictionaries(keys, text, min_size=1, max_size=3) | pairs),
            **draw(st.fixed_dictionaries({}, optional={"body": bodies})),
        },
        "response": {
            "status": draw(st.integers(100, 599)),
            "chunks": draw(st.lists(numbers)),
            "body": draw(bodies),
        },
        "recorded_at": "2026-11-20T20:15:00Z",
    }


_SPLINTERS = [
    *(
        " ",
        "  ",
        "    ",
        "\t",
        "\n",
        "\n\n",
        "\r",
        "\r\n",
        "\x85",
        "\u2028",
        "\ufeff",
        "\0",
        "'",
        '"',
        "''",
        "\\",
        "\\x41",
    ),
    *(
        '\\ud800"',
        ":",
        ": ",
        "-",
        "- ",
        "#",
        " #",
        " # c",
        "\n# c\n",
        "?",
        "? ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "|",
        "|-",
        "|2",
    ),
    *(
        "|+",
        ">",
        "&a ",
        "*a",
        "!",
        "!!str ",
        "%",
        "\n%YAML 1.1\n",
        "~",
        "\n---\n",
        "\n--- # c\n",
        "\n...\n",
        "\n---",
        "a",
    ),
    *("7", "key: value\n", "  key: value\n", "<<: {}\n"),
]


@st.composite
def damaged(draw: st.DrawFn, written: str) -> str:
    """`written`, with a few edits: pieces put in, cut out or moved; lines indented, doubled, dropped."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(written)))
        edit = draw(st.integers(0, 6))
        if edit <= 1:
            written = written[:at] + draw(st.sampled_from(_SPLINTERS)) + written[at:]
        elif edit == 2:
            written = written[:at] + written[at + draw(st.sampled_from([1, 2, 5])) :]
        else:
            rows = written.split("\n")
            row = draw(st.integers(0, len(rows) - 1))
            if edit == 3:
                rows[row] = draw(st.sampled_from([" ", "  ", "    ", "\t"])) + rows[row]
            elif edit == 4:
                rows[row] = rows[row][draw(st.sampled_from([1, 2, 4])) :]
            elif edit == 5:
                rows.insert(draw(st.integers(0, len(rows))), rows[row])
            else:
                del rows[row]
            written = "\n".join(rows)
    return written


def as_read(node: Writable) -> Node:
    """What a reader makes of what was written: numbers and bools as their text."""
    if isinstance(node, str):
        return node
    if isinstance(node, int):
        return str(node).lower()
    if isinstance(node, dict):
        return {key: as_read(value) for key, value in node.items()}
    return [as_read(item) for item in node]
