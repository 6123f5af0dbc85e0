"""What views are made of beside plain functions: forms, pages, generic classes, helpers that take the request."""

from __future__ import annotations

from tests.fuzz.grammar.blocks import parameters_of
from tests.fuzz.grammar.calls import call
from tests.fuzz.grammar.functions import result_of
from tests.fuzz.grammar.querysets import lists
from tests.fuzz.grammar.scope import Helper, Scope, indented, of
from tests.fuzz.grammar.statements import nested, seen, some_kind, statement


@statement(1)
def paged(s: Scope) -> list[str]:
    s.use("from django.core.paginator import Paginator")
    model = s.model()
    query, name, text = s.bare(f"qs:{model}"), s.module.unique("page"), of(model).texts[0]
    pages = f"Paginator({query}.order_by('pk'), {s.pick('1 2 10')})"
    ways = [
        [f"{name} = {pages}.get_page({s.bare('int')})", seen(s, f"[each.{text} for each in {name}]")],
        [f"{name} = {pages}.page(1)", seen(s, f"[each.{text} for each in {name}.object_list]")],
        [f"{name} = {pages}", seen(s, f"({name}.count, {name}.num_pages, list({name}.page_range))")],
        [f"{name} = {pages}.get_page(1)", f"for each in {name}:", *indented([seen(s, f"each.{text}")]),
         seen(s, f"{name}.has_next()"), seen(s, f"len({name})")],
    ]  # fmt: skip
    return s.random.choice(ways)


@statement(1)
def form(s: Scope) -> list[str]:
    s.use("from django import forms")
    lists(s, "Label")
    name, shown = s.module.unique("LabelForm").replace("_", ""), s.module.unique("form")
    hooks = [
        ["def clean_name(self):", '    return self.cleaned_data["name"].lower()'],
        ["def clean(self):", "    assert Label.objects.count() < 99", "    return super().clean()"],
    ]
    clean = "".join(f"\n    {line}" for line in s.random.choice([[], *hooks]))
    s.module.blocks.append(
        f"class {name}(forms.ModelForm):\n    class Meta:\n        model = Label\n        fields = ['name']{clean}"
    )
    value = s.bare("str")
    ways = [
        [f"if {shown}.is_valid():", f"    {shown}.save()", "else:", *indented([seen(s, f"sorted({shown}.errors)")])],
        [f"if not {shown}.is_valid():", *indented([seen(s, "'bad'")]), "else:",
         *indented([f"made = {shown}.save(commit=False)", "made.save()", seen(s, "made.name")])],
        [seen(s, f"{shown}.is_valid()"), seen(s, f"{shown}.cleaned_data.get('name')")],
    ]  # fmt: skip
    return [f"{shown} = {name}({{'name': {value}}})", *s.random.choice(ways)]


@statement(2)
def request_helper(s: Scope) -> list[str] | None:
    """A function that is given the request."""
    request = s.variable("request")
    if request is None or request.startswith("self"):
        return None
    name, gives, parameters = s.module.unique("for_request"), some_kind(s), parameters_of(s)[:1]
    with s.inner(names={"request": "request"}, gives=gives, in_loop=False, depth=2):
        s.names.update(parameters)
        lines = result_of(s, gives)
    given = ", ".join(["request", *(p for p, _ in parameters)])
    s.module.blocks.append("\n".join([f"def {name}({given}):", *indented(lines)]))
    helper = Helper(name, (("request", "request"), *parameters), gives, plain=False)
    s.module.helpers.append(helper)
    return [call(s, helper)]


@statement(1)
def user_alias(s: Scope) -> list[str] | None:
    request = s.variable("request")
    if request is None:
        return None
    s.use("from django.contrib.auth.models import User")
    name = s.module.unique("user")
    return s.random.choice([
        [f"{name} = {request}.user", seen(s, f"{name}.username"), seen(s, f"{name}.is_authenticated")],
        [f"{name} = getattr({request}, 'user', None)", seen(s, f"{name}.pk if {name} else 0")],
        [seen(s, f"User.objects.filter(pk={request}.user.pk).exists()")],
        [seen(s, f"{request}.user == User.objects.get(username='ann')")],
        [f"if {request}.user.is_authenticated:", *nested(s), "else:", *nested(s)],
        [f"{name} = {request}.user", f"if {name}.is_authenticated and {s.expr('bool')}:",
         *indented([f"{name}.first_name = {s.bare('str')}", f"{name}.save()", seen(s, f"{request}.user.first_name")])],
        [seen(s, f"sorted({request}.user.get_all_permissions())[:1]")],
        [seen(s, f"[{request}.user.username for each in {s.expr('qs:Label')}]")],
        [f"def {name}():", f"    return {request}.user.email", seen(s, f"{name}() if {request}.user.pk else 1")],
    ])  # fmt: skip
