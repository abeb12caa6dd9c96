"""What several commands take, and how they say a path."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["FORMAT", "from_here"]

FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)


def from_here(path: Path) -> Path:
    """The path as it is shortest to say."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
