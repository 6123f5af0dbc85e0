"""A name of one package in place of that of another, with its import."""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports
from amigrate.model import Site
from amigrate.transformers.shape import UnexpectedShape, expect, only


def renamed(node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
    """The Name or Attribute of `module.old` as `to.new`.

    Params of the site: `module` and `old`; `to` and `new`; `imported`, the import at the top of the file that brings
    the old one, as `module:name`. Without it an import in a function does, which has a site of its own.
    """
    if not isinstance(node, cst.Name | cst.Attribute):
        raise UnexpectedShape(f"expected a name, found {type(node).__name__}")
    new = cst.Name(site.param("new"))
    if isinstance(node, cst.Attribute) and site.param("to") == site.param("module"):
        return node.with_changes(attr=new)
    module, _, name = site.param("imported").partition(":")
    if module:
        imports.replaced.add((module, name))
        imports.needed.add((site.param("to"), site.param("new")))
    return new.with_changes(lpar=node.lpar, rpar=node.rpar)


def renamed_import(node: cst.CSTNode, site: Site) -> cst.CSTNode:
    """`from channels.layers import get_channel_layer` → `from django_ahead.websocket import get_layer`.

    Params of the site: `to`, the new module, and `names`: `old>new`, by commas; names that are not there stay.
    """
    line = expect(node, cst.SimpleStatementLine)
    statement = expect(only(line.body, "statement"), cst.ImportFrom)
    if isinstance(statement.names, cst.ImportStar):
        raise UnexpectedShape("a star import")
    pairs = dict(pair.split(">") for pair in site.param("names").split(",") if pair)
    names = []
    for alias in statement.names:
        old = expect(alias.name, cst.Name).value
        names.append(alias.with_changes(name=cst.Name(pairs.get(old, old))))
    module = expect(cst.parse_expression(site.param("to")), cst.Attribute)
    return line.with_changes(body=[statement.with_changes(module=module, names=names)])
