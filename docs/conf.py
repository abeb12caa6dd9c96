"""How the documentation is built: MyST in, Furo out, and nothing fetched from the network."""

from __future__ import annotations

from importlib import metadata

project = "api-mocker"
author = "the api-mocker maintainers"
project_copyright = "2026, the api-mocker maintainers"
version = release = metadata.version("api-mocker")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

default_role = "code"  # docstrings say `name`
autodoc_typehints = "none"  # what is given and returned is said in words
autodoc_member_order = "bysource"

exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"api-mocker {release}"
html_show_sourcelink = False
