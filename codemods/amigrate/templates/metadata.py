"""What `amigrate list` and `amigrate explain` say of the codemods for templates."""

from __future__ import annotations

from amigrate.codemod import Metadata

AWAITING = Metadata(
    id="async-templates",
    summary="Await what is async in templates, with {% await %} and the filter awaited",
    why=(
        "Django's template language awaits nothing: of an async method {{ }} prints a coroutine, what is looked up on "
        "one prints nothing, and {% if %} is always true. {% await %} and the filter awaited of django_ahead await it, "
        "in a render in a thread and in sync code, and use any other value as it is."
    ),
    fix_safety=(
        "Review: templates have no types. A name counts if it is an async method of the project, and nothing else that "
        "a template could look up has that name. The rest of the page is the same, byte for byte."
    ),
    links=("https://docs.djangoproject.com/en/stable/topics/async/#async-safety",),
    when_not=(
        "Where a template is rendered by render() on the event loop itself. Without django_ahead (`--no-runtime`) "
        "such places are named, and nothing is changed."
    ),
)

UPDATING = Metadata(
    id="template-syntax",
    summary="Update Django's own template syntax with djade (only if selected)",
    why=(
        "Newer Djangos have other words for some tags and filters: translate for trans, == for length_is, "
        "{% with a=b %} for {% with b as a %}. djade knows them by the version that brought them."
    ),
    fix_safety=(
        'Review: each tag says the same in newer words; only json_script with an empty id no longer writes id="". '
        "Only tags that change their words are touched: djade's formatting is not taken over."
    ),
    links=("https://docs.djangoproject.com/en/stable/ref/templates/builtins/",),
    when_not="Where you format templates with djade itself, which does this and more. Jinja2 templates are left.",
)
