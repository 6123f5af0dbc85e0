"""Two objects of each model, from the fields alone. Every text of the first is `one`, of the second `two`.

So that URLs with a name, a slug or a number find them: `/hosts/one/`, `/packages/1/`.
"""

import datetime
import sys

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models, transaction

WORDS = ("one", "two")
MOMENT = datetime.datetime(2024, 5, 17, 12, 0, tzinfo=datetime.UTC)


def populate(packages):
    """Fills the models of the apps in `packages`; what cannot be made so simply is named on stderr and left out.

    Models wait for those that they refer to, so it goes round until nothing more can be made.
    """
    for word in WORDS:
        get_user_model().objects.create(username=word, email=f"{word}@example.org")
    waiting = [model for model in apps.get_models() if model.__module__.partition(".")[0] in packages]
    waiting = [model for model in waiting if not model._meta.auto_created and not model._meta.proxy]
    made = True
    while waiting and made:
        made = [model for model in waiting if all(create(model, word) for word in WORDS)]
        waiting = [model for model in waiting if model not in made]
    for model in waiting:
        print(f"no objects of {model.__module__}.{model.__name__}", file=sys.stderr)
    for model in apps.get_models():
        for field in model._meta.many_to_many if model.__module__.partition(".")[0] in packages else ():
            relate(model, field)


def make_administrator(user):
    """Gives `user` every right that a flag gives, also on what a project keeps beside the user."""
    related = [relation for relation in user._meta.related_objects if relation.one_to_one]
    owned = [(relation.related_model, {relation.field.name: user}) for relation in related]
    for model, lookup in [(type(user), {"pk": user.pk}), *owned]:
        fields = [field for field in model._meta.concrete_fields if isinstance(field, models.BooleanField)]
        flags = {field.name: True for field in fields if field.name.startswith("is_")}
        if flags:
            model._base_manager.filter(**lookup).update(**flags)


def create(model, word):
    try:
        with transaction.atomic():
            values = {field.name: value_of(field, word) for field in model._meta.concrete_fields if needs_value(field)}
            model._base_manager.create(**values)
    except Exception:
        return False
    return True


def needs_value(field):
    # Defaults of numbers mean something. Texts should be there to be shown, and times be the same in each run.
    wanted = isinstance(field, models.CharField | models.TextField | models.DateField) and not field.choices
    return not field.primary_key and (wanted or field.is_relation or not (field.has_default() or field.null))


def value_of(field, word):
    number = WORDS.index(word)
    if field.is_relation:
        related = field.related_model._base_manager.order_by("pk")
        return related[number] if related.count() > number else (None if field.null else related[0])
    if field.choices:
        return field.flatchoices[0][0]
    if isinstance(field, models.URLField):
        return f"https://{word}.example.org/"
    if isinstance(field, models.EmailField):
        return f"{word}@example.org"
    if isinstance(field, models.CharField | models.TextField | models.FileField):
        return word
    if isinstance(field, models.DateTimeField):
        return MOMENT
    if isinstance(field, models.DateField):
        return MOMENT.date()
    if isinstance(field, models.GenericIPAddressField):
        return f"192.0.2.{number + 1}"
    return number + 1


def relate(model, field):
    for owner in model._base_manager.all():
        try:
            with transaction.atomic():
                getattr(owner, field.name).add(*field.related_model._base_manager.order_by("pk")[:2])
        except Exception:
            print(f"{model.__name__}.{field.name} stays empty", file=sys.stderr)
