"""Renders that django_ahead awaits, where the project may use it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from amigrate.facts.effects import Effect, What
from amigrate.facts.nodes import walk
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.bridging import once_a_row
from amigrate.plan.context import Draft
from amigrate.plan.imported import bound_around, spelled

RUNTIME = "django_ahead"
CODEMOD = "async-render"
ONE_HOP = frozenset(
    {"arender", "arender_to_string", "arender_template", "arender_response", "aget_template", "aselect_template"}
)
_LOADING = {
    "django.template.loader.get_template": "aget_template",
    "django.template.loader.select_template": "aselect_template",
}
_ASYNC = {
    "django.shortcuts.render": "arender",
    "django.template.loader.render_to_string": "arender_to_string",
    **dict.fromkeys(_LOADING, "arender_to_string"),
}


@dataclass(frozen=True, slots=True)
class _Function:
    """A function of Django by which a file renders: `dropped` is the import that its async form may make unused."""

    dotted: str
    dropped: tuple[str, str]


def async_render(draft: Draft, node: ast.Call, reason: str) -> bool:
    """`render(…)` → `await arender(…)`; False where a bridge is to do it.

    That is where django_ahead may not be used, and where the name of the async form means something else.
    """
    function = _function(draft, node.func)
    local = _local(draft, function)
    if function is None or local is None:
        return False
    _add(draft, node, reason, function, local, op="")
    return True


def response_render(draft: Draft, node: ast.Call, reason: str) -> bool:
    """`response.render()` → `await arender_response(response)`, for a template response."""
    plain = isinstance(node.func, ast.Attribute) and not node.args and not node.keywords
    return plain and _in_place(draft, node, reason, "arender_response", op="response")


def kept_template(draft: Draft, node: ast.Call, effect: Effect) -> bool:
    """`template = get_template(name)` and `template.render(…)` by themselves, each the async form of what it is.

    A template that only `aget_template` can have given has `arender`; any other is handed to `arender_template`.
    """
    function = _function(draft, node.func)
    if function is not None and function.dotted in _LOADING:
        local = _local(draft, function, _LOADING[function.dotted])
        if local is None:
            return False
        _add(draft, node, effect.detail, function, local, op="", new=_LOADING[function.dotted])
        return True
    rendering = isinstance(node.func, ast.Attribute) and node.func.attr == "render"
    if not rendering or effect.receiver.ref not in _LOADING:
        return False
    if _is_loaded_here(draft, node.func):
        return _in_place(draft, node, effect.detail, "arender", op="method")
    return _in_place(draft, node, effect.detail, "arender_template", op="template")


def _is_loaded_here(draft: Draft, func: ast.expr) -> bool:
    """Whether all that a name is in the function is what a loading function of Django gives."""
    name = func.value.id if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) else ""
    stored = [n for n in walk(draft.analysis.node) if isinstance(n, ast.Name) and n.id == name]
    stored = [n for n in stored if not isinstance(n.ctx, ast.Load)]
    given = [parent.value if isinstance(parent := draft.parent(n), ast.Assign) else None for n in stored]
    functions = [_function(draft, value.func) if isinstance(value, ast.Call) else None for value in given]
    converted = all(f is not None and f.dotted in _LOADING for f in functions)
    awaited = all(isinstance(value, ast.Call) and may_await(draft, value) for value in given)
    return bool(stored) and converted and awaited


def _in_place(draft: Draft, node: ast.Call, reason: str, new: str, op: str) -> bool:
    """The edit of a call whose function becomes another one, with what it was called on."""
    local = "" if op == "method" else spelled(draft, f"{RUNTIME}.shortcuts.{new}", new)
    if not draft.context.runtime or local is None:
        return False
    if not once_a_row(draft, node):
        draft.bridges += 1
        draft.bridged.add(node)
        draft.add(node, CODEMOD, reason, parens=parens(draft, node), new=new, name=local, op=op)
    return True


def render_of_loaded(draft: Draft, node: ast.Call, reason: str) -> bool:
    """`get_template("a.html").render(context, request)` → `await arender_to_string("a.html", context, request)`.

    True for the call of `get_template` and for that of `render`, of which the second gets the edit.
    """
    loading = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "render" else None
    if isinstance(loading, ast.Call):
        function = _loads(draft, loading, node)
        local = _local(draft, function)
        if function is None or local is None:
            return False
        _add(draft, node, reason, function, local, op="loaded")
        return True
    parent = draft.parent(node)
    rendering = draft.parent(parent) if isinstance(parent, ast.Attribute) and parent.attr == "render" else None
    if not isinstance(rendering, ast.Call) or rendering.func is not parent:
        return False
    if not any(effect.what is What.BRIDGE and effect.node is rendering for effect in draft.analysis.effects):
        return False  # nothing would give that call its edit
    return _local(draft, _loads(draft, node, rendering)) is not None and may_await(draft, rendering)


def _loads(draft: Draft, loading: ast.Call, rendering: ast.Call) -> _Function | None:
    """The `get_template` of the two calls, if their arguments can be those of one."""
    function = _function(draft, loading.func)
    if function is None or function.dotted not in _LOADING:
        return None
    one_name = len(loading.args) == 1 and not isinstance(loading.args[0], ast.Starred)
    using = all(keyword.arg == "using" for keyword in loading.keywords)
    plain = not any(isinstance(argument, ast.Starred) for argument in rendering.args)
    known = {keyword.arg for keyword in rendering.keywords} <= {"context", "request"}
    # The lines of the arguments are kept, and their comments: so there must be no others.
    lines = loading.lineno == loading.end_lineno
    lines = lines and (not loading.keywords or rendering.lineno == rendering.end_lineno)
    return function if one_name and using and plain and known and len(rendering.args) <= 2 and lines else None


def _function(draft: Draft, func: ast.expr) -> _Function | None:
    """What is called, by the imports at the top of the file; None for anything but the functions in `_ASYNC`."""
    facts = draft.context.analyst.program.modules[draft.module]
    name = func.value if isinstance(func, ast.Attribute) else func
    if not isinstance(name, ast.Name) or name.id not in facts.global_imports or name.id in bound_around(draft):
        return None
    imported = dict(facts.imports).get(name.id, "")
    dotted = f"{imported}.{func.attr}" if isinstance(func, ast.Attribute) else imported
    module, _, last = imported.rpartition(".")
    return _Function(dotted, (module, last)) if dotted in _ASYNC and name.id == last else None


def _local(draft: Draft, function: _Function | None, new: str = "") -> str | None:
    """How the file can name the async form, "" if it is to be imported; None if there is none that it may use."""
    if function is None or not draft.context.runtime:
        return None
    new = new or _ASYNC[function.dotted]
    return spelled(draft, f"{RUNTIME}.shortcuts.{new}", new)


def _add(draft: Draft, node: ast.Call, reason: str, function: _Function, local: str, op: str, new: str = "") -> None:
    if once_a_row(draft, node):
        return
    draft.bridges += 1
    draft.bridged.add(node)
    module, old = function.dropped
    new = new or _ASYNC[function.dotted]
    draft.add(node, CODEMOD, reason, parens=parens(draft, node), new=new, name=local, module=module, old=old, op=op)
