"""Whole modules: the same text for the same seed."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from random import Random

from tests.fuzz.grammar import calls, idioms, orm, scalars, views, web  # noqa: F401  # they register what they make
from tests.fuzz.grammar.doubles import double
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
        every = [*DEFINITIONS, (4, proxy), (4, double)]
        definition = random.choices([d for _, d in every], [w for w, _ in every])[0]
        definition(random, module)
    library = len(module.blocks)
    name = "m" + seed.replace("-", "_")
    if random.random() < 0.3:
        spec = views.entry(random, module)
    else:
        entry(random, module, random.choice((1, 1, 2, 2, 3, 4)))
        spec = {"kind": "func"}
    head, others = sorted(module.imports), {}
    if library and random.random() < 0.3:
        others[f"{name}_lib"] = laid_out(random, _text(head, module.blocks[:library]))
        head = [_import_of(random, f"{name}_lib", module.blocks[:library]), *head]
        del module.blocks[:library]
    return Case(name, laid_out(random, _text(head, module.blocks)), "either", spec, others)


def _text(head: Sequence[str], blocks: Sequence[str]) -> str:
    return "\n".join(head) + "\n\n\n" + "\n\n\n".join(blocks) + "\n"


def _import_of(random: Random, library: str, blocks: Sequence[str]) -> str:
    names = [
        node.name for node in ast.parse("\n".join(blocks)).body if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    if random.random() < 0.3:
        return f"from cases.{library} import *"
    return f"from {random.choice(['cases.', '.'])}{library} import {', '.join(names)}"
