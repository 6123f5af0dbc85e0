"""Whole modules: the same text for the same seed."""

from __future__ import annotations

from random import Random

from tests.fuzz.grammar import calls, scalars, views  # noqa: F401  # they register what they make
from tests.fuzz.grammar.functions import DEFINITIONS, entry
from tests.fuzz.grammar.scope import Module
from tests.semantics.runner import Case

calls._register()


def program(seed: str) -> Case:
    """The module of a seed, such as "4711-3"."""
    random = Random(seed)
    module = Module()
    for _ in range(random.choice((0, 1, 1, 2, 2, 3, 4))):
        definition = random.choices([d for _, d in DEFINITIONS], [w for w, _ in DEFINITIONS])[0]
        definition(random, module)
    name = "m" + seed.replace("-", "_")
    if random.random() < 0.3:
        spec = views.entry(random, module)
    else:
        entry(random, module, random.choice((1, 2, 3, 4, 5)))
        spec = {"kind": "func"}
    source = "\n".join(sorted(module.imports)) + "\n\n\n" + "\n\n\n".join(module.blocks) + "\n"
    return Case(name, source, "either", spec)
