"""The convention of the pages is strict: what is not understood is an error that names its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from docs import generate
from tests.docs.fences import Step, StrayBlock, steps

if TYPE_CHECKING:
    from tests.docs.story import Story

PAGE = """\
Text.

<!-- file: a.py -->
```python
x = '''
    <!-- no comment, for it stands in a block -->
'''
```

1. In a list:

   ```console
   $ python a.py
   ```

<!-- run: python a.py -->
<!-- file: b.toml
a = 1
-->
<!-- generated: modes -->
| a | table |
```text
or a help page
```
<!-- end of modes -->
```{note}
No example.
```
<!-- exits: 2 -->
```console
$ exit 2
```
"""


def test_steps_come_in_order_with_their_words() -> None:
    """Comments, hidden files and defaults are told apart; what is generated or Sphinx's is left out."""
    assert list(steps(PAGE)) == [
        Step("file", "a.py", "x = '''\n    <!-- no comment, for it stands in a block -->\n'''\n", 4),
        Step("console", "0", "$ python a.py\n", 12),
        Step("run", "python a.py", "", 16),
        Step("file", "b.toml", "a = 1\n", 17),
        Step("console", "2", "$ exit 2\n", 30),
    ]


STRAY = {
    "an unmarked block": ("```yaml\na: 1\n```\n", "line 1: nothing is done with this yaml block"),
    "a block without a language": ("a\n```\nb\n```\n", "line 2: nothing is done with this nameless block"),
    "an indented one": ("- a\n\n  ```text\n  b\n  ```\n", "line 3: nothing is done"),
    "tildes": ("~~~text\nb\n~~~\n", "line 1: nothing is done"),
    "a Sphinx block of code": ("```{code-block} python\nb\n```\n", "line 1: nothing is done"),
    "a misspelt comment": (
        "<!-- ilustration: no -->\n```text\nb\n```\n",
        "there is no comment 'ilustration'",
    ),
    "no reason": ("<!-- illustration -->\n```text\nb\n```\n", "says nothing; it needs a word"),
    "the wrong language": ("<!-- exits: 1 -->\n```python\nb\n```\n", "does not go with python"),
    "a comment without a block": (
        "<!-- cassette: edited -->\n\n```yaml\nb\n```\n",
        "no block follows <!-- cassette -->",
    ),
    "no end": ("```console\n$ a\n", "line 1: the block does not end"),
}


@pytest.mark.parametrize("what", STRAY)
def test_stray_blocks_are_errors(what: str) -> None:
    """A block of which nobody knows what to do with it is refused."""
    page, message = STRAY[what]

    with pytest.raises(StrayBlock, match=message):
        list(steps(page))


FALSE = {
    "other output": "```console\n$ echo a\nb\n```\n",
    "another exit code": "```console\n$ exit 1\n```\n",
    "no command": "```console\necho a\n```\n",
    "a script that fails": "```python\nraise SystemExit(1)\n```\n",
    "an option that is none": '```toml\n[tool.api_mocker]\nunsed = "warn"\n```\n',
    "no cassette": "<!-- cassette: edited -->\n```yaml\na: 1\n```\n",
    "no body": "<!-- part: response.body -->\n```yaml\nbody:\n  txt: a\n```\n",
    "text that nobody printed": "<!-- printed by: echo a -->\n```text\nb\n```\n",
    "a file that nobody used": "<!-- file: a.py -->\n```python\npass\n```\n",
}  # fmt: skip


@pytest.mark.parametrize("what", FALSE)
def test_false_examples_fail(what: str, story: Story) -> None:
    """An example that is not true fails its page."""
    with pytest.raises(Exception, match=r".") as caught:
        tell(FALSE[what], story)
    assert not isinstance(caught.value, StrayBlock)


def tell(page: str, story: Story) -> None:
    for step in steps(page):
        story.tell(step)
    story.end()


def test_a_stale_table_is_noticed() -> None:
    """A piece that is not as the code has it comes out another one, and the rest of the page as it was."""
    page = "before\n\n<!-- generated: modes -->\n| none | records |\n<!-- end of modes -->\nafter\n"

    fresh = generate.renewed(page)

    assert fresh != page
    assert "| `none` | refuse | replay | refuse |" in fresh
    assert fresh.startswith("before\n")
    assert fresh.endswith("\nafter\n")
    assert generate.renewed(fresh) == fresh
