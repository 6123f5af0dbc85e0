"""The laws of `join`: it is what keeps the analysis right where paths meet."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amigrate.facts.lattice import NONE, OPAQUE, UNKNOWN, Kind, Type, instance, join, list_of, members

PATHS = st.frozensets(st.sampled_from(["author", "editor"]), max_size=2)
PLACES = st.none() | st.frozensets(st.sampled_from([(1, 0, 1, 9), (2, 0, 2, 9)]), max_size=2)
SIMPLE = st.sampled_from([UNKNOWN, OPAQUE, NONE, Type(Kind.REQUEST), Type(Kind.SESSION)])
ROWS = st.builds(
    Type,
    st.sampled_from([Kind.QUERYSET, Kind.INSTANCE]),
    st.sampled_from(["shop.Book", "shop.Author"]),
    loaded=PATHS,
    prefetched=PATHS,
    cached=st.booleans(),
    sliced=st.booleans(),
    saved=st.booleans(),
    nullable=st.booleans(),
    origins=PLACES,
)
TYPES = st.recursive(SIMPLE | ROWS, lambda inner: st.builds(list_of, inner), max_leaves=3)
BOOK = instance("shop.Book")


@given(TYPES)
def test_with_itself(one: Type) -> None:
    assert join(one, one) == one
    assert join(None, one) == join(one, None) == one


@given(TYPES, TYPES)
def test_order_does_not_matter(one: Type, other: Type) -> None:
    left, right = join(one, other), join(other, one)
    assert {_flat(m) for m in members(left)} == {_flat(m) for m in members(right)}


@given(TYPES, TYPES)
def test_never_more_is_promised_than_both_sides_promise(one: Type, other: Type) -> None:
    joined = join(one, other)
    for side in (one, other):
        if side.kind is Kind.NONE:
            assert joined.nullable or joined.kind in (Kind.NONE, Kind.UNKNOWN)
            continue
        covering = [m for m in members(joined) if m.kind is side.kind and m.ref == side.ref]
        assert covering or joined.kind is Kind.UNKNOWN, f"{side} is forgotten in {joined}"
        for found in covering if joined.kind is not Kind.UNION else ():
            assert found.loaded <= side.loaded and found.prefetched <= side.prefetched
            assert found.cached <= side.cached and found.saved <= side.saved
            assert found.nullable >= side.nullable and found.sliced >= side.sliced


@given(TYPES, TYPES)
def test_joining_again_changes_nothing(one: Type, other: Type) -> None:
    joined = join(one, other)
    assert _flat(join(joined, other)) == _flat(joined)


def test_unknown_wins() -> None:
    assert join(UNKNOWN, BOOK) is UNKNOWN and join(BOOK, UNKNOWN) is UNKNOWN


def test_none_makes_nullable() -> None:
    assert join(NONE, BOOK) == BOOK.but(nullable=True) == join(BOOK, NONE)


def test_a_known_producer_is_lost_when_another_is_not_known() -> None:
    known = BOOK.but(origins=frozenset({(1, 0, 1, 9)}))
    assert join(known, BOOK).origins is None
    other = BOOK.but(origins=frozenset({(2, 0, 2, 9)}))
    assert join(known, other).origins == frozenset({(1, 0, 1, 9), (2, 0, 2, 9)})


def test_a_union_that_may_be_none_stays_so() -> None:
    union = join(join(BOOK, instance("shop.Author")), NONE)
    assert union.kind is Kind.UNION and union.nullable
    assert join(union, OPAQUE).nullable and join(OPAQUE, union).nullable


def test_too_many_are_unknown() -> None:
    kinds = [instance(f"shop.M{number}") for number in range(5)]
    joined = kinds[0]
    for kind in kinds[1:4]:
        joined = join(joined, kind)
    assert len(members(joined)) == 4
    assert join(joined, kinds[4]) is UNKNOWN


def _flat(kind: Type) -> tuple[object, ...]:
    """A type without the order in which its members were met."""
    if kind.kind is Kind.UNION:
        return (kind.kind, kind.nullable, frozenset(_flat(m) for m in kind.options))
    item = _flat(kind.item) if kind.item is not None else None
    return (kind.kind, kind.ref, item, kind.loaded, kind.prefetched, kind.cached, kind.origins, kind.nullable)
