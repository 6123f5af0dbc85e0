"""What `StreamingHttpResponse` sends: generators of the project's and generator expressions become async ones."""

from __future__ import annotations

import ast

from amigrate.facts.effects import Effect, What
from amigrate.facts.nodes import walk
from amigrate.plan.context import Draft

REASON = "the response is sent as it comes; under WSGI Django would run an async generator to its end first"


def stream(draft: Draft, effect: Effect) -> None:
    """`StreamingHttpResponse(rows())`: takes async generators as they are."""
    name = effect.receiver.ref
    if not name:
        return  # a generator expression: what it does is reported where it stands
    if name in draft.converted:
        draft.natives += 1
        if reader := _reader(draft):
            draft.refuse(effect.node, reader)
    elif draft.context.analyst.blocks(name):
        short = name.rpartition(".")[2]
        draft.refuse(
            effect.node, f"the generator {short} queries while the response is sent, and stays sync", about=(name,)
        )


def streamed(draft: Draft, generator: ast.GeneratorExp) -> bool:
    """Whether a response streams a generator expression that may become an async one.

    That queries when the response is sent, and the sync one where it is made: nothing may happen between.
    """
    if not any(e.what is What.STREAM and e.extra.get("content") is generator for e in draft.analysis.effects):
        return False
    if reader := _reader(draft):
        draft.refuse(generator, reader)
        return True
    statement: ast.AST | None = generator
    while statement is not None and not isinstance(statement, ast.stmt):
        statement = draft.parent(statement)
    if not isinstance(statement, ast.Return | ast.Assign) or _is_inside(draft, statement):
        return False
    inside = set(walk(statement))
    last = statement.end_lineno or statement.lineno
    later = (e for e in draft.analysis.effects if e.node not in inside and not e.extra.get("quiet"))
    return not any(getattr(e.node, "lineno", 0) > last for e in later)


def _is_inside(draft: Draft, statement: ast.stmt) -> bool:
    """Whether a statement is in a loop, or where an exception of its query would be caught, or a `with` would end."""
    parent = draft.parent(statement)
    while parent is not None and parent is not draft.analysis.node:
        if isinstance(parent, ast.For | ast.While | ast.AsyncFor | ast.Try | ast.TryStar | ast.With | ast.AsyncWith):
            return True
        parent = draft.parent(parent)
    return False


def _reader(draft: Draft) -> str:
    """What reads the content of responses as that of sync ones, "" when nothing in the project does.

    Of an async response `streaming_content` is an async iterator, which `getvalue()` does not take either.
    """
    program = draft.context.analyst.program
    for scope in program.mentions("streaming_content"):
        module = program.modules.get(scope.removesuffix("."))
        if module is not None and module.light:
            return f"{module.path} reads response.streaming_content, which would be async, and is not changed"
        node = draft.context.analyst.trees.node(scope) if scope in program.functions else None
        read = {part.attr for part in walk(node) if isinstance(part, ast.Attribute) and _is_read(part)} if node else ()
        if "streaming_content" in read and "is_async" not in read:
            return f"{scope} reads response.streaming_content, which would be async"
    for scope in program.mentions("getvalue"):
        module = program.modules.get(scope.removesuffix("."))
        if module is not None and module.light and "client" in module.scopes[0].names:
            return f"{module.path} may read the response with getvalue(), which takes no async generator"
    return ""


def _is_read(part: ast.Attribute) -> bool:
    return isinstance(part.ctx, ast.Load)
