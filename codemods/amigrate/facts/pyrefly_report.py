"""Reads the report of `pyrefly check --report-pysa DIR --report-pysa-format json`.

Modules and classes are joined by the ids of the report and by source path, never by matching the rendered type: the
rendering changes between versions without notice. It is read only for what stands nowhere else, the model of a
queryset or manager, and that must turn out to be a class of the report that is a model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from amigrate.facts.class_header import base_count
from amigrate.facts.oracle import Evidence, FileTypes, Kind
from amigrate.facts.type_text import type_arguments

MANIFEST = "pyrefly.pysa.json"
FORMAT_VERSIONS = (1,)
ClassName = tuple[str, str]
_Raw = dict[str, Any]
_RELATED = "django.db.models.fields.related_descriptors"
_MODEL = ("django.db.models.base", "Model")
# A class is of the first kind here that it or one of its ancestors stands for: related managers are managers too.
_ROOTS: Mapping[ClassName, Kind] = {
    (_RELATED, "RelatedManager"): Kind.RELATED,
    (_RELATED, "ManyRelatedManager"): Kind.RELATED,
    ("django.db.models.query", "QuerySet"): Kind.QUERYSET,
    ("django.db.models.manager", "BaseManager"): Kind.MANAGER,
    _MODEL: Kind.MODEL,
    ("django.contrib.sessions.backends.base", "SessionBase"): Kind.SESSION,
    ("django.core.cache.backends.base", "BaseCache"): Kind.CACHE,
    ("django.http.request", "HttpRequest"): Kind.REQUEST,
}
# What the stubs write where any model, or the project's own user model, is meant.
_STANDINS = frozenset({_MODEL, ("django.contrib.auth.base_user", "AbstractBaseUser")})
_OF_A_MODEL = frozenset({Kind.QUERYSET, Kind.MANAGER, Kind.RELATED})
# With another modifier (`Type`, `Coroutine`, ...) the class is not what the expression is an instance of.
_INSTANCE_MODIFIERS = frozenset({"Optional", "TypeVariableBound", "TypeVariableConstraint"})
_MAX_TEXT = 160
# A value of one of these types may be an instance of nearly anything, or stand in for it.
_VAGUE_MODULES = frozenset({"_collections_abc", "_typeshed", "collections.abc", "typing", "unittest.mock"})
_LAZY = "django.utils.functional"
_VAGUE = frozenset({("builtins", "object"), (_LAZY, "LazyObject"), (_LAZY, "SimpleLazyObject")})


class UnsupportedFormat(ValueError):
    """The report was written by another Pyrefly than this reader knows."""


class Report:
    """A report on disk. Methods raise OSError, ValueError, KeyError or TypeError when it is not as expected."""

    def __init__(self, directory: Path) -> None:
        manifest = json.loads((directory / MANIFEST).read_bytes())
        version = manifest.get("format_version")
        if version not in FORMAT_VERSIONS:
            raise UnsupportedFormat(f"format version {version} of its report is not supported")
        self._directory = directory
        self._modules: dict[int, _Raw] = {module["module_id"]: module for module in manifest["modules"].values()}
        self._by_name: dict[str, list[int]] = {}
        for module_id, module in self._modules.items():
            self._by_name.setdefault(module["module_name"], []).append(module_id)
        # Cached by instance, so that a report can be forgotten.
        self._class_kind = cache(self._find_class_kind)
        self._kind_by_ancestors = cache(self._find_kind_by_ancestors)
        self._mixins = cache(self._find_mixins)
        self._definitions = cache(self._read_definitions)

    def files(self) -> dict[str, int]:
        """The id of the module of each source file, by absolute path."""
        return {
            path: module_id
            for module_id, module in self._modules.items()
            if (path := module["source_path"].get("FileSystem")) and not module.get("failed_to_load")
        }

    def types(self, module_id: int) -> FileTypes:
        """The types of the expressions of a module, without those of which nothing is known."""
        raw = json.loads((self._directory / "type_of_expressions" / self._info(module_id)).read_bytes())
        indices: dict[Evidence, int] = {}
        spans: dict[str, int] = {}
        for function in raw["functions"].values():
            known = {
                row: indices.setdefault(evidence, len(indices))
                for row, entry in enumerate(function["type_table"])
                if (evidence := self._evidence(entry))
            }
            spans.update((place, known[row]) for place, row in function["locations"].items() if row in known)
        return FileTypes(tuple(indices), spans)

    def _info(self, module_id: int) -> str:
        return str(self._modules[module_id]["info_filename"])

    def _read_definitions(self, module_id: int) -> Mapping[str, _Raw]:
        path = self._directory / "definitions" / self._info(module_id)
        definitions: Mapping[str, _Raw] = json.loads(path.read_bytes())["class_definitions"]
        return definitions

    def _evidence(self, entry: _Raw) -> Evidence | None:
        named = entry.get("class_names") or {}
        classes = [item["class"] for item in named.get("classes", ()) if item["class"]["class_name"] != "NoneType"]
        if not classes:
            return None
        modifiers = {modifier for item in named["classes"] for modifier in item.get("modifiers", ())}
        instance = modifiers <= _INSTANCE_MODIFIERS
        kinds = {self._class_kind(*_ids(item)) if instance else Kind.OTHER for item in classes}
        kind = kinds.pop() if len(kinds) == 1 else Kind.UNKNOWN
        exact = bool(named.get("is_exhaustive")) and kind is not Kind.UNKNOWN
        if kind is Kind.OTHER and not exact:
            return None
        names = tuple((item["module_name"], item["class_name"]) for item in classes)
        text: str = entry["string"]
        return Evidence(kind, names if instance else (), self._model(kind, names, text), exact, text[:_MAX_TEXT])

    def _find_class_kind(self, module_id: int, class_id: int) -> Kind:
        """`UNKNOWN` for a class that may be more than the report says of it, by its ancestors or its descendants."""
        kind = self._kind_by_ancestors(module_id, class_id)
        return Kind.UNKNOWN if kind is Kind.OTHER and (module_id, class_id) in self._mixins() else kind

    def _find_kind_by_ancestors(self, module_id: int, class_id: int) -> Kind:
        family = list(self._with_ancestors(module_id, class_id))
        names = {(module, name) for module, name, _ in family}
        if kind := next((kind for root, kind in _ROOTS.items() if root in names), None):
            return kind
        module, name, _ = family[0]
        vague = module in _VAGUE_MODULES or (module, name) in _VAGUE
        return Kind.UNKNOWN if vague or any(self._lost_a_base(*ids) for _, _, ids in family) else Kind.OTHER

    def _find_mixins(self) -> frozenset[tuple[int, int]]:
        """The ancestors of the project's models, managers, ...: their `self` may be one of these at run time."""
        found: set[tuple[int, int]] = set()
        for module_id, module in self._modules.items():
            if "FileSystem" not in module["source_path"] or module.get("is_interface"):
                continue
            for class_id in self._definitions(module_id):
                if self._kind_by_ancestors(module_id, int(class_id)) is not Kind.OTHER:
                    found.update(ids for _, _, ids in self._with_ancestors(module_id, int(class_id)))
        return frozenset(found)

    def _with_ancestors(self, module_id: int, class_id: int) -> Iterator[tuple[str, str, tuple[int, int]]]:
        """The class and its ancestors; the class alone, when it is of the standard library and thus none of Django."""
        module = self._modules[module_id]
        definition = self._definitions(module_id)[str(class_id)]
        yield module["module_name"], definition["name"], (module_id, class_id)
        if "FileSystem" not in module["source_path"]:
            return
        for ancestor in definition["mro"].get("Resolved", ()):
            yield ancestor["module_name"], ancestor["class_name"], _ids(ancestor)

    def _lost_a_base(self, module_id: int, class_id: int) -> bool:
        """Has the class more bases in its source than in the report? Those not found are left out without a trace."""
        module = self._modules[module_id]
        path = module["source_path"].get("FileSystem")
        if path is None or module.get("is_interface"):
            return False
        definition = self._definitions(module_id)[str(class_id)]
        line = int(definition["name_location"].partition(":")[0])
        return base_count(path, line) != len(definition.get("bases", ()))

    def _model(self, kind: Kind, classes: tuple[ClassName, ...], text: str) -> ClassName | None:
        if kind is Kind.MODEL:
            models = set(classes)
        elif kind in _OF_A_MODEL:
            models = {self._argument(module, name, text) or _MODEL for module, name in classes}
        else:
            return None
        model = models.pop()
        return None if models or model in _STANDINS else model

    def _argument(self, module: str, name: str, text: str) -> ClassName | None:
        """The first type argument of a class of Django in `text`, when it names a model."""
        if not module.startswith("django."):
            return None
        arguments = type_arguments(text, f"{module}.{name}")
        return self._model_named(arguments[0]) if arguments else None

    def _model_named(self, dotted: str) -> ClassName | None:
        module_name, _, name = dotted.rpartition(".")
        for module_id in self._by_name.get(module_name, ()):
            for class_id, definition in self._definitions(module_id).items():
                if definition["name"] == name and self._class_kind(module_id, int(class_id)) is Kind.MODEL:
                    return module_name, name
        return None


def _ids(reference: _Raw) -> tuple[int, int]:
    return reference["module_id"], reference["class_id"]
