"""Responses that are sent bit by bit: what they are made of runs after the view has returned.

Under ASGI Django runs a sync iterator to its end in a thread first, with a warning; an async one is sent as it comes
(`http/response.py`, `StreamingHttpResponse.__aiter__`). What `iter()` of the content does happens in the view.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.effects import What
from amigrate.facts.handing import parts, text
from amigrate.facts.iterating import consume
from amigrate.facts.lattice import LAZY, OPAQUE, Kind, Type, members
from amigrate.facts.nodes import walk

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Env, Flow

OPEN = "builtins.open"
_WRAPPER = "wsgiref.util.FileWrapper"


def streaming(name: str) -> bool:
    """Whether a class of Django's is a response that streams."""
    return name.rpartition(".")[2] in ("StreamingHttpResponse", "FileResponse")


def response(flow: Flow, node: ast.Call, name: str, args: Arguments, env: Env) -> Type:
    """`StreamingHttpResponse(content)` and `FileResponse(file)`."""
    content = args.first("streaming_content")
    if content is None:
        return OPAQUE
    argument, value = content
    short = name.rpartition(".")[2]
    if isinstance(argument, ast.Call) and _is_wrapper(flow, argument):
        argument = argument.args[0]
        value = flow.expression(argument, env)
    if _opened(flow, argument):
        return OPAQUE
    kinds = members(value)
    if isinstance(argument, ast.GeneratorExp):
        flow.emit(What.STREAM, node, detail=short, content=argument, quiet=True)
        text(flow, argument.elt, value.item or OPAQUE)
    elif len(kinds) == 1 and value.kind is Kind.GENERATOR and value.ref:
        flow.emit(What.STREAM, node, value, short, content=argument)
        _sent_as_text(flow, node, value.item or OPAQUE, short)
    elif any(one.kind in LAZY or one.kind in (Kind.GENERATOR, Kind.OBJECT) for one in kinds):
        consume(flow, argument, value, env, short)
    elif short == "FileResponse" and _is_stored(argument, kinds, env):
        detail = "FileResponse asks the file for its size and name, which a storage may look up"
        flow.emit(What.BRIDGE, node, detail=detail, whole=any(isinstance(part, ast.Call) for part in walk(argument)))
    elif any(one.kind is Kind.UNKNOWN for one in kinds):
        flow.emit(What.DOUBT, node, detail=f"what {short} sends is not known: it may query after the view has returned")
    else:
        _sent_as_text(flow, node, value, short)
    return OPAQUE


def _is_wrapper(flow: Flow, call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    return bool(call.args) and flow.analyst.program.resolve(flow.module, name).qualified == _WRAPPER


def _sent_as_text(flow: Flow, node: ast.Call, value: Type, short: str) -> None:
    """The parts of a response are made bytes when they are sent."""
    for one in parts(value):
        if one.kind is Kind.INSTANCE and flow.analyst.classes.dunders(one.ref, ("__str__", "__bytes__")):
            flow.emit(What.DOUBT, node, detail=f"{short} turns instances into text while it sends them")
            return


def _opened(flow: Flow, argument: ast.expr) -> bool:
    """Whether a response gets a file that was opened for it alone: then only `open()` itself waits, and is bridged."""
    call: ast.AST | None = argument
    if isinstance(argument, ast.Name):
        names = [p for p in walk(flow.analysis.node) if isinstance(p, ast.Name) and p.id == argument.id]
        others = [p for p in names if p is not argument]
        parent = flow.analysis.parents.get(others[0]) if len(others) == 1 else None
        call = parent.value if isinstance(parent, ast.Assign) and len(parent.targets) == 1 else None
    known = flow.found.get(call, []) if isinstance(call, ast.Call) else []
    found = next((e for e in known if e.what in (What.PIN, What.BRIDGE) and e.receiver.ref == OPEN), None)
    if found is None or call is None:
        return False
    flow.drop(call, What.PIN, What.BRIDGE)
    flow.emit(What.BRIDGE, call, found.receiver, found.detail)
    return True


def _is_stored(argument: ast.expr, kinds: tuple[Type, ...], env: Env) -> bool:
    """Whether a file comes from a model instance, or from somewhere that is not seen; a buffer waits for nothing."""
    root: ast.expr = argument
    while isinstance(root, ast.Attribute | ast.Call | ast.Subscript):
        root = root.func if isinstance(root, ast.Call) else root.value
    known = env.get(root.id) if isinstance(root, ast.Name) else None
    if root is not argument and known is not None and any(m.kind is Kind.INSTANCE for m in members(known)):
        return True
    return any(one.kind is Kind.UNKNOWN for one in kinds)
