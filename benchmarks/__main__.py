"""Measures api-mocker beside its peers, and prints what it found as tables.

``python benchmarks`` measures everything, ``python benchmarks replay suite`` a part of it.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from importlib import import_module
from pathlib import Path

from tapes import Tapes

PARTS = ("replay", "opening", "recording", "startup", "suite")


def main() -> None:
    """Runs the parts that the command line names."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", choices=PARTS, help="what to measure; everything if none is named"
    )
    parts = parser.parse_args().parts or PARTS
    warnings.simplefilter("ignore")  # the peers' own
    with tempfile.TemporaryDirectory() as folder:
        tapes = Tapes(Path(folder))
        for part in parts:
            for table in import_module(part).tables(tapes):
                print(table.markdown(), flush=True)


if __name__ == "__main__":
    main()
