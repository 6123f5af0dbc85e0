"""The statements of a module without those of its functions: parsing these costs most, and few questions need them."""

from __future__ import annotations

import ast

from amigrate.facts.module import ModuleFacts


def outline(source: bytes, facts: ModuleFacts) -> list[ast.stmt]:
    """What stands in a module and in its classes, with the positions that it has in the file.

    Its functions are there by name only: without parameters, decorators and statements.

    Args:
        source: the module.
        facts: what was read of it.

    Raises:
        SyntaxError, ValueError: as `ast.parse`.
    """
    if b"coding" in source[:300]:  # another encoding
        return ast.parse(source).body
    lines = source.splitlines(keepends=True)
    for function in facts.functions:
        if ".<locals>." in function.qualname:
            continue
        head = lines[function.line - 1]
        indent = head[: len(head) - len(head.lstrip())]
        name = function.qualname.rpartition(".")[2]
        lines[function.first - 1 : function.last] = [b"\n"] * (function.last - function.first + 1)
        lines[function.line - 1] = indent + f"def {name}(): pass\n".encode()
    return ast.parse(b"".join(lines)).body
