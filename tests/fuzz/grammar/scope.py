"""The state of a module that is being composed, and the choice among what can stand in a place.

Kinds say what an expression is: "int", "str", "bool", "strs", "ints", "map" (a dict of numbers and texts), "request",
and with a model, as in "row:Task": "qs" (an unsliced queryset), "row", "maybe" (a row or None), "rows" (a list),
"iter" (a list or a queryset). Producers give the text of an expression of a kind, always one that `.` may follow, or
None when they have nothing to offer here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from tests.fuzz.grammar.schema import MODELS, WORDS, Model, any_model

Producer = Callable[["Scope", str], str | None]
PRODUCERS: dict[str, list[tuple[int, bool, Producer]]] = {}
WORD_OF = {
    "qs": "tasks rows found items query visible results latest objects selected",
    "row": "task row item obj entry first one current node target",
    "maybe": "match best other hit candidate chosen",
    "rows": "cached loaded everything listed kept members",
    "iter": "source either choices pool",
    "int": "n total size count number amount index score",
    "str": "text label title name summary key caption",
    "bool": "flag ok seen ready done is_open",
    "strs": "names titles words parts lines",
    "ints": "ids numbers sizes pks",
    "map": "table mapping lookup by_pk index_of",
}


def yields(shape: str, weight: int = 2, *, leaf: bool = False) -> Callable[[Producer], Producer]:
    """Registers a producer of a shape; only the leaves end a deep expression."""

    def register(producer: Producer) -> Producer:
        PRODUCERS.setdefault(shape, []).append((weight, leaf, producer))
        return producer

    return register


@dataclass(frozen=True, slots=True)
class Helper:
    """Something to call: its text, the kinds of its parameters by name, and what it gives."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    gives: str  # a kind, or "gen:" and the kind of what it yields, or "with:" and that of what `as` binds
    plain: bool = True  # may it be handed over by its name


@dataclass(slots=True)
class Module:
    """The text so far, outside of functions."""

    imports: set[str] = field(default_factory=set)
    blocks: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)  # the definitions of the second module
    helpers: list[Helper] = field(default_factory=list)
    serial: int = 0

    def unique(self, word: str) -> str:
        """A name that nothing else has."""
        self.serial += 1
        return f"{word}_{self.serial}"


@dataclass(slots=True)
class Scope:
    """What can be used in one place of one function."""

    random: Random
    module: Module
    names: dict[str, str] = field(default_factory=dict)
    helpers: list[Helper] = field(default_factory=list)
    fuel: int = 30
    depth: int = 0
    in_loop: bool = False
    gives: str = ""  # what `return` must give; "" inside of generators
    pure: bool = False  # no `await` may be needed: in a lambda
    taken: frozenset[str] = frozenset()  # names of enclosing functions, which must not become local

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, choices: Sequence[str] | str) -> str:
        return self.random.choice(choices.split() if isinstance(choices, str) else choices)

    def use(self, line: str) -> None:
        """Adds an import."""
        self.module.imports.add(line)

    def word(self) -> str:
        return f'"{self.random.choice(WORDS)}"'

    def model(self) -> str:
        """A model, often one of a row that is at hand."""
        near = [kind.partition(":")[2] for kind in self.names.values() if kind.startswith(("row:", "qs:", "rows:"))]
        return self.random.choice(near) if near and self.chance(0.6) else any_model(self.random)

    def known(self, *shapes: str, model: str = "") -> list[str]:
        """The variables of these shapes (and model), the newest last."""
        wanted = {f"{shape}:{model}" if model else shape for shape in shapes}
        return [name for name, kind in self.names.items() if kind in wanted]

    def variable(self, *shapes: str, model: str = "") -> str | None:
        """One of the variables, the newest most often."""
        found = self.known(*shapes, model=model)
        if not found:
            return None
        return found[-1] if self.chance(0.5) else self.random.choice(found)

    def fresh(self, kind: str) -> str:
        """A name for a value of a kind; it is not declared yet."""
        word = self.pick(WORD_OF[kind.partition(":")[0]])
        name = word
        while name in self.names or name in self.taken:
            name = f"{word}{self.random.randrange(2, 99)}"
        return name

    def bind(self, kind: str) -> str:
        """Declares a fresh name."""
        name = self.fresh(kind)
        self.names[name] = kind
        return name

    def expr(self, kind: str) -> str:
        """The text of an expression of a kind."""
        shape, _, model = kind.partition(":")
        self.fuel -= 1
        self.depth += 1
        leaves = self.fuel < 0 or self.depth > 4
        options = [(w, p) for w, leaf, p in PRODUCERS[shape] if leaf or not leaves]
        try:
            while options:
                at = self.random.choices(range(len(options)), [w for w, _ in options])[0]
                text = options.pop(at)[1](self, model)
                if text is not None:
                    return text
        finally:
            self.depth -= 1
        raise AssertionError(f"nothing gives a {kind}")

    def bare(self, kind: str) -> str:
        """An expression where parentheses around it are not needed."""
        return unwrapped(self.expr(kind))

    @contextmanager
    def inner(self, **changes: object) -> Iterator[None]:
        """A block: what it declares is forgotten after it."""
        names, helpers, old = dict(self.names), list(self.helpers), {key: getattr(self, key) for key in changes}
        for key, value in changes.items():
            setattr(self, key, value)
        try:
            yield
        finally:
            self.names, self.helpers = names, helpers
            for key, value in old.items():
                setattr(self, key, value)


def of(model: str) -> Model:
    """The columns and relations of a model."""
    return MODELS[model]


def unwrapped(text: str) -> str:
    """The same expression without parentheses around it, when it needs none as an argument or a right-hand side."""
    if not (text.startswith("(") and text.endswith(")")) or "\n" in text:
        return text
    inside = text[1:-1]
    try:
        same = ast.dump(ast.parse(inside, mode="eval")) == ast.dump(ast.parse(text, mode="eval"))
    except SyntaxError:
        return text
    return inside if same else text


def indented(lines: Sequence[str]) -> list[str]:
    """Lines one level deeper."""
    return [f"    {line}" if line else line for line in lines]
