"""The types that the flow analysis works with.

A type says what evaluating an expression gives, as far as it matters for blocking: is it a queryset, a manager, a model
instance whose relations are loaded or not, something that surely is none of these (`opaque`), or unknown.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import TypeVar, dataclass_transform

Position = tuple[int, int, int, int]
MADE = "made"  # the `ref` of a request that code makes, and whose user and session are what code puts there
_Made = TypeVar("_Made")


class Kind(StrEnum):
    """What a value is."""

    UNKNOWN = "unknown"  # may be anything, also something that queries
    OPAQUE = "opaque"  # no Django object: numbers, strings, results of libraries that know nothing of Django
    NONE = "none"
    QUERYSET = "queryset"
    RAW = "raw"  # RawQuerySet
    MANAGER = "manager"
    RELATED = "related"  # related manager
    INSTANCE = "instance"  # model instance
    MODEL = "model"  # model class
    CLASS = "class"
    OBJECT = "object"  # instance of a class that is no model
    FUNCTION = "function"
    METHOD = "method"  # bound method
    MODULE = "module"
    LIST = "list"  # any container that iterates without I/O: list, tuple, set
    DICT = "dict"
    GENERATOR = "generator"  # result of a generator function of the project
    PARTIAL = "partial"
    CHOICE = "choice"  # one of several functions, bound methods or partials, in `options`
    REQUEST = "request"
    SESSION = "session"
    CACHE = "cache"
    COROUTINE = "coroutine"
    UNION = "union"


@dataclass_transform(frozen_default=True)
def _record(cls: type[_Made]) -> type[_Made]:
    """A dataclass that nobody changes. The type checker sees to that: `frozen` takes four times as long to make one."""
    return dataclass(slots=True, unsafe_hash=True)(cls)


@_record
class Type:
    """One type.

    Args:
        kind: see `Kind`.
        ref: the qualified name that goes with the kind: model of a queryset or instance, class, function, module.
        key: type of the keys of a dict, None when they are plain values.
        item: element type of a container or generator, `self` of a method, awaited type of a coroutine.
        options: the members of a union; the elements of a tuple display.
        rows: what iterating a queryset gives: "model", "values", "values_list", "flat".
        manager: qualified name of the project's own queryset or manager class, when there is one.
        sliced, combined: whether the queryset was sliced, or built by union() and the like.
        deferred: only() or defer() was used: `only` are the fields that are loaded, `without` those that are not.
        locked: select_for_update() was used.
        iterator: the result of `iterator()`: async only through `aiterator()`.
        loaded: relation paths that are loaded (`author`, `author__publisher`).
        prefetched: names of relations that are prefetched (their `.all()` does no I/O).
        prefetching: prefetch_related() was used on one of the ways here.
        to_attr: names that hold lists, from `Prefetch(to_attr=…)`.
        cached: the result cache of the queryset is full, or a lazy value was evaluated.
        touched: other code can reach the queryset, so that its result cache may be full.
        origins: where `select_related` can be added for this value: positions in the function analysed, with `path`
            the relation path from the rows produced there to this instance. None: unknown producer.
        nullable: may also be None.
        saved: an instance that surely has a row.
    """

    kind: Kind
    ref: str = ""
    item: Type | None = None
    key: Type | None = None
    options: tuple[Type, ...] = ()
    rows: str = "model"
    manager: str = ""
    sliced: bool = False
    combined: bool = False
    deferred: bool = False
    locked: bool = False
    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    iterator: bool = False
    loaded: frozenset[str] = frozenset()
    prefetched: frozenset[str] = frozenset()
    prefetching: bool = False
    to_attr: frozenset[str] = frozenset()
    cached: bool = False
    touched: bool = False
    origins: frozenset[Position] | None = None
    path: str = ""
    nullable: bool = False
    saved: bool = False

    def but(self, **changes: object) -> Type:
        """A copy with some fields changed.

        Raises:
            AttributeError: there is no such field.
        """
        for name, value in changes.items():
            if getattr(self, name) != value:
                break
        else:
            return self
        if not changes.keys() <= _PLACES.keys():
            raise AttributeError(f"a type has no {', '.join(changes.keys() - _PLACES.keys())}")
        values = list(_values(self))
        for name, value in changes.items():
            values[_PLACES[name]] = value
        return Type(*values)


_FIELDS: tuple[str, ...] = tuple(Type.__match_args__)
_PLACES = {name: at for at, name in enumerate(_FIELDS)}
_values = attrgetter(*_FIELDS)

# the origin of `self` in a method: whoever calls it knows where the instance came from
SELF: frozenset[Position] = frozenset({(0, 0, 0, 0)})

UNKNOWN = Type(Kind.UNKNOWN)
OPAQUE = Type(Kind.OPAQUE)
NONE = Type(Kind.NONE)
LIST = Type(Kind.LIST, item=UNKNOWN)
OPAQUE_LIST = Type(Kind.LIST, item=OPAQUE)
LAZY = frozenset({Kind.QUERYSET, Kind.RAW})
MANAGERS = frozenset({Kind.MANAGER, Kind.RELATED})
REQUEST_USER = "request.user"  # stands for a name where the user is known that code gave its request


def list_of(item: Type) -> Type:
    """A container whose iteration does no I/O."""
    return Type(Kind.LIST, item=item)


def instance(model: str, **known: object) -> Type:
    """An instance of a model."""
    return Type(Kind.INSTANCE, model).but(**known)


def anonymous(kind: Type) -> Type:
    """The type without its origins, which mean something in one function only."""
    if kind.origins is None and kind.item is None and kind.key is None and not kind.options:
        return kind
    item = anonymous(kind.item) if kind.item is not None else None
    key = anonymous(kind.key) if kind.key is not None else None
    return kind.but(origins=None, item=item, key=key, options=tuple(anonymous(o) for o in kind.options))


def members(kind: Type) -> tuple[Type, ...]:
    """The members of a union, or the type itself."""
    return kind.options if kind.kind is Kind.UNION else (kind,)


def join(left: Type | None, right: Type | None) -> Type:
    """The least type that covers both; unions are kept up to four members."""
    if left is None or left is right or left == right:
        return right or UNKNOWN
    if right is None:
        return left
    if left.kind is Kind.UNKNOWN or right.kind is Kind.UNKNOWN:
        return UNKNOWN
    if left.kind is Kind.NONE:
        return right.but(nullable=True)
    if right.kind is Kind.NONE:
        return left.but(nullable=True)
    merged: list[Type] = []
    for one in (*members(left), *members(right)):
        for at, other in enumerate(merged):
            if (both := _merge(one, other)) is not None:
                merged[at] = both
                break
        else:
            merged.append(one)
    if len(merged) == 1:
        return merged[0]
    if len(merged) > 4:
        return UNKNOWN
    nullable = left.nullable or right.nullable or any(m.nullable for m in merged)
    return Type(Kind.UNION, options=tuple(merged), nullable=nullable)


def _merge(left: Type, right: Type) -> Type | None:
    """One type for two of the same kind and reference, with what both guarantee; None when they differ."""
    if left is right or left == right:
        return left
    if _callable(left) and _callable(right):
        every = tuple(dict.fromkeys((*callables(left), *callables(right))))
        return Type(Kind.CHOICE, options=every, nullable=left.nullable or right.nullable)
    if left.kind is not right.kind or left.ref != right.ref:
        return None
    if left.kind in (Kind.LIST, Kind.DICT, Kind.GENERATOR):
        options = left.options if left.options == right.options else ()
        key = join(left.key or OPAQUE, right.key or OPAQUE) if left.key or right.key else None
        item = join(left.item, right.item)
        return left.but(item=item, key=key, options=options, nullable=left.nullable or right.nullable)
    if left.rows != right.rows or left.manager != right.manager:
        return None
    origins = left.origins | right.origins if left.origins is not None and right.origins is not None else None
    return left.but(
        sliced=left.sliced or right.sliced,
        combined=left.combined or right.combined,
        deferred=left.deferred or right.deferred,
        only=both_loaded(left.only, right.only),
        without=left.without | right.without,
        iterator=left.iterator or right.iterator,
        locked=left.locked or right.locked,
        loaded=left.loaded & right.loaded,
        prefetched=left.prefetched & right.prefetched,
        prefetching=left.prefetching or right.prefetching,
        to_attr=left.to_attr & right.to_attr,
        cached=left.cached and right.cached,
        touched=left.touched or right.touched or left.cached != right.cached,
        origins=origins if left.path == right.path else None,
        nullable=left.nullable or right.nullable,
        saved=left.saved and right.saved,
        item=left.item if left.item == right.item else None,
    )


def both_loaded(left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    """The fields that are loaded either way; none named means that all are, and the primary key always is."""
    return left & right or frozenset({"pk"}) if left and right else left or right


def is_obscure(kind: Type) -> bool:
    """Whether a value may be a queryset for all that is known: any attribute of a library's object may be one."""
    attribute = kind.kind is Kind.METHOD and kind.item is not None and kind.item.kind is Kind.OBJECT
    return attribute or (kind.kind is Kind.UNKNOWN and not kind.cached)


def callables(kind: Type) -> tuple[Type, ...]:
    """The functions that a value may be, each as a type of its own."""
    return kind.options if kind.kind is Kind.CHOICE else (kind,)


def _callable(kind: Type) -> bool:
    """Whether a type is a function of the project that can be told apart from others: it, a method of it, a partial."""
    if kind.kind is Kind.METHOD:
        return kind.item is not None and kind.item.kind in (Kind.OBJECT, Kind.INSTANCE)
    return kind.kind in (Kind.FUNCTION, Kind.CHOICE) or (kind.kind is Kind.PARTIAL and "." in kind.ref)


def position(node: ast.AST) -> Position:
    """The place of a node as a key."""
    return (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)  # type: ignore[attr-defined]  # of expressions and statements
