"""The two readers: the fast one knows less and never says anything else than YAML; the strict one explains."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.storage.documents import damaged, documents, interactions

from api_mocker._storage.emit import emit
from api_mocker._storage.notation import MAX_DEPTH
from api_mocker._storage.shape import read_shape
from api_mocker._storage.yaml_reader import read_document, read_yaml
from api_mocker.exceptions import CassetteUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api_mocker._storage.notation import Writable

# PyYAML's own readers that leave every scalar a string: they owe nothing to ours.
ORACLES = (yaml.CBaseLoader, yaml.BaseLoader)


@pytest.mark.parametrize("strategy", [interactions(), documents], ids=["interactions", "documents"])
def test_the_fast_reader_agrees_with_yaml(strategy: st.SearchStrategy[dict[str, Writable]]) -> None:
    """However a written text was changed: where the fast reader gives an answer, it is the one of YAML."""

    @settings(max_examples=400, deadline=None)
    @given(text=strategy.map(emit).flatmap(damaged))
    def agree(text: str) -> None:
        fast = read_shape(text)
        if fast is not None:
            for oracle in ORACLES:
                assert yaml.load(text, Loader=oracle) == fast
            assert read_yaml(text) == fast

    agree()


@pytest.mark.parametrize(
    "text",
    [
        "a: b\na: c\n",  # a key twice
        "a:\n  b: c\n  b: d\n",
        "a: b\n  c\n",  # a value that goes on
        "a: b\n\n  c\n",
        "a: 'b\n  c'\n",
        'a: "b\n  c"\n',
        "a:\nb: c\n",  # no value at all
        "a:\n",
        "a: \n",
        "a: b \n",  # white space that nobody sees
        "a: b # c\n",
        "a:\n  # c\n  b: c\n",
        "a: b\n\nc: d\n",
        "a: b",  # cut off
        "a: |-\n  b\n c\n",  # indentation that is not ours
        "a: |-\n    b\n",
        "a: |-\n  \tb\n",
        "a: |-\n\n  b\n",
        "a: |-\n\nb: c\n",
        "a: |2\n\n\nb: c\n",
        "a: |2\n",
        "a: |-\nb: c\n",
        "a: |3\n   b\n",
        "a: >-\n  b\n",
        "a:\n   b: c\n",
        " a: b\n",
        "a:\n- b\n",
        "a:\n  - b: c\n",
        "a:\n  - [b, c, d]\n",
        "a:\n  - [b: c, d]\n",
        "a:\n  - [b,c]\n",
        "a: [1, 2, ]\n",
        "a: [1\n, 2]\n",
        "a: [1,\n2]\n",
        "a: [b]\n",
        "a: {b: c}\n",
        'a: "\\ud800"\n',  # escapes that are not ours
        'a: "\\ud83d\\ude00"\n',
        'a: "\\/"\n',
        'a: "\\x4"\n',
        "a: &b c\n",
        "a: *b\n",
        "a: !!str b\n",
        "<<: b\n",
        "? a\n: b\n",
        "'a': b\n",
        f"{'a' * 1100}: b\n",
        "a: b\n---\nc: d\n",
        "a: b\n...\n",
        "%YAML 1.1\n---\na: b\n",
        "a: b\x85c: d\n",
        "# a\x85b: c\nd: e\n",
        "a: 'b\u2028c'\n",
        "a: b\rc: d\n",
        "\ufeffa: b\n",
        "a: 'b\x00'\n",
        "",
        "# a\n",
        "".join(f"{'  ' * depth}a:\n" for depth in range(MAX_DEPTH)) + "  " * MAX_DEPTH + "a: b\n",
    ],
    ids=ascii,
)
def test_the_fast_reader_declines(text: str) -> None:
    """What the emitter does not write is left to YAML, be it valid or not."""
    assert read_shape(text) is None


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("a:\nb:\n", {"a": "", "b": ""}),
        ("a: ~\nb: null\n", {"a": "~", "b": "null"}),
        (
            "a: 017\nb: 2026-11-20\nc: 1:30\nd: no\n1: =\n",
            {"a": "017", "b": "2026-11-20", "c": "1:30", "d": "no", "1": "="},
        ),
        ("{a: [b, {c: d}], 'e': \"f\\u00e9\"}\n", {"a": ["b", {"c": "d"}], "e": "fé"}),
        ("a: >-\n  b\n  c\n# end\n", {"a": "b c"}),
        ("<<: {a: b}\n", {"<<": {"a": "b"}}),
        ("--- # said\na: b\n", {"a": "b"}),
        ("a: b\n... # end\n", {"a": "b"}),
        ("# x\r\na: |-\r\n  b\r\n\r\n  c\r\nd: [1,\r\n  2]\r\n", {"a": "b\n\nc", "d": ["1", "2"]}),
    ],
    ids=ascii,
)
def test_other_yaml_is_read_as_strings(text: str, document: dict[str, object]) -> None:
    """Valid YAML in another shape has the same meaning; nothing in it becomes anything but a string."""
    assert read_document(text) == document
    assert read_yaml(text, pure=True) == document


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "the document is empty"),
        ("\n# only this\n", 1, "the document is empty"),
        ("- a\n", 1, "must be a mapping"),
        ("just words\n", 1, "must be a mapping"),
        ("a: b\nc:\n  d: e\n  d: f\n", 4, "the key 'd' stands twice"),
        ("a: b\n[c]: d\n", 2, "a key must be a string"),
        ("a: b\n? {c: d}\n: e\n", 2, "a key must be a string"),
        ("a: b\nc: &x d\n", 2, "anchors and aliases"),
        ("a: &x b\nc: *x\n", 1, "anchors and aliases"),
        ("a: b\nc: *x\n", 2, "anchors and aliases"),
        ("a: b\nc: !!python/object:os.system d\n", 2, "tags"),
        ("a: ! b\n", 1, "tags"),
        ("a: !!map {b: c}\n", 1, "tags"),
        ("%YAML 1.1\n---\na: b\n", 1, "directives"),
        ("%TAG ! tag:a,2000:\n---\na: b\n", 1, "directives"),
        ("# x\n%YAML 1.1\n", 2, "directives"),
        ("a: b\n---\nc: d\n", 2, "a second one begins"),
        ("a: b\n...\n---\nc: d\n", 3, "a second one begins"),
        ("a: b\nc: 'd\n", 3, "not valid YAML"),
        ("a: b\nc\n", 3, "not valid YAML"),
        ("a: b\n\tc: d\n", 2, "not valid YAML"),
        ('a: b\nc: "\\q"\n', 2, "not valid YAML"),
        ('a: b\nc: "\\ud800"\n', 2, "not valid YAML|lone surrogate"),
        ("a: b\nc: d\0e\n", 2, "U\\+0000"),
        ("a: b\nc: \ud800\n", 2, "U\\+D800"),
        ("a: b\n\ufeffc: d\n", 2, "U\\+FEFF"),
        ("a: " + "[" * 5000, 1, "nested deeper than 32 levels"),
        ("a: " + "{b: " * 5000, 1, "nested deeper than 32 levels"),
        ("".join(" " * depth + "a:\n" for depth in range(200)), 33, "nested deeper than 32 levels"),
    ],
    ids=lambda value: ascii(value)[:40] if isinstance(value, str) else None,
)
@pytest.mark.parametrize("pure", [False, True], ids=["C", "pure"])
def test_a_broken_document_is_explained(text: str, line: int, words: str, *, pure: bool) -> None:
    """Whatever is wrong is said in words, with the file and its line."""
    with pytest.raises(CassetteUnreadable, match=words) as caught:
        read_yaml(text, path="a.yaml", line=101, pure=pure)
    assert caught.value.path == "a.yaml"
    assert caught.value.line == 100 + line


@settings(deadline=None)
@given(text=st.text(max_size=60) | st.text("ab:-'\"|>[]{}&*!%#?,\n\t 2+", max_size=60))
@example(text="\ud800")
@example(text="? ? ? ?")
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text raises anything but CassetteUnreadable."""
    for read in (read_document, read_yaml):
        document: object = {}
        with contextlib.suppress(CassetteUnreadable):
            document = read(text)
        assert all(isinstance(leaf, str) for leaf in _leaves(document))


def _leaves(node: object) -> Iterator[object]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _leaves(value)
    elif isinstance(node, list):
        for item in node:
            yield from _leaves(item)
    else:
        yield node


def test_our_own_shape_needs_no_yaml() -> None:
    """Reading what was just written loads no YAML library."""
    code = (
        "import sys; from api_mocker._storage.yaml_reader import read_document as read;"
        "from api_mocker._storage.emit import emit;"
        "assert read('# api-mocker cassette\\n' + emit({'a': {'b': 'c\\nd'}})) == {'a': {'b': 'c\\nd'}};"
        "assert 'yaml' not in sys.modules; read('a: {b: c}'); assert 'yaml' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
