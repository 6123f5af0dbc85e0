"""How the process begins, before anything that takes time is imported."""

from __future__ import annotations

import gc
import os
import sys

from amigrate_cli.replay.outputs import replay


def main() -> None:
    """Shows what is known already, or runs the command line; the process ends with the exit code."""
    gc.disable()  # the process ends soon, and all that is large in it lives as long
    if (code := replay(sys.argv[1:])) is not None:
        os._exit(code)
    from amigrate_cli.app import main as run

    run()
