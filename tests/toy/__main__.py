"""`python -m toy ARGUMENTS`: the real command line over the toy engine.

The engine's modules are replaced before anything imports them, so that a test does not wait for LibCST.
"""

import sys
from types import ModuleType

from . import engine


def stand_in(name: str, **contents: object) -> None:
    module = ModuleType(name)
    vars(module).update(contents)
    sys.modules[name] = module


class Options(dict[str, object]):
    """Keeps what it is given; the command line itself reads only lists of ids from it."""

    def __getattr__(self, name: str) -> object:
        return self.get(name, ())


stand_in("amigrate.pipeline", run=engine.run, only_groups=engine.only_groups, Options=Options)
stand_in("amigrate.registry", metadata=engine.metadata)

from amigrate_cli.app import main

main()
