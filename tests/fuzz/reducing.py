"""A wrong program made small: statements are taken out as long as it stays wrong in the same way."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace

from tests.fuzz.judging import Tally, judge
from tests.semantics.runner import Outcome

BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases", "decorator_list")
WIDTH = 60  # smaller programs that are tried at once


def reduce(python: str, wrong: Outcome) -> Outcome:
    """The smallest program found that has the same problem; the given one when it is right on its own."""
    best, wanted = wrong, _nature(wrong)

    def choose(texts: Sequence[str]) -> str | None:
        nonlocal best
        cases = [replace(wrong.case, name=f"r{at}", source=text) for at, text in enumerate(texts)]
        same = [one for one in judge(python, cases, Tally()) if _nature(one) == wanted]
        if not same:
            return None
        best = min(same, key=lambda one: len(one.case.source))
        return best.case.source

    reduced(wrong.case.source, choose)
    return best


def reduced(source: str, choose: Callable[[Sequence[str]], str | None]) -> str:
    """The source made smaller; `choose` gives one of some smaller texts that is still wrong, or None."""
    for parts in (_statements, _expressions):
        while found := _first(source, parts, choose):
            source = found
    return source


def _first(
    source: str, parts: Callable[[ast.Module], Iterator[ast.Module]], choose: Callable[[Sequence[str]], str | None]
) -> str | None:
    smaller = {ast.unparse(ast.fix_missing_locations(tree)) + "\n" for tree in parts(ast.parse(source))}
    texts = sorted((text for text in smaller if len(text) < len(source)), key=lambda text: (len(text), text))
    for at in range(0, len(texts), WIDTH):
        if found := choose(texts[at : at + WIDTH]):
            return found
    return None


def _nature(outcome: Outcome) -> frozenset[str]:
    """What kind of problem it is, without the values."""
    found = set()
    for problem in outcome.problems:
        after = problem.rpartition(" became ")[2]
        raised = re.match(r"\['raises', '(\w+)'", after)
        found.add(f"raises {raised[1]}" if raised else re.split(r"[\[ ]", problem)[0])
    return frozenset(found)


def _statements(tree: ast.Module) -> Iterator[ast.Module]:
    """Copies of a module, each with one statement less, or with the statements of a block in its place."""
    for at, node in enumerate(ast.walk(tree)):
        for name in BLOCKS:
            block = getattr(node, name, None)
            if not isinstance(block, list):
                continue
            for index, statement in enumerate(block):
                yield _with(tree, at, name, index, [])
                for inner in ("body", "orelse", "finalbody"):
                    lines = getattr(statement, inner, None)
                    if isinstance(lines, list) and lines and isinstance(lines[0], ast.stmt):
                        yield _with(tree, at, name, index, lines)


def _expressions(tree: ast.Module) -> Iterator[ast.Module]:
    """Copies of a module, each with one expression replaced by a part of it, or taken out of a list."""
    for at, node in enumerate(ast.walk(tree)):
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                for part in ast.iter_child_nodes(value):
                    if isinstance(part, ast.expr):
                        yield _with(tree, at, name, None, part)
                if not isinstance(value, ast.Constant | ast.Name):
                    yield _with(tree, at, name, None, ast.Constant(0))
            elif isinstance(value, list) and name not in BLOCKS:
                for index, part in enumerate(value):
                    yield _with(tree, at, name, index, [])
                    if isinstance(part, ast.expr) and not isinstance(part, ast.Constant | ast.Name):
                        for inner in ast.iter_child_nodes(part):
                            if isinstance(inner, ast.expr):
                                yield _with(tree, at, name, index, [inner])


def _with(tree: ast.Module, at: int, name: str, index: int | None, new: object) -> ast.Module:
    """A copy in which a field of the node of this number is another."""
    copied = deepcopy(tree)
    for number, node in enumerate(ast.walk(copied)):
        if number == at:
            if index is None:
                setattr(node, name, deepcopy(new))
            else:
                block = getattr(node, name)
                block[index : index + 1] = deepcopy(new)
                if name == "body" and not block and isinstance(block, list):
                    block.append(ast.Pass())
            break
    return copied
