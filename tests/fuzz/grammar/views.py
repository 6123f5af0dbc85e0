"""Views: what a request carries, decorators, responses, classes."""

from __future__ import annotations

from random import Random

from tests.fuzz.grammar.functions import scope
from tests.fuzz.grammar.querysets import lists
from tests.fuzz.grammar.scope import Helper, Module, Scope, indented, yields
from tests.fuzz.grammar.statements import body, statement


@yields("str", 3)
def of_request(s: Scope, _: str) -> str | None:
    request = s.variable("request")
    if request is None:
        return None
    s.use("from django.contrib.auth.models import User")
    return s.pick([
        f"{request}.user.username", f"{request}.user.email", f"str({request}.user)", f"{request}.path",
        f'{request}.GET.get("q", "none")', f'{request}.session.get("word", "-")', f"{request}.method",
        f'(", ".join(group.name for group in {request}.user.groups.all()))',
    ])  # fmt: skip


@yields("bool", 3)
def asked_of_request(s: Scope, _: str) -> str | None:
    request = s.variable("request")
    if request is None:
        return None
    return s.pick([
        f"{request}.user.is_authenticated", f'{request}.user.has_perm("desk.add_task")', f"{request}.user.is_staff",
        f'("word" in {request}.session)', f'({request}.method == "GET")',
    ])  # fmt: skip


@statement(2)
def session(s: Scope) -> list[str] | None:
    request = s.variable("request")
    if request is None:
        return None
    s.use("from django.contrib import messages")
    return [s.pick([
        f'{request}.session["word"] = {s.bare("str")}', f'{request}.session["n"] = {s.bare("int")}',
        f'{request}.session.pop("word", None)', f"messages.info({request}, {s.bare('str')})",
        f'out.append({request}.session.setdefault("word", {s.bare("str")}))',
    ])]  # fmt: skip


def response(s: Scope) -> list[str]:
    """The last statements of a view."""
    s.use("from django.http import HttpResponse, JsonResponse")
    request = s.known("request")[-1]
    roll = s.random.random()
    if roll < 0.4:
        return ["return HttpResponse(str(out))"]
    if roll < 0.6:
        values = f'"rows": {s.bare("strs")}, "n": {s.bare("int")}, "out": out'
        return [f"return JsonResponse({{{values}}})"]
    s.use("from django.shortcuts import redirect, render")
    if roll < 0.65:
        return [f'return redirect("/there/" + str({s.bare("int")}) + "/")']
    template, context = s.random.choice([
        ("tasks.html", f'"tasks": {s.bare(s.pick("qs:Task rows:Task iter:Task"))}'),
        ("detail.html", f'"tasks": {s.bare(s.pick("qs:Task rows:Task"))}, "person": {s.bare("row:Person")}'),
        ("owner.html", f'"task": {s.bare("row:Task")}'),
        ("user.html", f'"n": {s.bare("int")}'),
    ])  # fmt: skip
    if roll < 0.7:
        s.use("from django.template.response import TemplateResponse")
        return [f'return TemplateResponse({request}, "tasks.html", {{"tasks": {s.bare("qs:Task")}}})']
    if roll < 0.74:
        s.use("from django.http import StreamingHttpResponse")
        return [f"return StreamingHttpResponse(text for text in {s.bare('strs')})"]
    made = f'render({request}, "{template}", {{{context}, "out": out}})'
    if s.chance(0.3):
        return [f"answer = {made}", 'answer["X-Out"] = str(len(out))', "return answer"]
    return [f"return {made}"]


def entry(random: Random, module: Module) -> dict[str, object]:
    """The view that is asked, and how."""
    spec: dict[str, object] = {"kind": "view", "path": "/v/2/"}
    if random.random() < 0.6:
        spec["login"] = "ann"
    if random.random() < 0.3:
        spec |= {"method": "post", "data": {"q": "Beta"}}
    if random.random() < 0.2:
        spec["times"] = 2
    request = random.choice(("request", "request", "req"))
    if random.random() < 0.35:
        (_generic if random.random() < 0.4 else _class)(random, module, request)
        return spec
    s = scope(random, module, 40, names={request: "request", "pk": "int"})
    lines = [f"def view({request}, pk):", *indented(["out = []", *_work(s)])]
    module.blocks.append("\n".join([*_decorators(s), *lines]))
    return spec


def _work(s: Scope) -> list[str]:
    return [*body(s, s.random.choice((1, 1, 2, 3))), *response(s)]


def _decorators(s: Scope) -> list[str]:
    s.use("from django.contrib.auth.decorators import login_required, permission_required")
    s.use("from django.views.decorators.cache import never_cache")
    s.use("from django.views.decorators.csrf import csrf_exempt")
    s.use("from django.views.decorators.http import require_GET, require_http_methods")
    every = ["@login_required", "@csrf_exempt", "@never_cache", '@require_http_methods(["GET", "POST"])']
    every += ['@permission_required("desk.add_task", raise_exception=True)', "@require_GET"]
    return s.random.sample(every, s.random.choice((0, 0, 0, 0, 1, 1, 2)))


def _class(random: Random, module: Module, request: str) -> None:
    s = scope(random, module, 40, names={request: "request", "pk": "int"})
    s.use("from django.views import View")
    lists(s, "Task")
    lines = ["class Shown(View):"]
    if s.chance(0.5):
        with s.inner(names={"self.request": "request"}):
            text = s.bare("qs:Task")
        lines += ["    def get_tasks(self):", f"        return {text}", ""]
        s.helpers.append(Helper("self.get_tasks", (), "qs:Task", plain=False))
    for at, method in enumerate(("get", "post")):
        with s.inner():
            lines += [""] * bool(at) + [f"    def {method}(self, {request}, pk):"]
            lines += indented(indented(["out = []", *_work(s)]))
    module.blocks.append("\n".join(lines))
    module.blocks.append("view = Shown.as_view()")


def _generic(random: Random, module: Module, request: str) -> None:
    """A generic view with some of its hooks."""
    s = scope(random, module, 30, names={"self.request": "request"})
    s.use("from django.views import generic")
    lists(s, "Task")
    base, template, name = s.random.choice(
        [("ListView", "tasks.html", "tasks"), ("DetailView", "owner.html", "task"), ("TemplateView", "user.html", "")]
    )
    lines = [f"class Shown(generic.{base}):", f'    template_name = "{template}"']
    if name:
        lines += [f'    context_object_name = "{name}"']
        if s.chance(0.6):
            query = "qs:Task" if base == "ListView" else ""
            lines += [
                "",
                "    def get_queryset(self):",
                f"        return {s.bare(query) if query else 'Task.objects.all()'}",
            ]
        else:
            lines += ["    model = Task"]
    if s.chance(0.6):
        lines += ["", "    def get_context_data(self, **kwargs):", "        out = []"]
        lines += indented(indented(body(s, s.random.choice((1, 2)), 1)))
        lines += ["        return super().get_context_data(**kwargs) | {'out': out}"]
    if s.chance(0.3):
        lines += ["", f"    def get(self, {request}, *args, **kwargs):", "        out = []"]
        lines += indented(indented(body(s, 1, 1)))
        lines += [f"        return super().get({request}, *args, **kwargs)"]
    module.blocks.append("\n".join(lines))
    module.blocks.append("view = Shown.as_view()")
