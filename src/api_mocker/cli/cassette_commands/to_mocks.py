"""``api-mocker cassette to-mocks``: from a recording to declarations.

The law of this file: as in `cassette`; and a file that is there is never written over.
"""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]


@click.command(
    "to-mocks",
    epilog="""\b
Example:
  api-mocker cassette to-mocks cassettes/test_checkout/test_happy_path.yaml""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--test", is_flag=True, help="Print a whole test file, with a test that declares the mocks.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="ENTRY",
    help="What may differ from run to run, as json:$.request_id or query:ts; besides the project's own list.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to this file, which must not exist yet.",
)
def command(file: Path, ignore: tuple[str, ...], output: Path | None, *, test: bool) -> None:
    """Print a cassette as Python code that declares mocks.

    The function `declare(api_mocker)` that is printed answers the recorded flow as the cassette does. What was
    redacted in a request, and what the project's `ignore` names, may be anything.
    """
    from ..._config import read_project
    from ..._session import Session, project_root
    from ..._storage.files import CassetteFile
    from ...maintain.to_mocks import to_mocks

    root = project_root(Path.cwd())
    config = read_project(root).over({"ignore": list(ignore)}, "--ignore", "call")
    text = to_mocks(CassetteFile(file), config, test=test, rules=Session(root).rules(config))
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8", newline="\n") as written:
            written.write(text)
    except FileExistsError:
        raise click.UsageError(f"{output} exists, and is left alone") from None
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}") from None
