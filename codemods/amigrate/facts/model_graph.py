"""The model graph: fields, relations and their reverse names, managers and querysets of every model of the program."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace

from amigrate.facts import builtin_models as builtin
from amigrate.facts.program import Program
from amigrate.facts.values import Value

MODEL_ROOTS = frozenset({"django.db.models.Model", "django.db.models.base.Model", *builtin.USER_BASES})
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


_MADE = "?"  # a model between two others that Django makes itself; it gets its name once all models are known
LAZY_KINDS = frozenset({"fk", "o2o", "gfk", "reverse_o2o"})
MANY_KINDS = frozenset({"m2m", "tags", "reverse_fk", "reverse_m2m"})


@dataclass(frozen=True, slots=True)
class Model:
    """One model class. `complete` is False when a base outside the program may bring fields that we cannot see."""

    qualified: str
    abstract: bool
    fields: Mapping[str, Field]
    managers: Mapping[str, str]
    default_manager: str
    complete: bool


@dataclass(frozen=True)
class ModelGraph:
    """All models by qualified name, Django's own among them."""

    models: Mapping[str, Model]
    by_label: Mapping[str, str]
    user_model: str
    lazy_names: frozenset[str] = field(default_factory=frozenset)

    def field(self, model: str, name: str) -> Field | None:
        """The field or reverse accessor `name` of a model."""
        found = self.models.get(model)
        return found.fields.get(name) if found else None


def is_model(program: Program, qualified: str) -> bool:
    """Whether a project class is a Django model (also through a base of a library that looks like one)."""
    for base in program.linearise(qualified):
        if base in MODEL_ROOTS or base in builtin.RELATIONS:
            return True
        if base not in program.classes and ".models." in base and base.rpartition(".")[2].endswith("Model"):
            return True
    return False


def build(program: Program) -> ModelGraph:
    """Reads the models of a program."""
    names = [n for n in program.classes if is_model(program, n)]
    apps = _app_labels(program)
    by_label = {label: n for n in names for label in _labels(program, n, apps)}
    for model in builtin.RELATIONS:
        by_label.setdefault(f"{model.split('.')[-3]}.{model.rpartition('.')[2]}".lower(), model)
    user = by_label.get(program.project.settings.auth_user_model.lower(), builtin.USER)
    own: dict[str, dict[str, Field]] = {n: dict(_own_fields(program, n, by_label, user, apps)) for n in names}
    fields: dict[str, dict[str, Field]] = {}
    for name in names:
        merged: dict[str, Field] = {}
        for base in reversed(program.linearise(name)):
            merged.update(own.get(base, {}))
            for relation in builtin.USER_BASES.get(base, ()):
                kind, target, nullable, _ = builtin.RELATIONS[builtin.USER][relation]
                merged[relation] = Field(relation, kind, target, nullable)
            merged.update(_builtin_fields(base))
        fields[name] = merged
    fields.update({n: dict(_builtin_fields(n)) for n in builtin.RELATIONS})
    abstract = {n for n in names if _meta(program, n, "abstract") == ("const", True)}
    inherited = {n: _inherited(program, n, own, abstract) for n in names}
    _add_through(program, own, fields, abstract)
    _add_reverse(program, fields, abstract, inherited)
    _add_children(program, fields, abstract)
    models = {n: _model(program, n, fields[n], n in abstract) for n in fields}
    lazy = frozenset(f.name for m in fields.values() for f in m.values() if f.kind in LAZY_KINDS or f.kind == "generic")
    return ModelGraph(models, by_label, user, lazy)


def _model(program: Program, name: str, fields: dict[str, Field], abstract: bool) -> Model:
    managers = _managers(program, name) if name in program.classes else {"objects": ""}
    default = next(iter(managers), "objects")
    complete = True
    if name in program.classes:
        known = MODEL_ROOTS | set(builtin.RELATIONS)
        complete = all(e in known or not _may_bring_fields(e) for e in program.externals(name))
    return Model(name, abstract, fields, managers or {"objects": ""}, default, complete)


def _may_bring_fields(external: str) -> bool:
    return external.partition(".")[0] not in {"abc", "typing", "collections", "object", "enum"}


def _app_labels(program: Program) -> Mapping[str, str]:
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


def _labels(program: Program, name: str, apps: Mapping[str, str]) -> Iterator[str]:
    module, found = program.classes[name]
    label = _meta(program, name, "app_label")
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


def _meta(program: Program, name: str, key: str) -> Value:
    return dict(program.classes[name][1].meta).get(key)


def _builtin_fields(model: str) -> dict[str, Field]:
    found = {name: Field(name, "plain") for name in builtin.PLAIN.get(model, ())}
    for name, (kind, target, nullable, _) in builtin.RELATIONS.get(model, {}).items():
        attname = f"{name}_id" if kind == "fk" else ""
        found[name] = Field(name, kind, target, nullable, attname)
    return found


def _own_fields(
    program: Program, name: str, by_label: dict[str, str], user: str, apps: Mapping[str, str]
) -> Iterator[tuple[str, Field]]:
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
            through = _target(program, module.module, name, given, by_label, user, apps) if given else _MADE
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
    own = next(_labels(program, name, apps)).partition(".")[0]
    return by_label.get(f"{own}.{label}".lower(), "")


def _reverse_name(program: Program, name: str, kind: str, keywords: dict[str, Value]) -> str:
    given = keywords.get("related_name") or _meta(program, name, "default_related_name")
    if given and given[0] == "const" and isinstance(given[1], str):
        return given[1]
    return ""


def _inherited(program: Program, name: str, own: dict[str, dict[str, Field]], abstract: set[str]) -> frozenset[str]:
    """The fields that a model has from a concrete parent, whose reverse accessors lead to the parent."""
    found: set[str] = set()
    for base in program.linearise(name)[1:]:
        if base in own and base not in abstract:
            found |= own[base].keys()
    return frozenset(found - own[name].keys())


def _add_reverse(
    program: Program, fields: dict[str, dict[str, Field]], abstract: set[str], inherited: Mapping[str, frozenset[str]]
) -> None:
    """Adds the reverse accessor of every relation to its target and to the target's subclasses."""
    for name, own in list(fields.items()):
        if name in abstract:
            continue
        for one in list(own.values()):
            if one.kind not in ("fk", "o2o", "m2m") or not one.target or one.name in inherited.get(name, ()):
                continue
            accessor = _accessor(name, one)
            if not accessor:
                continue
            kind = {"fk": "reverse_fk", "o2o": "reverse_o2o", "m2m": "reverse_m2m"}[one.kind]
            empty = kind == "reverse_o2o"
            reverse = Field(
                accessor, kind, name, nullable=empty, accessor=one.name, through=one.through, to_field=one.to_field
            )
            concrete = _concrete(program, one.target, fields)
            for target in (concrete, one.target, *program.descendants(concrete)):
                if target in fields:
                    fields[target].setdefault(accessor, reverse)


def _concrete(program: Program, name: str, models: Container[str]) -> str:
    """The model whose table a proxy shares: Django gives it the reverse accessors of relations to the proxy."""
    seen = set()
    while name in program.classes and name not in seen and _meta(program, name, "proxy") == ("const", True):
        seen.add(name)
        name = next((base for base in program.linearise(name)[1:] if base in models), name)
    return name


def _add_through(
    program: Program, own: Mapping[str, Mapping[str, Field]], fields: dict[str, dict[str, Field]], abstract: set[str]
) -> None:
    """Adds the models that Django makes for many-to-many relations: `Book.tags.through`."""
    for name in list(fields):
        for key, one in list(fields[name].items()):
            if one.through != _MADE:
                continue
            # of a concrete parent it is the parent's, of an abstract one each child has its own
            line = [b for b in program.linearise(name) if b in own and b not in abstract and key in fields[b]]
            owner = next((b for b in reversed(line)), name)
            made = f"{owner}.{key}.through" if one.target and name not in abstract else ""
            fields[name][key] = replace(one, through=made)
            if not made or made in fields:
                continue
            left, right = (m.rpartition(".")[2].lower() for m in (owner, one.target))
            if owner == one.target:
                left, right = f"from_{left}", f"to_{right}"
            sides = (
                Field(left, "fk", owner, False, f"{left}_id"),
                Field(right, "fk", one.target, False, f"{right}_id"),
            )
            plain = (Field(n, "plain") for n in ("id", "pk", f"{left}_id", f"{right}_id"))
            fields[made] = {f.name: f for f in (*sides, *plain)}


def _add_children(program: Program, fields: dict[str, dict[str, Field]], abstract: set[str]) -> None:
    """Adds the accessor by which a row of a concrete parent leads to its child (multi-table inheritance)."""
    for name in fields.keys() - abstract:
        if name not in program.classes or _meta(program, name, "proxy") == ("const", True):
            continue
        short = name.rpartition(".")[2].lower()
        for base in program.linearise(name)[1:]:
            if base in fields and base not in abstract and base in program.classes:
                fields[base].setdefault(short, Field(short, "reverse_o2o", name, nullable=True))


def _accessor(name: str, relation: Field) -> str:
    short = name.rpartition(".")[2].lower()
    if name in builtin.RELATIONS:
        return builtin.RELATIONS[name][relation.name][3]
    given = relation.accessor
    if given.endswith("+"):
        return ""
    if given:
        label = name.split(".")[-3] if name.count(".") >= 2 else ""
        return given.replace("%(class)s", short).replace("%(app_label)s", label)
    return short if relation.kind == "o2o" else f"{short}_set"


def _managers(program: Program, name: str) -> dict[str, str]:
    """Manager attributes with the project classes behind them: `manager|queryset`, "" for Django's own."""
    found: dict[str, str] = {}
    for base in program.linearise(name):
        if base not in program.classes:
            continue
        module, owner = program.classes[base]
        for key, value in owner.values:
            if key not in found and (manager := _manager(program, module.module, value)) is not None:
                found[key] = manager
    return found or {"objects": ""}


def _manager(program: Program, module: str, value: Value) -> str | None:
    if not value or value[0] != "call":
        return None
    func = value[1]
    if isinstance(func, tuple):  # Manager.from_queryset(Q)()
        if func[0] == "call" and isinstance(func[1], str) and func[1].endswith("from_queryset") and func[2]:
            manager = program.resolve(module, func[1].rpartition(".")[0])
            queryset = program.resolve(module, func[2][0][1]) if func[2][0] and func[2][0][0] == "ref" else None
            return "|".join(s.qualified for s in (manager, queryset) if s and s.qualified in program.classes)
        return None
    head, _, last = func.rpartition(".")
    if last == "as_manager":
        symbol = program.resolve(module, head)
        return symbol.qualified if symbol.qualified in program.classes else ""
    symbol = program.resolve(module, func)
    if symbol.kind == "value":  # BookManager = Manager.from_queryset(Q)
        inner = program.value(symbol.module, symbol.name)
        return _manager(program, symbol.module, ("call", inner, (), ())) if inner and inner[0] == "call" else None
    if symbol.qualified in program.classes:
        line = program.linearise(symbol.qualified)
        if any(n.rpartition(".")[2].endswith(("Manager", "QuerySet")) and n not in program.classes for n in line):
            return symbol.qualified
        return None
    return "" if symbol.qualified.rpartition(".")[2].endswith("Manager") and last != "TaggableManager" else None
