"""``api-mocker cassette show``: the flow that a cassette holds."""

from __future__ import annotations

from pathlib import Path

import click

from ..arguments import PAGER, rules_around

__all__ = ["command"]


@click.command(
    "show",
    epilog="""\b
Example:
  api-mocker cassette show cassettes/test_checkout/test_happy_path.yaml
  api-mocker cassette show --flow --format mermaid cassettes/login.yaml""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--interaction", "numbers", metavar="N", multiple=True, type=click.IntRange(min=1),
    help="Show this one alone, with its headers and its whole bodies; may be given more than once.",
)  # fmt: skip
@click.option(
    "--bodies/--no-bodies", default=True, show_default=True, help="Show the bodies, long ones folded."
)
@click.option("--flow", is_flag=True, help="Draw a sequence diagram instead.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "mermaid"]), default="text", show_default=True,
    help="How to print it; mermaid: the diagram, for Markdown that draws it.",
)  # fmt: skip
@PAGER
def command(
    file: Path, numbers: tuple[int, ...], form: str, *, bodies: bool, flow: bool, pager: bool
) -> None:
    """Show the flow that a cassette holds: who was asked what, in which order, and what came back.

    With each answer stand its size and the time at which it was recorded.
    """
    from ..._storage.files import CassetteFile
    from ...maintain.veil import Veil
    from .. import diagram, flow_page
    from ..terminal import page

    if flow and form == "json":
        raise click.UsageError("--flow is drawn as text or as mermaid; --format json has the interactions")
    opened = CassetteFile(file)
    found = list(opened.entries())
    _, rules = rules_around(Path.cwd())
    entries = Veil(rules).over(found)
    for number in numbers:
        if number > len(entries):
            raise click.UsageError(f"there is no interaction {number}: the last one is {len(entries)}")
    chosen = [entry for entry in entries if not numbers or entry.number + 1 in numbers]
    if form == "json":
        click.echo(flow_page.show_json(opened, chosen))
    elif form == "mermaid":
        click.echo(diagram.mermaid(opened.test, chosen))
    else:
        with page(pager=pager) as console:
            if flow:
                flow_page.facts(console, opened, chosen)
                console.print()
                diagram.draw(console, opened.test, chosen)
            else:
                flow_page.show(console, opened, chosen, bodies=bodies, whole=bool(numbers))
