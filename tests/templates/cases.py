"""Templates before and after: `total`, `orders`, `profile` and `stream` are async, with nothing else of these names."""

from __future__ import annotations

from amigrate.model import Replacement
from amigrate.templates.awaiting import awaited_template
from amigrate.templates.uses import Names

NAMES = Names({"total", "orders", "profile", "stream"}, {"user", "user_profile_taken"}, {"badge"})
LOAD = "{% load ahead %}"

AWAITED = {
    # variables
    "{{ user.total }}": LOAD + "{% await user.total %}",
    "{{user.total}}": LOAD + "{% await user.total %}",
    "{{  user.total|add:1  }}": LOAD + "{%  await user.total|add:1  %}",
    "{{ user.total | add:1 | default:'a | b' }}": LOAD + "{% await user.total|add:1|default:'a | b' %}",
    "{{ user.profile.name }}": LOAD + "{% await user.profile.name %}",
    "{{ user.profile.orders.0 }}": LOAD + "{% await user.profile.orders.0 %}",
    "{{ 2|add:user.total }}": LOAD + "{% await 2|add:user.total %}",
    "ü {{ user.total }} ü\r\n": LOAD + "ü {% await user.total %} ü\r\n",
    # tags
    "{% for o in user.orders %}{{ o }}{% endfor %}": LOAD + "{% for o in user.orders|awaited %}{{ o }}{% endfor %}",
    "{% for o in user.orders|slice:'1:' reversed %}{{ o }},{% empty %}-{% endfor %}": LOAD
    + "{% for o in user.orders|awaited|slice:'1:' reversed %}{{ o }},{% empty %}-{% endfor %}",
    "{% for o in user.stream %}{{ o }}{% endfor %}": LOAD + "{% for o in user.stream|awaited %}{{ o }}{% endfor %}",
    "{% if user.total %}y{% else %}n{% endif %}": LOAD + "{% if user.total|awaited %}y{% else %}n{% endif %}",
    "{% if not user.none.total %}y{% endif %}": LOAD + "{% if not user.none.total|awaited %}y{% endif %}",
    "{% if user.fails and user.total > 1 %}y{% elif user.total >= 3 %}3{% endif %}": LOAD
    + "{% if user.fails and user.total|awaited > 1 %}y{% elif user.total|awaited >= 3 %}3{% endif %}",
    "{% with t=user.total %}{{ t }}{% endwith %}": LOAD + "{% with t=user.total|awaited %}{{ t }}{% endwith %}",
    "{% with user.total as t %}{{ t }}{% endwith %}": LOAD + "{% with user.total|awaited as t %}{{ t }}{% endwith %}",
    "{% for o in user.profile.friends %}{{ o }}{% endfor %}": LOAD
    + "{% await user.profile as user_profile %}{% for o in user_profile.friends %}{{ o }}{% endfor %}",
    "{% if user.profile.total == 4 %}y{% endif %}": LOAD
    + "{% await user.profile as user_profile %}{% if user_profile.total|awaited == 4 %}y{% endif %}",
    "{% firstof user.none user.total %}": LOAD + "{% firstof user.none user.total|awaited %}",
    "{% cycle user.total 'x' %}": LOAD + "{% cycle user.total|awaited 'x' %}",
    "{% widthratio user.total 10 100 %}": LOAD + "{% widthratio user.total|awaited 10 100 %}",
    "{% ifchanged user.total %}c{% endifchanged %}": LOAD + "{% ifchanged user.total|awaited %}c{% endifchanged %}",
    "{% badge user.total label='x y' %}": LOAD + "{% badge user.total|awaited label='x y' %}",
    "{% badge label=user.total %}": LOAD + "{% badge label=user.total|awaited %}",
    # where the tags are loaded
    "{% load i18n %}{% blocktranslate with t=user.total %}{{ t }} of {{ t }}{% endblocktranslate %}": (
        "{% load ahead i18n %}{% blocktranslate with t=user.total|awaited %}{{ t }} of {{ t }}{% endblocktranslate %}"
    ),
    "{% load static i18n %}{{ user.total }}": "{% load static i18n ahead %}{% await user.total %}",
    "{% load lower from stringy %}{{ user.total }}": LOAD + "{% load lower from stringy %}{% await user.total %}",
    "{{ user.total }}{% load i18n %}": LOAD + "{% await user.total %}{% load i18n %}",
    "{% extends 'base.html' %}\n{% block main %}{{ user.total }}{% endblock %}": (
        "{% extends 'base.html' %}\n{% load ahead %}\n{% block main %}{% await user.total %}{% endblock %}"
    ),
    "{% load ahead %}{% await user.orders %}{{ user.total }}": (
        "{% load ahead %}{% await user.orders %}{% await user.total %}"
    ),
}

LEFT = [
    "{{ total }}{{ user.totals }}{{ user.name }} user.total",
    "{# {{ user.total }} #}{% comment 'why' %}{{ user.total }}{% endcomment %}",
    "{% verbatim x %}{{ user.total }}{% endverbatim x %}",
    "{{ 'user.total' }}{% if name == 'user.total' %}{% endif %}",
    "{% load ahead %}{% await user.total %}{% if user.total|awaited %}{% endif %}{{ user.total|awaited|add:1 }}",
    "{% load i18n %}{% blocktranslate %}{{ user.total }}{% endblocktranslate %}",
    "{% include 'a.html' with total=1 %}",
    "",
    "{{ }}{% %}",
]

REFUSED = {
    "{% widget user.total %}": "takes filters",
    "{% elif user.profile.name %}": "cannot be awaited before the tag",
    "{% if a and user.profile.name %}": "cannot be awaited before the tag",
    "{% for o in list|slice:user.total %}": "the argument of a filter",
}


def awaited(source: str, names: Names = NAMES) -> str:
    """A template with its edits made."""
    found = awaited_template(source.encode(), names)
    edits: list[Replacement] = [found.load] if found.load else []
    edits += [edit for use in found.uses for edit in use.edits]
    data, moved = source.encode(), 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        data = data[: edit.start + moved] + edit.after + data[edit.end + moved :]
        moved += len(edit.after) - (edit.end - edit.start)
    return data.decode()
