"""``api-mocker config``: what holds here, and who said so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import FORMAT, PAGER

if TYPE_CHECKING:
    from .config_page import Setting

__all__ = ["config"]


@click.command(
    "config",
    epilog="""\b
Example:
  api-mocker config --format json""",
)
@FORMAT
@PAGER
def config(form: str, *, pager: bool) -> None:
    """Show the options in force, and where each of them comes from.

    These are the options of the project around the working directory: what pyproject.toml says in
    [tool.api_mocker], what the environment says, and the defaults. Markers, calls and the fixture
    api_mocker_config may say otherwise for a test.
    """
    from .._session import in_ci, project_root
    from . import config_page
    from .terminal import page

    root = project_root(Path.cwd())
    settings = _settings(root)
    guarded = in_ci(os.environ)
    if form == "json":
        click.echo(config_page.config_json(root, settings, guarded=guarded))
    else:
        with page(pager=pager) as console:
            config_page.config(console, root, settings, guarded=guarded)


def _settings(root: Path) -> list[Setting]:
    from .._config import OPTIONS
    from .._session import MODE_VARIABLE, Session
    from .config_page import Setting

    session = Session(root)
    values = session.config
    settings = []
    for name, option in OPTIONS.items():
        if "project" not in option.places:
            continue
        value = getattr(values, name)
        origin, where = (
            ("pyproject.toml", values.sources[name].name) if name in values.sources else ("default", "")
        )
        if name == "record_mode":
            value, _, _ = session.mode(values)
            if os.environ.get(MODE_VARIABLE):
                origin, where = "environment", MODE_VARIABLE
        settings.append(Setting(name, value, origin, where))
    return settings
