"""The fields that models declare, and the labels by which relations name models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amigrate.facts import builtin_models as builtin
from amigrate.facts.program import Program
from amigrate.facts.values import Value

_FIELD_KINDS = {
    "ForeignKey": "fk",
    "ForeignObject": "fk",
    "TreeForeignKey": "fk",
    "ParentalKey": "fk",
    "OneToOneField": "o2o",
    "AutoOneToOneField": "o2o",
    "ManyToManyField": "m2m",
    "ParentalManyToManyField": "m2m",
    "SortedManyToManyField": "m2m",
    "TaggableManager": "tags",
    "GenericForeignKey": "gfk",
    "GenericRelation": "generic",
}
MADE = "?"  # a model between two others that Django makes itself; it gets its name once all models are known
LAZY_KINDS = frozenset({"fk", "o2o", "gfk", "reverse_o2o"})
MANY_KINDS = frozenset({"m2m", "tags", "reverse_fk", "reverse_m2m"})


@dataclass(frozen=True, slots=True)
class Field:
    """A field or reverse accessor. `kind`: plain, fk, o2o, m2m, tags, gfk, generic, reverse_…."""

    name: str
    kind: str
    target: str = ""  # qualified model, "" when unknown
    nullable: bool = False
    attname: str = ""  # `author_id` of a plain foreign key, "" when it is not the target's primary key
    accessor: str = ""  # for a reverse accessor: the field on the other side
    through: str = ""  # the model between the two sides of a many-to-many relation, "" when unknown
    to_field: str = ""  # the field of the target that a foreign key holds, "" for its primary key


def app_labels(program: Program) -> Mapping[str, str]:
    """The labels that AppConfig classes give to packages."""
    found: dict[str, str] = {}
    for name, (module, app) in program.classes.items():
        if any(e.rpartition(".")[2] == "AppConfig" for e in program.externals(name)):
            values = dict(app.values)
            label, package = values.get("label"), values.get("name")
            if label and label[0] == "const":
                named = package[1] if package and package[0] == "const" else module.module.rpartition(".")[0]
                found[str(named)] = str(label[1])
    return found


def labels(program: Program, name: str, apps: Mapping[str, str]) -> Iterator[str]:
    """The names, as `shop.book`, by which relations and settings may mean a model; `apps` are those of `app_labels`."""
    module, found = program.classes[name]
    label = meta(program, name, "app_label")
    if label and label[0] == "const":
        yield f"{label[1]}.{found.qualname}".lower()
        return
    package = module.module
    while package:
        if package in apps:
            yield f"{apps[package]}.{found.qualname}".lower()
            return
        package = package.rpartition(".")[0]
    parts = module.module.split(".")
    if "models" in parts:
        parts = parts[: parts.index("models")]
    elif len(parts) > 1:
        parts = parts[:-1]
    yield f"{parts[-1] if parts else ''}.{found.qualname}".lower()


def meta(program: Program, name: str, key: str) -> Value:
    """What a model class says in its `Meta`, None when it says nothing."""
    return dict(program.classes[name][1].meta).get(key)


def builtin_fields(model: str) -> dict[str, Field]:
    """The fields of a model of Django's own."""
    found = {name: Field(name, "plain") for name in builtin.PLAIN.get(model, ())}
    for name, (kind, target, nullable, _) in builtin.RELATIONS.get(model, {}).items():
        attname = f"{name}_id" if kind == "fk" else ""
        found[name] = Field(name, kind, target, nullable, attname)
    return found


def own_fields(
    program: Program, name: str, by_label: dict[str, str], user: str, apps: Mapping[str, str]
) -> Iterator[tuple[str, Field]]:
    """The fields that a project's model class declares itself; `user` is the user model, `by_label` all by label."""
    module, found = program.classes[name]
    yield "id", Field("id", "plain")
    yield "pk", Field("pk", "plain")
    for key, value in found.values:
        if not value or value[0] != "call" or not isinstance(value[1], str):
            continue
        kind = _field_kind(program, module.module, value[1])
        if not kind:
            continue
        keywords = dict(value[3])
        if kind == "plain":
            yield key, Field(key, "plain")
            continue
        target = keywords.get("to") or (value[2][0] if value[2] else None)
        model = _target(program, module.module, name, target, by_label, user, apps) if kind != "gfk" else ""
        nullable = keywords.get("null") == ("const", True)
        attname = f"{key}_id" if kind in ("fk", "o2o") and "to_field" not in keywords else ""
        through = ""
        if kind == "m2m":
            given = keywords.get("through")
            through = _target(program, module.module, name, given, by_label, user, apps) if given else MADE
        reverse = _reverse_name(program, name, kind, keywords)
        to_field = _text(keywords.get("to_field"))
        yield key, Field(key, kind, model, nullable, attname, reverse, through, to_field)
        if kind in ("fk", "o2o"):
            yield f"{key}_id", Field(f"{key}_id", "plain")


def _text(value: object) -> str:
    """A literal text of the module's facts, "" when it is something else."""
    match value:
        case ("const", str(text)):
            return text
    return ""


def _field_kind(program: Program, module: str, call: str) -> str:
    symbol = program.resolve(module, call)
    candidates = [symbol.qualified]
    if symbol.kind == "class":
        candidates = list(program.linearise(symbol.qualified))
    for candidate in candidates:
        last = candidate.rpartition(".")[2]
        if last in _FIELD_KINDS:
            return _FIELD_KINDS[last]
    last = candidates[-1].rpartition(".")[2]
    return "plain" if any(c.rpartition(".")[2].endswith("Field") for c in candidates) or last == "Field" else ""


def _target(
    program: Program,
    module: str,
    name: str,
    value: Value,
    by_label: dict[str, str],
    user: str,
    apps: Mapping[str, str],
) -> str:
    if not value:
        return ""
    if value[0] == "call" and isinstance(value[1], str) and value[1].rpartition(".")[2] == "get_user_model":
        return user
    if value[0] == "ref":
        if value[1].rpartition(".")[2] == "AUTH_USER_MODEL":
            return user
        symbol = program.resolve(module, value[1])
        if symbol.kind == "value":
            inner = program.value(symbol.module, symbol.name)
            return _target(program, symbol.module, name, inner, by_label, user, apps) if inner != value else ""
        return symbol.qualified
    if value[0] != "const" or not isinstance(value[1], str):
        return ""
    label: str = value[1]
    if label == "self":
        return name
    if "." in label:
        return by_label.get(label.lower(), "")
    local = program.resolve(module, label)
    if local.kind == "class":
        return local.qualified
    own = next(labels(program, name, apps)).partition(".")[0]
    return by_label.get(f"{own}.{label}".lower(), "")


def _reverse_name(program: Program, name: str, kind: str, keywords: dict[str, Value]) -> str:
    given = keywords.get("related_name") or meta(program, name, "default_related_name")
    if given and given[0] == "const" and isinstance(given[1], str):
        return given[1]
    return ""
