"""What a run changes beside the Python code that was planned: templates, settings and requirements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from amigrate.channels_dependency import moving, without_channels
from amigrate.dependency import needing, support, with_support
from amigrate.discover.project import Project
from amigrate.model import ChangeSet, Confidence, Refusal
from amigrate.options import Options
from amigrate.plan.context import Context
from amigrate.planning import uses_runtime
from amigrate.templates.edits import ID as TEMPLATES
from amigrate.templates.edits import TemplateEdits, django_templates, template_edits
from amigrate.text_edits import with_texts


def with_files_beside(
    change_set: ChangeSet, context: Context, sources: Mapping[str, bytes], options: Options
) -> ChangeSet:
    """The change set with the edits of files that no plan knows, each in the groups that need it."""
    program = context.analyst.program
    used = uses_runtime(program)
    found = _templates(context, options, runtime=used if options.runtime is None else options.runtime)
    groups = (*needing(change_set), *(group.id for group in found.groups))
    taken = {change.path for change in change_set.changes}
    moved = moving(change_set)
    needed = support(
        program.project, sources, groups, taken, new=not used, tags=bool(found.groups), websockets=moved,
        importing=_paths(change_set, found, (*groups, *moved)),
    )  # fmt: skip
    if not needed.complete and found.groups:
        found = _left(found)
        groups = needing(change_set)
        needed = support(
            program.project, sources, groups, taken, new=not used, tags=False, websockets=moved,
            importing=_paths(change_set, found, (*groups, *moved)),
        )  # fmt: skip
    change_set = replace(
        change_set,
        groups=tuple(sorted((*change_set.groups, *found.groups), key=lambda group: group.id)),
        refusals=(*change_set.refusals, *found.refusals),
    )
    change_set = with_support(with_texts(change_set, found.edits, dict(found.sources)), needed)
    change_set = without_channels(change_set, program.project)
    return _with_syntax(change_set, program.project, options) if options.select else change_set


def _paths(change_set: ChangeSet, found: TemplateEdits, groups: tuple[str, ...]) -> frozenset[str]:
    """The files that groups change."""
    code = {edit.path for edit in change_set.edits if edit.group in groups}
    return frozenset(code | {edit.path for edit in found.edits if set(edit.groups) & set(groups)})


def _with_syntax(change_set: ChangeSet, project: Project, options: Options) -> ChangeSet:
    """The change set with the syntax of the other templates updated, if that is selected."""
    from amigrate.templates.syntax import ID, syntax_edits  # seldom wanted

    if ID not in set(options.select) - set(options.ignore) or Confidence(options.confidence) is Confidence.SAFE:
        return change_set
    taken = {change.path for change in change_set.changes}
    sources = {path: source for path, source in django_templates(project) if source and path not in taken}
    found = syntax_edits(sources, project.django)
    groups = tuple(sorted((*change_set.groups, *found.groups), key=lambda group: group.id))
    change_set = replace(change_set, groups=groups, failures=(*change_set.failures, *found.failures))
    return with_texts(change_set, found.edits, sources)


def _templates(context: Context, options: Options, *, runtime: bool) -> TemplateEdits:
    """The edits of templates, if they are asked for."""
    unwanted = TEMPLATES in options.ignore or bool(options.select and TEMPLATES not in options.select)
    if unwanted or Confidence(options.confidence) is Confidence.SAFE:
        return TemplateEdits()
    return template_edits(context, runtime=runtime)


def _left(found: TemplateEdits) -> TemplateEdits:
    """No edits: the tags could not be loaded."""
    reason = "its tags cannot be loaded: django_ahead cannot be put in INSTALLED_APPS here"
    suggestion = 'put "django_ahead" in INSTALLED_APPS, and run this again'
    refused = (Refusal(group.paths[0], 1, "", TEMPLATES, reason, suggestion) for group in found.groups)
    return TemplateEdits(refusals=(*found.refusals, *refused))
