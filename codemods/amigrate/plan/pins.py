"""What must stay sync whatever it does: each pin with its reason."""

from __future__ import annotations

import ast

from amigrate.discover.project import Role
from amigrate.facts.classes import PROPERTIES
from amigrate.facts.consumer_classes import INSIDES
from amigrate.facts.module import COMPUTED, Function, ModuleFacts
from amigrate.facts.nodes import parents, walk
from amigrate.facts.program import Program
from amigrate.facts.values import decorator_name
from amigrate.facts.view_classes import BENIGN_BASES, GUARDING
from amigrate.plan.access_mixins import HOOKS
from amigrate.plan.backends import permission_obstacle, user_obstacle
from amigrate.plan.context import Context
from amigrate.plan.decorators import MANAGER, PLAIN, Judgement, judge_all
from amigrate.plan.foreign_decorators import PERMISSION_REQUIRED
from amigrate.plan.ignores import why_ignored
from amigrate.plan.rebinding import bound_again
from amigrate.plan.test_cases import test_pin
from amigrate.plan.user_loading import user_replaced
from amigrate.plan.uses import PROTOCOLS

# methods that Django, Python or a library call and whose result is truth-tested, stored or thrown away: as coroutines
# they would grant access, skip validation or lose data without any error
FAIL_OPEN = frozenset(
    "save delete clean full_clean clean_fields validate validate_unique validate_constraints test_func has_permission "
    "has_object_permission has_perm has_perms has_module_perms has_add_permission has_change_permission "
    "has_delete_permission has_view_permission authenticate get_user user_can_authenticate save_model delete_model "
    "save_related save_formset perform_create perform_update perform_destroy get_queryset get_object get_context_data "
    "form_valid form_invalid handle ready process_request process_response process_view process_exception "
    "get_absolute_url natural_key from_db refresh_from_db get_urls formfield_for_foreignkey dispatch setup "
    # of classes that a setting or a registration names: routers, validators of passwords, backends, converters
    "allow_relation allow_migrate db_for_read db_for_write password_changed get_help_text process_template_response "
    "get_user_permissions get_group_permissions get_all_permissions with_perm to_python to_url".split()
)
_REASONS = {
    "functools.lru_cache": "lru_cache would keep the coroutine, which can be awaited once only",
    "functools.cache": "functools.cache would keep the coroutine, which can be awaited once only",
    "django.db.transaction.atomic": "@transaction.atomic has no async form, and makes it all one transaction",
}
# of the names above, what a plain View has of its own: Django calls none of these on it
_FREE_ON_VIEWS = frozenset("get_queryset get_object get_context_data form_valid form_invalid handle".split())


def pin(context: Context, qualified: str, *, routed: bool) -> str:
    """Why a function must stay sync, "" when nothing pins it. `routed`: Django calls it through a URLconf."""
    program = context.analyst.program
    module, function = program.functions[qualified]
    name = function.qualname.rpartition(".")[2]
    role = program.roles.get(module.module, Role.CODE)
    if role is not context.role:
        return "it is no test" if context.tests else f"it is {role.value} code, which is not changed"
    if function.is_async:
        return "it is async already"
    codemod = "async-tests" if context.tests else "async-views" if routed else "async-functions"
    owner = program.classes.get(f"{module.module}.{function.owner}")
    lines = [function.line, *([owner[1].line] if owner else [])]
    for line in lines:
        if why := why_ignored(context.ignored, module.path, line, codemod):
            return why
    if qualified in program.duplicated:
        return "it is defined more than once"
    if reason := bound_again(program, module, function):
        return reason
    if name.startswith("__") and name.endswith("__") and (name not in PROTOCOLS or not function.owner or context.tests):
        return f"Python calls {name} synchronously"
    if context.tests:
        return test_pin(context, qualified, module, function) or (
            _generator(context, qualified, managed=False) if function.is_generator else ""
        )
    if routed and program.project.settings.atomic_requests and not _non_atomic(context, module, function):
        return "ATOMIC_REQUESTS is, or may be, on: Django refuses async views then"
    if reason := _decorated(context, module, function):
        return reason
    if function.owner and (reason := _method(context, qualified, module, function, name)):
        return reason
    managed = _manages(context, module, function)
    if function.is_generator and (reason := _generator(context, qualified, managed=managed)):
        return reason
    if not function.owner and (where := _looked_up(context, module, name)):
        return f"`{name}` is named as a string in {where}, which looks up attributes by name"
    by_name = program.dotted_strings.get(qualified)
    return f"it is named as a string in {by_name}" if by_name and not routed else ""


def _looked_up(context: Context, module: ModuleFacts, name: str) -> str:
    """The module that may do `getattr(module, name)`."""
    program = context.analyst.program
    for where in program.words.get(name, ()):
        targets = program.imported(where).values()
        reads = any("getattr" in scope.names for scope in program.modules[where].scopes)
        if reads and any(program.locate(target).qualified == module.module for target in targets):
            return where
    return ""


def _decorated(context: Context, module: ModuleFacts, function: Function) -> str:
    program = context.analyst.program
    for decorator in function.decorators:
        name = decorator_name(decorator)
        resolved = program.resolve(module.module, name).qualified if name else ""
        if resolved in PLAIN:
            continue
        if resolved in PROPERTIES or name.rpartition(".")[2] in ("setter", "getter", "deleter"):
            return "a property is read without a call"
        if resolved in _REASONS:
            return _REASONS[resolved]
    return _judged(context, f"{module.module}.{function.qualname}")


def _judged(context: Context, qualified: str) -> str:
    return judged(context, judge_all(context, qualified))


def judged(context: Context, found: Judgement) -> str:
    """Why what these decorators stand on must stay sync, "" when it need not."""
    if found.reason or not found.users:
        return found.reason
    asking = found.users[0].rpartition(".")[2]
    if reason := user_obstacle(context) or user_replaced(context, in_views=False):
        return f"@{asking} asks request.auser() on an async view: {reason}"
    if PERMISSION_REQUIRED in found.users and (reason := permission_obstacle(context)):
        return f"@permission_required asks user.ahas_perms() on an async view: {reason}"
    return ""


def _non_atomic(context: Context, module: ModuleFacts, function: Function) -> bool:
    names = [decorator_name(d) for d in function.decorators]
    resolved = [context.analyst.program.resolve(module.module, n).qualified for n in names if n]
    return "django.db.transaction.non_atomic_requests" in resolved


def _method(context: Context, qualified: str, module: ModuleFacts, function: Function, name: str) -> str:
    analyst, program = context.analyst, context.analyst.program
    owner = f"{module.module}.{function.owner}"
    views = analyst.classes.views
    of_view = views.plain(owner)
    free = of_view or analyst.classes.consumers.plain(owner)
    if name in FAIL_OPEN and not (free and name in _FREE_ON_VIEWS):
        return f"`{name}` is called synchronously by Django or a library: a coroutine would be taken for true or lost"
    if name in context.template_names:
        return f"`{name}` is called by the template {context.template_names[name]}"
    if where := _named_as_string(context, owner, name):
        return f"`{name}` is named as a string in {where}"
    if owner in analyst.graph.models or analyst.classes.is_queryset_class(owner):
        known = analyst.graph.models.get(owner)
        if known is None or known.complete or owner not in analyst.graph.models:
            return orm_name(name)
        return f"the model {owner} has a base outside the project, which may call `{name}`"
    if of_view and name in HOOKS:
        heirs = (owner, *program.descendants(owner))
        if any(not GUARDING.isdisjoint(program.externals(heir)) for heir in heirs):
            return f"`{name}` is called synchronously by Django's mixins for access"
    if analyst.classes.consumers.plain(owner):
        return f"Channels calls `{name}` itself" if name in INSIDES else ""
    if of_view:
        return (
            f"View.dispatch calls `{name}`, and not through a URL pattern that is seen" if name in views.called else ""
        )
    for heir in (owner, *sorted(program.descendants(owner))):  # a mixin is called by what its heirs inherit from
        foreign = [e for e in program.externals(heir) if e not in BENIGN_BASES]
        if foreign:
            return f"{heir} inherits from {foreign[0]}, which may call `{name}` synchronously"
    return ""


def _named_as_string(context: Context, owner: str, name: str) -> str:
    """The module that may look up a method of a class by its name, "" when there is none.

    Of a class that no library knows only the project's own code does that, where it reads computed attributes.
    """
    program = context.analyst.program
    words = [w for w in program.words.get(name, ()) if w in program.roles]
    analyst = context.analyst
    foreign = not analyst.classes.is_own(owner) and any(e not in BENIGN_BASES for e in program.externals(owner))
    if owner in analyst.graph.models or foreign:
        return words[0] if words else ""
    if read := [w for w in program.words.get(f"getattr({name})", ()) if w in program.roles]:
        return read[0]
    computed = program.words.get(COMPUTED, ())
    return next((word for word in words if any(_near(program, word, other) for other in computed)), "")


def _near(program: Program, one: str, other: str) -> bool:
    """Whether a string of one module may get to another: it calls it, or the other takes more than classes from it."""
    if one == other or any(program.locate(t).module == other for t in program.imported(one).values()):
        return True
    taken = (program.locate(t) for t in program.imported(other).values())
    return any(symbol.module == one and symbol.kind != "class" for symbol in taken)


def orm_name(name: str) -> str:
    """Why a method of a model, manager or queryset must keep its name and colour: Django has one of that name."""
    from amigrate.facts import orm_api

    taken = (
        orm_api.LAZY_METHODS | orm_api.TERMINALS.keys() | orm_api.INSTANCE_TERMINALS.keys() | orm_api.INSTANCE_BRIDGED
    )
    if name in taken or name in orm_api.RELATED_TERMINALS:
        return f"`{name}` overrides a method of Django, whose a-method runs it in a thread"
    return ""


def _manages(context: Context, module: ModuleFacts, function: Function) -> bool:
    """Whether a generator function is a context manager."""
    resolve = context.analyst.program.resolve
    return any(resolve(module.module, decorator_name(d)).qualified == MANAGER for d in function.decorators)


def _generator(context: Context, qualified: str, *, managed: bool) -> str:
    node = context.analyst.trees.node(qualified)
    above = parents(node) if node is not None else {}
    for part in walk(node) if node is not None else ():
        if isinstance(part, ast.Return) and part.value is not None:
            return "a generator that returns a value cannot be async"
        if isinstance(part, ast.YieldFrom) and not isinstance(above.get(part), ast.Expr):
            return "the value of `yield from` has no async form"
        if managed:
            continue  # it is always run to its end, and never sent anything
        cleans = isinstance(part, ast.With) or (isinstance(part, ast.Try) and part.finalbody)
        if cleans and any(isinstance(inner, ast.Yield) for inner in walk(part)):
            return "a generator that cleans up after itself: an async one would do that later, or never"
        if isinstance(part, ast.Yield) and not isinstance(above.get(part), ast.Expr):
            return "a generator that is sent values"
    return ""
