"""`channels-settings`: CHANNEL_LAYERS becomes a part of AHEAD_WEBSOCKET.

Sites by `op`; `extra` are further keys, a line each: `"KEY"=source`:

- layers: the Assign, AnnAssign or keyword that sets CHANNEL_LAYERS; `backends` are pairs `old=new`, a line each, and
  `lost` the options that have no counterpart, by commas.
- keyword: the keyword CHANNEL_LAYERS, whose value has a name and a site of its own.
- new: an assignment, below which comes one of AHEAD_WEBSOCKET.
- middleware: the ClassDef of a BaseMiddleware; `imported` is the import of that, and with `own` it has an `__init__`.
  inner: the Call `super().__call__(…)` in it; keep: the Expr of `super().__init__(…)`.
- app: the Constant "channels" in INSTALLED_APPS.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.channels.layer_options import text_in, with_options, with_text
from amigrate.transformers.channels.plain_middleware import calling_inner, keeping_inner, without_base
from amigrate.transformers.shape import expect, only, text_of

_NAME = "AHEAD_WEBSOCKET"


class ChannelsSettings(SiteCodemod):
    """`CHANNEL_LAYERS = {…}` → `AHEAD_WEBSOCKET = {"LAYERS": {…}}`."""

    META = Metadata(
        id="channels-settings",
        summary="Configure layers and origins for the websockets of django_ahead",
        why=(
            "The layers of django_ahead are configured in AHEAD_WEBSOCKET. Its Redis layer uses publish/subscribe: one "
            "subscription for a process and group, in place of a list in Redis for each socket."
        ),
        fix_safety=(
            "Review: capacity and expiry have no equal, since nothing is kept in Redis. Where Channels checked no "
            "origin, handshakes without one are still accepted, those from foreign sites no longer."
        ),
        links=("https://docs.djangoproject.com/en/stable/ref/settings/",),
        when_not="While something of the project stays on Channels: the layers of Channels serve both sides then.",
    )

    def rewrite(
        self, node: cst.CSTNode, site: Site, imports: Imports
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        """The new setting."""
        match site.param("op"):
            case "app":
                text = expect(node, cst.SimpleString)
                return text.with_changes(value=f"{text.prefix}{text.quote}django_ahead{text.quote}")
            case "middleware":
                return without_base(expect(node, cst.ClassDef), site, imports)
            case "inner":
                return calling_inner(expect(node, cst.Call))
            case "keep":
                return keeping_inner(expect(node, cst.SimpleStatementLine))
            case "keyword":
                return expect(node, cst.Arg).with_changes(keyword=cst.Name(_NAME))
            case "new":
                line = expect(node, cst.SimpleStatementLine)
                return cst.FlattenSentinel([line, cst.parse_statement(_new_setting(site))])
        if isinstance(node, cst.Arg):
            value = _with_layers(node.value, site, indent="")
            return node.with_changes(keyword=cst.Name(_NAME), value=value)
        line = expect(node, cst.SimpleStatementLine)
        return line.with_changes(body=[_assignment(only(line.body, "statement"), site)])


def _assignment(statement: cst.BaseSmallStatement, site: Site) -> cst.BaseSmallStatement:
    if isinstance(statement, cst.AnnAssign) and statement.value is not None:
        return statement.with_changes(
            target=_renamed(statement.target), value=_with_layers(statement.value, site, indent="    ")
        )
    assign = expect(statement, cst.Assign)
    target = only(assign.targets, "target")
    new = _renamed(target.target)
    value = _with_layers(assign.value, site, indent="    ")
    return assign.with_changes(targets=[target.with_changes(target=new)], value=value)


def _renamed(target: cst.BaseAssignTargetExpression) -> cst.BaseAssignTargetExpression:
    """CHANNEL_LAYERS under its new name; a name of the project's own stays."""
    if isinstance(target, cst.Attribute):
        return target.with_changes(attr=cst.Name(_NAME))
    return cst.Name(_NAME) if isinstance(target, cst.Name) and target.value == "CHANNEL_LAYERS" else target


def _with_layers(value: cst.BaseExpression, site: Site, *, indent: str) -> cst.BaseExpression:
    """`{"LAYERS": value, …}`, with the layers' own keys."""
    backends = dict(pair.split("=", 1) for pair in site.param("backends").split("\n"))
    lost = frozenset(site.param("lost").split(","))
    layers = expect(value, cst.Dict)
    elements = [
        each.with_changes(value=_layer(each.value, backends, lost)) if isinstance(each, cst.DictElement) else each
        for each in layers.elements
    ]
    source = text_of(layers.with_changes(elements=elements))
    extra = [pair.partition("=") for pair in site.param("extra").split("\n") if pair]
    if "\n" not in source and not extra:
        return cst.parse_expression(f'{{"LAYERS": {source}}}')
    inner = source.replace("\n", f"\n{indent or '    '}")
    others = "".join(f"    {key}: {given},\n" for key, _, given in extra)
    return cst.parse_expression(f'{{\n    "LAYERS": {inner},\n{others}}}')


def _layer(value: cst.BaseExpression, backends: dict[str, str], lost: frozenset[str]) -> cst.BaseExpression:
    """One layer: the new backend, and its options without those that have no counterpart."""
    layer = expect(value, cst.Dict)
    elements: list[cst.BaseDictElement] = []
    for each in layer.elements:
        element = expect(each, cst.DictElement)
        key = text_in(element.key)
        if key == "BACKEND":
            element = element.with_changes(value=with_text(element.value, backends[text_in(element.value)]))
        elif key == "CONFIG":
            options = with_options(expect(element.value, cst.Dict), lost)
            if not options.elements:
                continue
            element = element.with_changes(key=with_text(element.key, "OPTIONS"), value=options)
        elements.append(element)
    return layer.with_changes(elements=elements)


def _new_setting(site: Site) -> str:
    keys = [f"{key}: {value}" for key, _, value in (p.partition("=") for p in site.param("extra").split("\n") if p)]
    body = "".join(f"    {key},\n" for key in keys)
    return f"{_NAME} = {{\n{body}}}" if len(keys) > 1 else f"{_NAME} = {{{''.join(keys)}}}"
