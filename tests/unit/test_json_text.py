"""JSON as text: what is laid out for people comes back as it was, and nothing is ever re-spelled."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api_mocker._core.json_text import DEFAULT_LAYOUT, LAYOUTS, prettify, restore

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)

# Written by the standard library, so that our own idea of a layout is held against another's.
WRITERS: dict[str, dict[str, Any]] = {
    "compact": {"separators": (",", ":")},
    "spaced": {},
    "indent1": {"indent": 1},
    "indent2": {"indent": 2},
    "indent4": {"indent": 4},
    "tab": {"indent": "\t"},
}

JSON = [
    "0",
    "-0",
    "1.00",
    "1e5",
    "1E+05",
    '"a"',
    '""',
    "true",
    "false",
    "null",
    "[]",
    "{}",
    "[1.00,1e5,-0,1E-2]",
    '{"a":1,"a":2}',
    r'["\/","\ud800","\u00e9","\"","\\",": "]',
    r'{"\\\"":"\\\\","a\": ":", : {}[]"}',
    '["\x7f\x85\u2028é\U0001f600"]',
    "[" + "9" * 6000 + "]",
    "[[],{},[{}],{" + '"":[]}]',
    '{"":{"":""}}',
]

NO_JSON = [
    *("", " ", "{", "}", "[", "]", "[1,]", "[,1]", "[1 2]", '{"a"}', '{"a":}', '{"a":1,}', "{,}", "{1:2}"),
    *("[01]", "[1.]", "[.5]", "[+1]", "[1e]", "-", "tru", "nul l", "True", "[1]x", "[1]]", '{"a":1]', "[1}"),
    *(
        '["a" "b"]',
        '["a""b"]',
        '"abc',
        r'"\x"',
        r'"\u12g4"',
        '"\t"',
        '"\n"',
        "[\x0c1]",
        "[\xa01]",
        "1 2",
        "[] []",
    ),
    *("[[] 1]", '["a":1]', '"a":1', '{"a":{}"b":1}', '{"a" 1}', "[1,2", "'a'", "{a:1}", "/**/1", "\x001"),
]

soup = st.lists(
    st.sampled_from(
        [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            '"a"',
            '"\\""',
            "1",
            "-0.5e3",
            "true",
            "null",
            " ",
            "\n",
            '"',
            "\\",
            "x",
        ]
    ),
    max_size=12,
).map("".join)


def is_json(text: str) -> bool:
    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=refuse)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("newline", ["", "\n"])
@pytest.mark.parametrize("name", WRITERS)
@settings(deadline=None)
@given(value=values, ascii_only=st.booleans())
def test_the_layouts_of_common_writers_are_known(
    name: str, newline: str, value: Any, ascii_only: bool
) -> None:
    """What the standard library writes is laid out as with two spaces and comes back as it was."""
    text = json.dumps(value, ensure_ascii=ascii_only, **WRITERS[name]) + newline
    found = prettify(text)
    assert found is not None
    pretty, layout = found
    assert pretty == json.dumps(value, ensure_ascii=ascii_only, indent=2)
    assert restore(pretty, layout) == text
    assert restore(pretty, name + ("+newline" if newline else "")) == text


def test_the_names_of_the_layouts_are_a_closed_table() -> None:
    """The names stand in files that people keep: none may be renamed or lost."""
    assert DEFAULT_LAYOUT == "compact"
    assert list(LAYOUTS) == [*WRITERS, *(f"{name}+newline" for name in WRITERS)]


@pytest.mark.parametrize("text", JSON)
def test_every_spelling_survives(text: str) -> None:
    """Numbers, escapes and duplicate keys keep their spelling through every layout."""
    found = prettify(text)
    assert found is not None
    pretty, layout = found
    assert (layout, restore(pretty, layout)) == ("compact", text)
    for name in LAYOUTS:
        laid = restore(pretty, name)
        assert restore(laid, "compact") == text


@pytest.mark.parametrize(
    "text", ["[ ]", "{ }", '{"a" : 1}', "[1, 2,3]", "[1,2]\r\n", "[\r\n  1\r\n]", " 1", "[1]\n\n", "[\n1\n]"]
)
def test_odd_spacing_is_declined(text: str) -> None:
    """JSON whose white space is that of no layout stays what it is."""
    assert is_json(text)
    assert prettify(text) is None


@pytest.mark.parametrize("text", NO_JSON)
def test_what_is_no_json_is_refused(text: str) -> None:
    """Text that RFC 8259 does not allow is never taken for JSON."""
    assert not is_json(text)
    assert prettify(text) is None
    with pytest.raises(ValueError, match="this is no JSON"):
        restore(text, "compact")


@settings(deadline=None)
@given(text=soup)
@example(text='{"a":{}"b":1}')
def test_the_grammar_is_that_of_the_standard_library(text: str) -> None:
    """Any heap of tokens is JSON to us exactly where it is to the standard library's strict reader."""
    if is_json(text):
        restore(text, "spaced")
        return
    assert prettify(text) is None
    with pytest.raises(ValueError, match="this is no JSON"):
        restore(text, "compact")


@settings(deadline=None)
@given(value=values, edit=st.sampled_from([None, 1, 4, "\t"]))
def test_a_reindented_text_is_restored(value: Any, edit: Any) -> None:
    """However an editor re-indents the pretty text, the same compact text comes of it."""
    assert restore(json.dumps(value, indent=edit) + "\n", "compact") == json.dumps(
        value, separators=(",", ":")
    )


def test_an_edited_value_is_restored_in_its_layout() -> None:
    """A value edited by hand is sent in the recorded layout, its strings untouched."""
    edited = '{\n  "a": "x\\n\\": {, [",\n\n  "b" :[": ",\n 1.0]}\n'
    assert restore(edited, "compact") == '{"a":"x\\n\\": {, [","b":[": ",1.0]}'
    assert restore(edited, "spaced+newline") == '{"a": "x\\n\\": {, [", "b": [": ", 1.0]}\n'
    assert (
        restore(edited, "indent4")
        == '{\n    "a": "x\\n\\": {, [",\n    "b": [\n        ": ",\n        1.0\n    ]\n}'
    )


def test_an_unknown_layout_is_named() -> None:
    """A layout that is not in the table is refused together with those that are."""
    with pytest.raises(ValueError, match=r"there is no layout 'loose'; there are compact, spaced, .*"):
        restore("{}", "loose")


def test_a_refusal_says_where() -> None:
    """The line and the column of what cannot stand there are told."""
    with pytest.raises(ValueError, match=r"line 3, column 3"):
        restore('{\n  "a": 1\n  "b": 2\n}', "compact")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        '[1,{"a":' * 50_000 + '"x"' + "}]" * 50_000,
    ],
    ids=["arrays", "objects", "mixed"],
)
def test_depth_neither_recurses_nor_squares(text: str) -> None:
    """A text nested 100,000 deep is declined as too deep to indent."""
    assert prettify(text) is None
    with pytest.raises(ValueError, match="nested more than 100 levels deep"):
        restore(text, "compact")


@pytest.mark.parametrize(
    "unit", ['"\\"', '["a', "[1,", '{"a":', '["a" ', '"\\', " ", "1", '"\\\\', "\\u0022", "[]", '":"']
)
def test_broken_texts_take_linear_time(unit: str) -> None:
    """Broken pieces by the hundred thousand are refused at once; in quadratic time it would take hours."""
    text = "[" + unit * 300_000 + "x"
    assert prettify(text) is None
    with pytest.raises(ValueError, match=r"no JSON|nested"):
        restore(text, "compact")
