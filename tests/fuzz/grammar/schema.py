"""What the grammar knows of the models of the semantic project (`tests/semantics/project/desk/models.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True, slots=True)
class Model:
    """One model: its columns by type, and its relations with the model that they lead to."""

    name: str
    texts: tuple[str, ...] = ("name",)
    numbers: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    ones: Mapping[str, str] = field(default_factory=dict)  # never None
    maybes: Mapping[str, str] = field(default_factory=dict)  # NULL for some rows
    manies: Mapping[str, str] = field(default_factory=dict)  # managers of related rows
    new: str = "name={text}"  # the arguments that make a row
    rows: int = 2  # of the seed

    def one_or_maybe(self) -> dict[str, str]:
        return {**self.ones, **self.maybes}


MODELS = {
    model.name: model
    for model in (
        Model(
            "Task",
            ("title", "slug"),
            ("points",),
            ("done",),
            {"owner": "Person"},
            {"reviewer": "Person"},
            {"labels": "Label", "stamps": "Stamp", "remarks": "Remark"},
            "title={text}, owner={Person}, points={number}",
            rows=5,
        ),
        Model(
            "Person",
            ("name",),
            ("age",),
            maybes={"firm": "Firm"},
            manies={"tasks": "Task", "reviews": "Task", "tickets": "Ticket", "remarks": "Remark", "stamps": "Stamp"},
            new="name={text}, age={number}",
            rows=3,
        ),
        Model("Firm", ("name", "city"), manies={"people": "Person", "places": "Place"}, new="name={text}, city={text}"),
        Model("Label", manies={"tasks": "Task"}, rows=3),
        Model("Node", maybes={"parent": "Node"}, manies={"children": "Node"}, rows=4),
        Model("Stamp", maybes={"task": "Task", "mate": "Person"}),
        Model("Wallet", ("holder",), ("amount",), new="holder={text}, amount={number}"),
        Model("Place", maybes={"firm": "Firm"}),
        Model("Paper", flags=("live",)),
        Model("Remark", ("text",), new="text={text}, target={Person}"),
        Model(
            "Ticket",
            ("code",),
            ones={"person": "Person"},
            manies={"stubs": "Stub"},
            new="code={text}[:5], person={Person}",
        ),
        Model("Stub", ("ticket_id",), ("row",), ones={"ticket": "Ticket"}, new="ticket={Ticket}, row={number}", rows=1),
    )
}
WEIGHTS = {"Task": 10, "Person": 5, "Label": 3, "Firm": 2, "Node": 2}
WORDS = ("Alpha", "Beta", "Gamma", "Eps One", "Ann", "Bob", "home", "work", "Acme", "root", "left", "s1", "nope")


def any_model(random: Random) -> str:
    """A model's name; the ones with many relations more often."""
    return random.choices(list(MODELS), [WEIGHTS.get(name, 1) for name in MODELS])[0]
