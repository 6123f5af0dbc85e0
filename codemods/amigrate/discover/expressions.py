"""Values of Python expressions, as far as they can be told without running anything.

Values are plain Python objects; `UNKNOWN` stands for what cannot be told. Paths are `PurePosixPath` (or strings) in a
virtual tree in which the project root is `ROOT`, so that `BASE_DIR / "templates"` can be followed.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Final

ROOT: Final = "/<project>"
_MAX_ITEMS = 10_000
_MAX_TEXT = 100_000


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
Names = Mapping[str, object]


class Module(dict[str, object]):
    """The names of a module that was imported as a whole."""


def evaluate(node: ast.expr, names: Names) -> object:
    """The value of `node`, given the values of names; `UNKNOWN` where it cannot be told.

    Of a list that is only partly known, the known items are kept: what a settings file reads from its environment is
    left out, not all that stands beside it.
    """
    handler = _HANDLERS.get(type(node))
    try:
        return _bounded(handler(node, names)) if handler else UNKNOWN
    except RecursionError:  # nested beyond any sense
        return UNKNOWN


def merge(old: object, new: object) -> object:
    """The value after an assignment that may not happen: lists and tables are united, else the old value stays."""
    if old is UNKNOWN or new is UNKNOWN:
        return new if old is UNKNOWN else old
    if isinstance(old, list) and isinstance(new, list):
        first, second = (new, old) if all(item in new for item in old) else (old, new)
        return [*first, *(item for item in second if item not in first)]
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {key: merge(old.get(key, UNKNOWN), value) for key, value in new.items()}
    return old


def dotted(node: ast.expr) -> str:
    """`a.b.c` as a string; "" for anything but names and attributes."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (base := dotted(node.value)):
        return f"{base}.{node.attr}"
    return ""


def _bounded(value: object) -> object:
    """Guards against a settings file that doubles a list or a string until memory is full."""
    if isinstance(value, (list, dict)):
        return value if len(value) <= _MAX_ITEMS else UNKNOWN
    if isinstance(value, str):
        return value if len(value) <= _MAX_TEXT else UNKNOWN
    return value


def _sequence(node: ast.List | ast.Tuple | ast.Set, names: Names) -> object:
    items: list[object] = []
    for element in node.elts:
        if isinstance(element, ast.Starred):
            inner = evaluate(element.value, names)
            items += inner if isinstance(inner, list) else []
        else:
            items.append(evaluate(element, names))
    return items


def _dict(node: ast.Dict, names: Names) -> object:
    found: dict[object, object] = {}
    for key, item in zip(node.keys, node.values, strict=True):
        value = evaluate(item, names)
        if key is None:
            found |= value if isinstance(value, dict) else {}
        elif isinstance(name := evaluate(key, names), str):
            found[name] = value
    return found


def _binary(node: ast.BinOp, names: Names) -> object:
    left, right = evaluate(node.left, names), evaluate(node.right, names)
    if isinstance(node.op, ast.Add):
        texts = _text(left), _text(right)
        if texts[0] is not None and texts[1] is not None:
            return texts[0] + texts[1]  # what `os.path` gave is kept as a path here, and is a string in the project
        lists = [side for side in (left, right) if isinstance(side, list)]
        return [item for side in lists for item in side] if lists else UNKNOWN
    if isinstance(node.op, ast.Div) and isinstance(left, PurePosixPath):
        return _join(left, right)
    if isinstance(node.op, ast.Sub) and isinstance(left, PurePosixPath) and isinstance(right, int):
        return _ancestor(left, right)  # django-environ: `environ.Path(__file__) - 2`
    if isinstance(node.op, ast.BitOr) and isinstance(left, dict) and isinstance(right, dict):
        return left | right
    if isinstance(node.op, ast.Mod) and isinstance(left, str):
        return _fill(left, "%s", right if isinstance(right, list) else [right])
    return UNKNOWN


def _fill(template: str, placeholder: str, values: list[object]) -> object:
    pieces = template.split(placeholder)
    if len(pieces) != len(values) + 1 or any("%" in piece or "{" in piece for piece in pieces):
        return UNKNOWN
    texts = [_text(value) for value in values]
    known = [text for text in texts if text is not None]
    return pieces[0] + "".join(map(str.__add__, known, pieces[1:])) if len(known) == len(texts) else UNKNOWN


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, (str, PurePosixPath)) else None


def _f_string(node: ast.JoinedStr, names: Names) -> object:
    pieces: list[str] = []
    for part in node.values:
        plain = part.value if isinstance(part, ast.FormattedValue) and part.format_spec is None else part
        text = _text(evaluate(plain, names))
        if text is None:
            return UNKNOWN
        pieces.append(text)
    return "".join(pieces)


def _either(options: list[ast.expr], names: Names) -> object:
    """What one of several expressions gives: any of the known ones, and of lists all."""
    value: object = UNKNOWN
    for option in options:
        value = merge(value, evaluate(option, names))
    return value


def _attribute(node: ast.Attribute, names: Names) -> object:
    base = evaluate(node.value, names)
    if isinstance(base, Module):
        return base.get(node.attr, UNKNOWN)
    if isinstance(base, PurePosixPath):
        parts: dict[str, object] = {"parent": base.parent, "name": base.name, "stem": base.stem}
        parts["parents"] = list(base.parents)
        return parts.get(node.attr, UNKNOWN)
    return UNKNOWN


def _subscript(node: ast.Subscript, names: Names) -> object:
    base, index = evaluate(node.value, names), evaluate(node.slice, names)
    if isinstance(base, dict) and isinstance(index, str):
        return base.get(index, UNKNOWN)
    if isinstance(base, list) and isinstance(index, int) and -len(base) <= index < len(base):
        return base[index]
    return UNKNOWN


def _comprehension(node: ast.ListComp | ast.GeneratorExp | ast.SetComp, names: Names) -> object:
    first = node.generators[0]
    source = evaluate(first.iter, names)
    if len(node.generators) > 1 or not isinstance(first.target, ast.Name) or not isinstance(source, list):
        return UNKNOWN
    if any(isinstance(inner, (ast.ListComp, ast.GeneratorExp, ast.SetComp)) for inner in ast.walk(node.elt)):
        return UNKNOWN  # nested ones could take for ever
    return [evaluate(node.elt, {**names, first.target.id: item}) for item in source]


def _call(node: ast.Call, names: Names) -> object:
    function = dotted(node.func)
    last = function.rpartition(".")[2]
    if isinstance(node.func, ast.Attribute):
        last = node.func.attr
        base = evaluate(node.func.value, names)
        if isinstance(base, PurePosixPath):
            return _path_method(base, last, [evaluate(argument, names) for argument in node.args])
        if isinstance(base, str) and last == "format" and not node.keywords:
            return _fill(base, "{}", [evaluate(argument, names) for argument in node.args])
    if _reads_environment(function):
        default = [keyword.value for keyword in node.keywords if keyword.arg == "default"] or node.args[1:2]
        return evaluate(default[0], names) if default else UNKNOWN
    arguments = [evaluate(argument, names) for argument in node.args]
    if isinstance(root := names.get(function), PurePosixPath):
        return _join(root, *arguments)  # django-environ: `APPS_DIR("templates")`
    if last in _FUNCTIONS and arguments:
        return _FUNCTIONS[last](*arguments)
    return UNKNOWN


def _reads_environment(function: str) -> bool:
    parts = function.split(".")
    return parts[-1] == "getenv" or parts[0] in {"env", "config"} or parts[-2:] == ["environ", "get"]


def _path_method(base: PurePosixPath, method: str, arguments: list[object]) -> object:
    if method in {"resolve", "absolute", "expanduser"}:
        return base
    if method in {"joinpath", "path"}:
        return _join(base, *arguments)
    return str(base) if method in {"as_posix", "__str__"} else UNKNOWN


def _join(*parts: object) -> object:
    texts = [_text(part) for part in parts]
    known = [text for text in texts if text is not None]
    return PurePosixPath(posixpath.normpath(posixpath.join(*known))) if len(known) == len(texts) else UNKNOWN


def _ancestor(path: PurePosixPath, levels: int) -> object:
    return path.parents[levels - 1] if 0 < levels <= len(path.parents) else UNKNOWN


def _dirname(path: object, *_: object) -> object:
    text = _text(path)
    return PurePosixPath(posixpath.dirname(text)) if text is not None else UNKNOWN


def _list(value: object, *_: object) -> object:
    return list(value) if isinstance(value, (list, dict)) else UNKNOWN


def _str(value: object, *_: object) -> object:
    return value if _text(value) is not None else UNKNOWN


_FUNCTIONS: dict[str, Callable[..., object]] = {
    "Path": _join, "PurePath": _join, "join": _join, "dirname": _dirname, "abspath": _join, "realpath": _join,
    "normpath": _join, "str": _str, "fspath": _str, "list": _list, "tuple": _list, "set": _list, "sorted": _list,
}  # fmt: skip

_HANDLERS: dict[type[ast.expr], Callable[..., object]] = {
    ast.Constant: lambda node, _: node.value if isinstance(node.value, (str, int, type(None))) else UNKNOWN,
    ast.Name: lambda node, names: names.get(node.id, UNKNOWN),
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dict,
    ast.BinOp: _binary,
    ast.JoinedStr: _f_string,
    ast.IfExp: lambda node, names: _either([node.body, node.orelse], names),
    ast.BoolOp: lambda node, names: _either(node.values, names),
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.SetComp: _comprehension,
    ast.Call: _call,
}
