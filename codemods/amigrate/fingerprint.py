"""Fingerprints of edits: what tells one from all others, however its file was reformatted or moved.

A fingerprint is 16 hex digits: six for where (the module, or the file of what is in no function of it), ten for what
(the codemod, the name inside the module, the text before, and how many equal ones of that name come before). An edit of
a function that went to another module keeps the last ten.
"""

from __future__ import annotations

import ast
import hashlib
import re
import textwrap
from itertools import groupby
from pathlib import PurePosixPath

WHERE = 6  # digits of a fingerprint that say where

_UNSAID = ("ctx", "type_comment", "type_ignores", "type_params", "kind")
_TOKEN = re.compile(
    r"""(?P<skip>\s+|\\\r?\n|\#[^\n]*)"""
    r"""|(?P<prefix>[rRbBuUfF]{0,2})(?P<string>\"{3}(?:\\.|.)*?\"{3}|'{3}(?:\\.|.)*?'{3}"""
    r"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(?P<word>\w+)|(?P<sign>.)""",
    re.DOTALL,
)


def fingerprint(path: str, codemod: str, symbol: str, before: str, number: int) -> str:
    """The fingerprint of an edit; `number` of those with the same `normalised(before)` come before it."""
    name = local_name(symbol, path)
    where = symbol.removesuffix(name) if name != symbol else path
    return _hash(where)[:WHERE] + _hash("\0".join((codemod, name, normalised(before, path), str(number))))[: 16 - WHERE]


def content_of(fingerprint: str) -> str:
    """The part of a fingerprint that does not say where."""
    return fingerprint[WHERE:]


def result_of(after: str, path: str) -> str:
    """Eight hex digits that tell one result of an edit from another one; how it is formatted does not count."""
    return _hash(_meaning(after, path) or normalised(after, path))[:8]


def _meaning(text: str, path: str) -> str:
    """The syntax tree of Python code, "" for what is none. Brackets that change nothing are not in it."""
    for code in (text, f"{text}\n    pass") if path.endswith(".py") else ():
        try:
            return _tree(ast.parse(textwrap.dedent(code)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return ""


def _tree(node: object) -> str:
    """A tree as text, the same under each Python: `ast.dump` differs in what it leaves out."""
    if isinstance(node, ast.JoinedStr):
        return f"JoinedStr({_pieces(node)})"
    if isinstance(node, ast.AST):
        parts = ((name, _tree(getattr(node, name, None))) for name in node._fields if name not in _UNSAID)
        return f"{type(node).__name__}({' '.join(f'{name}={part}' for name, part in parts if part)})"
    if isinstance(node, list):
        return "".join(f"[{_tree(one)}]" for one in node)
    return "" if node is None else ascii(node)


def _pieces(text: ast.JoinedStr) -> str:
    """What an f-string is made of. Pythons cut the text between its fields in different places."""
    found: list[str] = []
    for is_text, run in groupby(text.values, key=lambda one: isinstance(one, ast.Constant)):
        joined = "".join(str(getattr(one, "value", "")) if is_text else _tree(one) for one in run)
        if joined:
            found.append(ascii(joined) if is_text else joined)
    return " ".join(found)


def local_name(symbol: str, path: str) -> str:
    """`symbol` without the dotted name of its module, which `path` ends with; as it is where that is not so."""
    parts = PurePosixPath(path).with_suffix("").parts
    parts = parts[:-1] if parts and parts[-1] == "__init__" else parts
    for start in range(len(parts)):
        module = ".".join(parts[start:]) + "."
        if symbol.startswith(module):
            return symbol[len(module) :]
    return symbol


def normalised(text: str, path: str) -> str:
    """`text` as a formatter may not change it: of Python the tokens, of other files the words.

    Spaces, line breaks, comments, the style of quotes and a comma before a closing bracket do not count. The form is
    the same under each Python, which `tokenize` and `ast.unparse` do not promise.
    """
    if not path.endswith(".py"):
        return " ".join(text.split())
    tokens: list[str] = []
    for found in _TOKEN.finditer(text):
        if found["skip"] is None:
            if found[0] in (")", "]", "}") and tokens and tokens[-1] == ",":
                tokens.pop()
            tokens.append(_string(found["prefix"], found["string"]) if found["string"] else found[0])
    return " ".join(tokens)


def _string(prefix: str, body: str) -> str:
    prefix = "".join(sorted(prefix.lower().replace("u", "")))
    if "f" not in prefix:
        try:
            return ascii(ast.literal_eval(prefix + body))
        except (ValueError, SyntaxError):
            pass
    quotes = 3 if body[:3] in ('"""', "'''") else 1
    return f"{prefix}`{body[quotes:-quotes]}`"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
