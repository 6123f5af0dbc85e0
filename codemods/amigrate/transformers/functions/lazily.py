"""What runs later or stops early, in async: `map`, `filter`, `any`, `all`, `next`, and lambdas."""

from __future__ import annotations

import libcst as cst

from amigrate.model import Site
from amigrate.transformers.awaiting import awaited
from amigrate.transformers.materialising import positional
from amigrate.transformers.parens import argument, breaks_lines, primary, taken, wrapped
from amigrate.transformers.shape import UnexpectedShape, expect, only

_SPACE = cst.SimpleWhitespace(" ")
# what binds less tightly than a comparison, so that it cannot stand after `not` or `in` as it is
_WEAK = (cst.IfExp, cst.Lambda, cst.BooleanOperation, cst.NamedExpr, cst.Yield, cst.Tuple, cst.GeneratorExp)


def comprehension(call: cst.Call, site: Site) -> cst.ListComp | cst.GeneratorExp:
    """`map(f, xs)` → `[await f(x) for x in xs]`, `filter(f, xs)` → `[x for x in xs if await f(x)]`.

    With `form` "generator" it is a generator expression; with `clause` "1" it runs through `async for`; `target` are
    the names of the loop variables. Without `function` the function is a lambda, whose body takes its place.
    """
    function, *iterables = (positional(arg).value for arg in call.args)
    names = [name.strip() for name in site.param("target").split(",")]
    value = _value(function, names, is_lambda=site.param("function") != "1")
    element: cst.BaseExpression = value if site.param("op") == "map" else cst.Name(names[0])
    test = [] if site.param("op") == "map" else [cst.CompIf(_tight(value))]
    clause = cst.CompFor(
        target=_target(names),
        iter=_iterable(iterables),
        ifs=test,
        asynchronous=cst.Asynchronous() if site.param("clause") == "1" else None,
    )
    element = wrapped(element) if isinstance(element, cst.Tuple | cst.NamedExpr) else element
    if site.param("form") == "generator":
        return cst.GeneratorExp(elt=element, for_in=clause, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.ListComp(elt=element, for_in=clause)


def _value(function: cst.BaseExpression, names: list[str], *, is_lambda: bool) -> cst.BaseExpression:
    if is_lambda:
        return expect(function, cst.Lambda).body
    arguments = [cst.Arg(cst.Name(name)) for name in names]
    return cst.Await(cst.Call(func=primary(argument(function)), args=arguments))


def _target(names: list[str]) -> cst.BaseAssignTargetExpression:
    if len(names) == 1:
        return cst.Name(names[0])
    return cst.Tuple([cst.Element(cst.Name(name)) for name in names], lpar=[], rpar=[])


def _iterable(iterables: list[cst.BaseExpression]) -> cst.BaseExpression:
    if len(iterables) == 1:
        return _tight(argument(iterables[0]))
    return cst.Call(func=cst.Name("zip"), args=[cst.Arg(argument(iterable)) for iterable in iterables])


def _tight(node: cst.BaseExpression) -> cst.BaseExpression:
    """An expression as it may stand after `not`, or in a clause of a comprehension."""
    return wrapped(node) if isinstance(node, _WEAK) else node


def first_of(call: cst.Call, site: Site) -> cst.BaseExpression:
    """`any(<generator>)` → `await anext((True <clauses> if <element>), False)`; all() likewise, next() as it is.

    Raises:
        UnexpectedShape: the argument is no generator expression.
    """
    arg = positional(call.args[0])
    generator = expect(arg.value, cst.GeneratorExp)
    if site.param("op") == "next":
        wrapped_arg = arg.with_changes(value=wrapped(generator))
        return awaited(call.with_changes(func=cst.Name("anext"), args=[wrapped_arg, *call.args[1:]]), site)
    only(call.args, "argument")
    wanted = site.param("op") == "any"
    test = _tight(generator.elt) if wanted else _negated(generator.elt)
    changed = generator.with_changes(
        elt=cst.Name("True" if wanted else "False"),
        for_in=_with_test(generator.for_in, test),
        lpar=generator.lpar or [cst.LeftParen()],
        rpar=generator.rpar or [cst.RightParen()],
    )
    default = arg.with_changes(value=cst.Name("False" if wanted else "True"))
    args = [cst.Arg(changed, comma=cst.Comma(whitespace_after=_SPACE)), default]
    return awaited(call.with_changes(func=cst.Name("anext"), args=args), site)


def _negated(node: cst.BaseExpression) -> cst.BaseExpression:
    bare, _ = taken(node)
    if isinstance(bare, cst.UnaryOperation) and isinstance(bare.operator, cst.Not):
        return _tight(bare.expression)
    return cst.UnaryOperation(cst.Not(), _tight(node))


def _with_test(clause: cst.CompFor, test: cst.BaseExpression) -> cst.CompFor:
    """The clauses with one more condition, after all others."""
    if clause.inner_for_in is not None:
        return clause.with_changes(inner_for_in=_with_test(clause.inner_for_in, test))
    return clause.with_changes(ifs=[*clause.ifs, cst.CompIf(test)])


def function_of(line: cst.CSTNode) -> cst.FunctionDef:
    """`f = lambda a: value` → `async def f(a): return value`, on lines of its own.

    Raises:
        UnexpectedShape: the statement is not the assignment of a lambda to one name.
    """
    statement = expect(line, cst.SimpleStatementLine)
    assignment = expect(only(statement.body, "statement on the line"), cst.Assign)
    name = expect(only(assignment.targets, "target").target, cst.Name)
    function = expect(assignment.value, cst.Lambda)
    if name.lpar:
        raise UnexpectedShape("expected a plain name")
    value, _ = taken(function.body)
    body = cst.SimpleStatementLine(
        [cst.Return(function.body if breaks_lines(value) else value)], trailing_whitespace=statement.trailing_whitespace
    )
    return cst.FunctionDef(
        name=name,
        params=function.params,
        body=cst.IndentedBlock([body]),
        asynchronous=cst.Asynchronous(),
        leading_lines=statement.leading_lines,
    )
