"""Whether running a function, reading a property or turning a row into text may block."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from amigrate.facts.comparing import COMPARISONS
from amigrate.facts.effects import What
from amigrate.facts.lattice import Kind, Type
from amigrate.facts.self_paths import missing_paths

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst

# special methods whose use is seen where it happens
_FOLLOWED = frozenset(
    "__init__ __new__ __post_init__ __call__ __str__ __repr__ __iter__ __len__ __getitem__ __bool__ __enter__ __exit__ "
    "__contains__ __aenter__ __aexit__ __aiter__ __anext__ __await__".split()
)


class Blocking:
    """What the analyses say of blocking. `found` holds what is known of functions."""

    def __init__(self, analyst: Analyst) -> None:
        self.analyst = analyst
        self.found: dict[str, bool] = {}
        self._treacherous: dict[str, str] = {}
        self._properties: dict[str, bool] = {}
        self._finding_text = False

    def may_be_property(self, name: str) -> bool:
        """Whether any class of the program has a property of that name that may block."""
        if name not in self.analyst.classes.properties:
            return False
        if name not in self._properties:
            self._properties[name] = True  # while it is being found out
            self._properties[name] = any(self.analyst.blocks(q) for q in self.analyst.classes.properties[name])
        return self._properties[name]

    def treacherous(self, qualified: str) -> str:
        """A special method of a class that may query, and that Python calls without anything to be seen of it."""
        if qualified not in self._treacherous:
            self._treacherous[qualified] = ""  # while it is being found out
            # a row is of the class that was asked for, other objects may be of any class derived from it
            derived = self.analyst.program.descendants(qualified) if qualified not in self.analyst.graph.models else ()
            for owner in (*self.analyst.program.linearise(qualified), *derived):
                found = self.analyst.program.classes.get(owner)
                names = [m for m in found[1].methods if m.startswith("__") and m.endswith("__")] if found else []
                blocking = (n for n in names if n not in _FOLLOWED and self.analyst.blocks(f"{owner}.{n}"))
                for name in sorted(blocking, key=lambda n: n in COMPARISONS):  # they are called in fewer places
                    known = self._treacherous[qualified]
                    if not known or (name not in COMPARISONS and known.rpartition(".")[2] in COMPARISONS):
                        self._treacherous[qualified] = f"{owner}.{name}"
        return self._treacherous[qualified]

    @cached_property
    def _text(self) -> bool:
        return any(
            self.analyst.blocks(t)
            for name in self.analyst.graph.models
            for t in self.analyst.classes.dunders(name, ("__str__",))
        )

    def text_may_block(self) -> bool:
        """Whether turning some model's instance into text may query."""
        if self._finding_text:
            return True
        self._finding_text = True
        try:
            return self._text
        finally:
            self._finding_text = False

    def forget(self) -> None:
        """Analyses have changed: what functions do is found out again."""
        self.found.clear()

    def find(self, qualified: str) -> bool:
        """Whether running a function may block: it or anything that it calls has a blocking or doubtful effect."""
        seen, stack = set(), [qualified]
        while stack:
            name = stack.pop()
            if name in seen or self.found.get(name) is False:
                continue
            seen.add(name)
            if self.found.get(name) or self._blocks_itself(name, stack):
                self.found[qualified] = True
                return True
        if seen.isdisjoint(self.analyst.stack):  # what is being analysed has no effects yet
            self.found.update(dict.fromkeys(seen, False))
        return False

    def _blocks_itself(self, name: str, calls: list[str]) -> bool:
        """Whether a function may block whatever it calls; that is added to `calls`."""
        if name in self.analyst.program.duplicated or (
            name in self.analyst.program.functions and self.analyst.is_decorated(name)
        ):
            return True
        for effect in self.analyst.told(name).effects:
            if effect.what in (What.VALUE, What.MAYBE, What.MADE) or effect.extra.get("quiet"):
                continue
            if effect.targets:
                calls.extend(t for t in effect.targets if not self._loaded_for(t, effect.receiver))
            elif effect.receiver.kind is Kind.GENERATOR and effect.receiver.ref:
                calls.append(effect.receiver.ref)
            else:
                return True
        return False

    def _loaded_for(self, target: str, receiver: Type) -> bool:
        """Whether a method only reads relations that are loaded on this instance."""
        return bool(receiver.loaded) and missing_paths(self.analyst, target, receiver) == frozenset()
