"""Writes the table of sync/async pairs of Django from installed Djangos.

    python tools/generate_django_api.py PYTHON... [--output FILE]

Each PYTHON is an interpreter that has a Django; it runs this file with `collect`, which prints what that Django has as
JSON. What they print is merged into one file: a pair, or a view decorator, with the first version that has it.
Nothing but Django and the standard library is needed in these interpreters.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from django_surface.merge import Surface, merge

DEFAULT_OUTPUT = Path(__file__).parents[1] / "codemods" / "amigrate" / "django_api" / "pairs.json"


def collect() -> Surface:
    """What the Django of this interpreter has; configures Django, so only once in a process."""
    from django_surface import configure, decorators, pairs

    version = configure.setup()
    return {"django": version, "pairs": pairs.collect(), "decorators": decorators.collect()}


def collect_with(python: str) -> Surface:
    """What the Django of the interpreter `python` has. Raises `subprocess.CalledProcessError` when it cannot tell."""
    done = subprocess.run([python, __file__, "collect"], check=True, stdout=subprocess.PIPE)
    surface: Surface = json.loads(done.stdout)
    return surface


def render(table: dict[str, Any]) -> str:
    """The table as JSON with one pair a line, so that its changes can be reviewed."""
    pairs = ",\n".join(f"  {json.dumps(pair)}" for pair in table["pairs"])
    rest = json.dumps({key: value for key, value in table.items() if key != "pairs"}, indent=1)
    return rest.removesuffix("\n}") + f',\n "pairs": [\n{pairs}\n ]\n}}\n'


def main(arguments: list[str]) -> None:
    if arguments == ["collect"]:
        sys.stdout.write(json.dumps(collect(), indent=1))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", nargs="+", help="an interpreter with a Django installed")
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT)
    options = parser.parse_args(arguments)
    table = merge([collect_with(python) for python in options.python])
    options.output.write_text(render(table), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
