"""Recipes: the settings of a compressor in one readable line, as cassettes hold them.

``level=6 mem=9 header=1f8b0800000000000003``: the first setting always stands, the others where
they differ from the default. Names and defaults are part of the file format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings", "read", "spell"]

Settings: TypeAlias = dict[str, int | str]


def spell(settings: Mapping[str, int | str], defaults: Mapping[str, int | str]) -> str:
    """The recipe of these settings, in the order of `defaults`."""
    first = next(iter(defaults))
    words = (
        f"{name}={settings[name]}" for name in defaults if name == first or settings[name] != defaults[name]
    )
    return " ".join(words)


def read(recipe: str, defaults: Mapping[str, int | str]) -> Settings:
    """The settings of a recipe, an empty one's being the defaults; ValueError in plain words."""
    settings = dict(defaults)
    for word in recipe.split():
        name, equals, value = word.partition("=")
        if not equals or name not in defaults:
            raise ValueError(f"the recipe {recipe!r} holds {word!r}; it may set {', '.join(defaults)}")
        if isinstance(defaults[name], str):
            settings[name] = value
            continue
        try:
            settings[name] = int(value)
        except ValueError:
            raise ValueError(f"the recipe {recipe!r} needs a number in {word!r}") from None
    return settings
