"""Whole modules: the same text for the same seed."""

from __future__ import annotations

from random import Random

from tests.fuzz.grammar import calls, idioms, scalars, views, web  # noqa: F401  # they register what they make
from tests.fuzz.grammar.functions import DEFINITIONS, entry
from tests.fuzz.grammar.layout import laid_out
from tests.fuzz.grammar.proxies import proxy
from tests.fuzz.grammar.scope import Module
from tests.semantics.runner import Case

calls._register()


def program(seed: str) -> Case:
    """The module of a seed, such as "4711-3"."""
    random = Random(seed)
    module = Module()
    for _ in range(random.choice((0, 0, 1, 1, 2, 2, 3))):
        every = [*DEFINITIONS, (4, proxy)]
        definition = random.choices([d for _, d in every], [w for w, _ in every])[0]
        definition(random, module)
    name = "m" + seed.replace("-", "_")
    if random.random() < 0.3:
        spec = views.entry(random, module)
    else:
        entry(random, module, random.choice((1, 1, 2, 2, 3, 4)))
        spec = {"kind": "func"}
    source = "\n".join(sorted(module.imports)) + "\n\n\n" + "\n\n\n".join(module.blocks) + "\n"
    return Case(name, laid_out(random, source), "either", spec)
