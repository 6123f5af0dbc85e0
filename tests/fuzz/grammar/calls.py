"""Calls of what the module itself defines: functions, methods, generators."""

from __future__ import annotations

from tests.fuzz.grammar.scope import PRODUCERS, Helper, Scope

KINDS = ("int", "str", "bool", "strs", "ints", "map", "qs", "row", "maybe", "rows", "iter")


def available(s: Scope, gives: str) -> list[Helper]:
    """What can be called here for a value of a kind."""
    return [h for h in (*s.module.helpers, *s.helpers) if h.gives == gives and not needs_request(s, h)]


def needs_request(s: Scope, helper: Helper) -> bool:
    """Whether it takes a request, and there is none here."""
    return any(kind == "request" for _, kind in helper.parameters) and not s.known("request")


def argument(s: Scope, kind: str) -> str:
    """A value for a parameter."""
    if kind == "request":
        return s.known("request")[-1]
    return s.bare(kind)


def call(s: Scope, helper: Helper) -> str:
    """The text of a call, its arguments given in one of the ways that Python knows."""
    values = [(name, argument(s, kind)) for name, kind in helper.parameters]
    style = s.random.random()
    if style < 0.6:
        return f"{helper.name}({', '.join(text for _, text in values)})"
    if style < 0.85 or not values:
        named = s.random.randrange(len(values) + 1)
        given = [text for _, text in values[:named]] + [f"{name}={text}" for name, text in values[named:]]
        return f"{helper.name}({', '.join(given)})"
    if style < 0.9:
        return f"{helper.name}(*[{', '.join(text for _, text in values)}])"
    if style < 0.95:
        return f"{helper.name}(**{{{', '.join(f'{name!r}: {text}' for name, text in values)}}})"
    s.use("from functools import partial")
    return f"partial({helper.name}, {', '.join(text for _, text in values)})()"


def _called(s: Scope, kind: str) -> str | None:
    found = available(s, kind)
    return call(s, s.random.choice(found)) if found else None


def _collected(s: Scope, kind: str) -> str | None:
    """A list of all that a generator yields."""
    found = available(s, f"gen:{kind}")
    if not found:
        return None
    run = call(s, s.random.choice(found))
    return s.pick([f"list({run})", f"[each for each in {run}]", f"sorted({run}, key=str)", f"[*{run}]"])


def _handed_over(s: Scope, kind: str) -> str | None:
    """A list made by map() with a function of the module."""
    found = [
        h
        for h in (*s.module.helpers, *s.helpers)
        if h.plain and h.gives == kind and len(h.parameters) == 1 and h.parameters[0][1].startswith("row:")
    ]
    if not found:
        return None
    helper = s.random.choice(found)
    source = s.bare(helper.parameters[0][1].replace("row:", "qs:"))
    return s.pick([
        f"list(map({helper.name}, {source}))",
        f"[{helper.name}(each) for each in {source}]",
        f"[{helper.name}(each) for each in {source} if {helper.name}(each)]",
    ])  # fmt: skip


def _register() -> None:
    for shape in KINDS:

        def called(s: Scope, model: str, shape: str = shape) -> str | None:
            return _called(s, f"{shape}:{model}" if model else shape)

        PRODUCERS[shape].append((9, False, called))
    for shape, kind in (("strs", "str"), ("ints", "int"), ("rows", "row")):

        def collected(s: Scope, model: str, kind: str = kind) -> str | None:
            return _collected(s, f"{kind}:{model}" if model else kind)

        def mapped(s: Scope, model: str, kind: str = kind) -> str | None:
            return _handed_over(s, f"{kind}:{model}" if model else kind)

        PRODUCERS[shape] += [(6, False, collected), (3, False, mapped)]
