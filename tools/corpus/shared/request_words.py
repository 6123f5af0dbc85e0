"""The names that a view looks up in a request, and the texts that it compares with: what makes it take its branches."""

import ast
import inspect
import textwrap

HOLDERS = frozenset({"GET", "POST", "FILES", "data", "query_params", "cleaned_data"})
MOST = 40


def requested_data(function):
    """Dicts to send as a query or as a form: each name with each text that the function compares with, or a number."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        return []
    names, texts = {}, {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            constants = {
                c.value: None for part in node.comparators for c in ast.walk(part) if isinstance(c, ast.Constant)
            }
            if isinstance(node.left, ast.Constant) and any(holds(part) for part in node.comparators):
                names[node.left.value] = None
            else:
                texts.update(constants)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and holds(node.func.value):
            names.update({a.value: None for a in node.args[:1] if isinstance(a, ast.Constant)})
        elif isinstance(node, ast.Subscript) and holds(node.value) and isinstance(node.slice, ast.Constant):
            names[node.slice.value] = None
    names = [name for name in names if isinstance(name, str)]
    texts = [text for text in texts if isinstance(text, str)] or []
    everything = [dict.fromkeys(names, "1"), dict.fromkeys(names, "one"), dict.fromkeys(names, "true")]
    single = [{name: "1"} for name in names]
    combined = [{**dict.fromkeys(names, "1"), name: text} for name in names for text in texts]
    return [data for data in (everything + single + combined)[:MOST] if data]


def holds(node):
    return isinstance(node, ast.Attribute) and node.attr in HOLDERS
