"""Writes what django_ahead has of Django, and since when Django has it, for the codemod `retarget`.

    python tools/generate_runtime_names.py [--output FILE]

amigrate does not import django_ahead, so its table is handed over as data.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from django_ahead.native import NAMES

DEFAULT_OUTPUT = Path(__file__).parents[1] / "codemods" / "amigrate" / "django_api" / "runtime.json"


def render() -> str:
    """The table as JSON with one name a line."""
    lines = [
        json.dumps(
            {
                "public": name.public,
                "django": name.django,
                "since": ".".join(map(str, name.since)) if name.since else None,
                "same": name.same,
            }
        )
        for name in NAMES
    ]
    return "[\n  " + ",\n  ".join(lines) + "\n]\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT)
    parser.parse_args().output.write_text(render())


if __name__ == "__main__":
    main()
