"""The requirements of a project that nothing keeps on Channels any more."""

from __future__ import annotations

from dataclasses import replace

from amigrate.discover.files import read_inside
from amigrate.discover.project import Project
from amigrate.model import ChangeSet, Confidence, TextEdit
from amigrate.plan.channels.names import CONSUMERS, GROUP, LAYERS, ROUTING, SETTINGS, TESTS
from amigrate.text_edits import with_texts

# Channels brought daphne and redis-py along
_NEW = {"channels": "", "channels[daphne]": "daphne", "channels-redis": "redis>=5"}
_CODEMODS = frozenset({CONSUMERS, LAYERS, ROUTING, SETTINGS, TESTS})
# what a reviewer has to know, and no diff shows; docs/channels.md has more
_OF_CONSUMERS = (
    "WebSockets: what blocks in a handler holds up all sockets of the process; the messages of one keep their order",
    "WebSockets: up to 8 threads run what queries, where Channels has one: that of different sockets may interleave",
    "WebSockets: disconnect() is called after an error (the code is 1011) and after StopConsumer, too",
    "WebSockets: a handshake has 10 seconds to be accepted; DISCONNECT_TIMEOUT can end what goes on after its client",
)
# the same where routes and application stay on Channels
_BESIDE = (
    "WebSockets: what blocks in a handler holds up all sockets of the process; the messages of one keep their order",
    _OF_CONSUMERS[2],
    "WebSockets: routes, origins, sessions, users and layers are still those of Channels, under its application",
)
_OF_ROUTES = ("WebSockets: a handshake needs an Origin and a Host that are allowed",)
_OF_REDIS = ("WebSockets: processes that are still on Channels do not hear what is sent to groups: deploy all at once",)
BY_HAND = "nothing imports Channels any more: take it off the project's requirements"


def moving(change_set: ChangeSet) -> tuple[str, ...]:
    """The groups whose code imports django_ahead for WebSockets."""
    return tuple(dict.fromkeys(edit.group for edit in change_set.edits if edit.codemod in _CODEMODS))


def _different(change_set: ChangeSet) -> tuple[str, ...]:
    """What the change set makes different."""
    codemods = {edit.codemod for edit in change_set.edits}
    if ROUTING not in codemods:
        return _BESIDE if moving(change_set) else ()
    redis = any(edit.codemod == SETTINGS and "layers.redis." in edit.after for edit in change_set.edits)
    return (*(_OF_CONSUMERS if CONSUMERS in codemods else ()), *_OF_ROUTES, *(_OF_REDIS if redis else ()))


def without_channels(change_set: ChangeSet, project: Project) -> ChangeSet:
    """The change set with the requirements exchanged, if the whole project moves, and notes on what is different."""
    change_set = replace(change_set, notes=(*change_set.notes, *_different(change_set)))
    if not any(edit.group == GROUP and edit.after.strip("\"'") == "django_ahead" for edit in change_set.edits):
        return change_set
    from amigrate.rewrite.requirement_exchange import exchanged  # its package brings LibCST

    taken = {change.path: change for change in change_set.changes}
    edits: list[TextEdit] = []
    sources: dict[str, bytes] = {}
    for path in project.requirements:
        before = read_inside(project.root, path)
        for found in exchanged(path, before, _NEW):
            reason = "nothing imports Channels any more"
            edits.append(
                TextEdit(
                    path,
                    found.start,
                    found.end,
                    found.after,
                    SETTINGS,
                    (GROUP,),
                    reason,
                    Confidence.REVIEW,
                    follows=True,
                )
            )
            sources[path] = before
    if not edits:
        return replace(change_set, notes=(*change_set.notes, BY_HAND))
    others = tuple(edit for edit in change_set.texts if edit.path in sources)
    if not others:
        return with_texts(change_set, edits, sources)
    kept = tuple(change for change in change_set.changes if change.path not in {edit.path for edit in others})
    rest = tuple(edit for edit in change_set.texts if edit not in others)
    sources |= {edit.path: taken[edit.path].before for edit in others}
    return with_texts(replace(change_set, changes=kept, texts=rest), [*others, *edits], sources)
