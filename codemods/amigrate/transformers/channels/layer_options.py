"""The options of a Channels layer as those of django_ahead: one URL in place of a list of hosts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import libcst as cst

from amigrate.transformers.shape import UnexpectedShape, expect, only, text_of


def with_options(config: cst.Dict, lost: Collection[str]) -> cst.Dict:
    """CONFIG as OPTIONS: `hosts` becomes `url`, and what is `lost` goes away."""
    elements: list[cst.BaseDictElement] = []
    for each in config.elements:
        element = expect(each, cst.DictElement)
        name = text_in(element.key)
        if name == "hosts":
            elements += _connection(element)
        elif name not in lost:
            elements.append(element)
    if not elements or elements[-1] is config.elements[-1]:
        return config.with_changes(elements=elements)
    return _ended(config.with_changes(elements=elements))


def _ended(config: cst.Dict) -> cst.Dict:
    """A dict that has lost its last element: the brace stands where it stood, without the comment on that."""
    *first, last = config.elements
    space = config.rbrace.whitespace_before
    if isinstance(space, cst.ParenthesizedWhitespace):
        line = space.first_line.with_changes(comment=None, whitespace=cst.SimpleWhitespace(""))
        space = space.with_changes(first_line=line)
    before = last.comma.whitespace_after if isinstance(last.comma, cst.Comma) else None
    if isinstance(before, cst.ParenthesizedWhitespace) and isinstance(space, cst.ParenthesizedWhitespace):
        space = space.with_changes(first_line=before.first_line)  # the comment on the element that is the last one now
    comma = cst.Comma() if isinstance(last.comma, cst.Comma) and not config.rbrace.whitespace_before.empty else None
    ended = last.with_changes(comma=comma or cst.MaybeSentinel.DEFAULT)
    return config.with_changes(elements=[*first, ended], rbrace=config.rbrace.with_changes(whitespace_before=space))


def text_in(node: cst.BaseExpression) -> str:
    """The text of a string literal."""
    value = expect(node, cst.SimpleString).evaluated_value
    if isinstance(value, bytes):
        raise UnexpectedShape("expected a string, found bytes")
    return value


def with_text(node: cst.BaseExpression, text: str) -> cst.SimpleString:
    """A string literal with another text and the same quotes."""
    old = expect(node, cst.SimpleString)
    return old.with_changes(value=f"{old.quote}{text}{old.quote}")


def _connection(element: cst.DictElement) -> list[cst.BaseDictElement]:
    """The one host of the list: a tuple of host and port, a URL, or a dict with an address and options of redis-py."""
    hosts = element.value
    if not isinstance(hosts, cst.List | cst.Tuple):
        raise UnexpectedShape(f"expected a list of hosts, found {type(hosts).__name__}")
    host = only(hosts.elements, "host").value
    key = with_text(element.key, "url")
    if isinstance(host, cst.Dict):
        pairs = [expect(each, cst.DictElement) for each in host.elements]
        first = next(pair for pair in pairs if text_in(pair.key) == "address")
        rest = [pair.with_changes(comma=element.comma) for pair in pairs if pair is not first]
        return [element.with_changes(key=key, value=_url(first.value)), *rest]
    return [element.with_changes(key=key, value=_url(host))]


def _url(host: cst.BaseExpression) -> cst.BaseExpression:
    if not isinstance(host, cst.Tuple | cst.List):
        return host.with_changes(lpar=[], rpar=[]) if not isinstance(host, cst.ConcatenatedString) else host
    return cst.parse_expression(_formatted([each.value for each in host.elements]))


def _formatted(parts: Sequence[cst.BaseExpression]) -> str:
    """`redis://host:port/0` of two expressions."""
    if len(parts) != 2:
        raise UnexpectedShape("expected a host and a port")
    if all(isinstance(part, cst.SimpleString | cst.Integer) for part in parts):
        host, port = (part.value if isinstance(part, cst.Integer) else text_in(part) for part in parts)
        return f'"redis://{host}:{port}/0"'
    if all(isinstance(part, cst.SimpleString | cst.Integer | cst.Name | cst.Attribute) for part in parts):
        host, port = (_in_text(part) for part in parts)
        return f'f"redis://{host}:{port}/0"'
    host, port = (text_of(part.with_changes(lpar=[], rpar=[])) for part in parts)
    return f'"redis://{{}}:{{}}/0".format({host}, {port})'


def _in_text(part: cst.BaseExpression) -> str:
    if isinstance(part, cst.SimpleString):
        return text_in(part)
    return part.value if isinstance(part, cst.Integer) else f"{{{text_of(part)}}}"
