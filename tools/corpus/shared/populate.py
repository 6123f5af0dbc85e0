"""Two objects of each model, from the fields alone. Every text of the first is `one`, of the second `two`.

So that URLs with a name, a slug or a number find them: `/hosts/one/`, `/packages/1/`.
"""

import contextlib
import datetime
import sys

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import IntegrityError, models, transaction

WORDS = ("one", "two")
MOMENT = datetime.datetime(2024, 5, 17, 12, 0, tzinfo=datetime.UTC)


def populate(packages):
    """Fills the models of the apps in `packages`; what cannot be made so simply is named on stderr and left out.

    Models wait for those that they refer to, so it goes round until nothing more can be made.
    """
    for word in WORDS:
        get_user_model().objects.create_user(username=word, email=f"{word}@example.org", password=word)
    waiting = [model for model in apps.get_models() if model.__module__.partition(".")[0] in packages]
    waiting += strangers(waiting)
    waiting = [model for model in waiting if not model._meta.auto_created and not model._meta.proxy]
    made = True
    while waiting and made:
        made = [model for model in waiting if all(create(model, word) for word in WORDS)]
        waiting = [model for model in waiting if model not in made]
    for model in waiting:
        print(f"no objects of {model.__module__}.{model.__name__}", file=sys.stderr)
    for model in apps.get_models():
        if model.__module__.partition(".")[0] in packages and model._meta.managed and not model._meta.proxy:
            fill_relations(model)
    for field in get_user_model()._meta.many_to_many:
        relate(get_user_model(), field)
    for model in apps.get_models():
        for field in model._meta.many_to_many if model.__module__.partition(".")[0] in packages else ():
            relate(model, field)


def strangers(models_of_packages):
    """The models of other apps that these refer to and that have no rows, such as groups."""
    users = get_user_model()
    fields = [f for model in (users, *models_of_packages) for f in model._meta.get_fields() if f.is_relation]
    found = {f.related_model for f in fields if f.concrete and f.related_model not in (None, users)}
    return [model for model in sorted(found - set(models_of_packages), key=str) if not model._base_manager.exists()]


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


def fill_relations(model):
    """Gives each row what was not there yet when it was made; a row never refers to itself."""
    for number, owner in enumerate(model._base_manager.order_by("pk")[: len(WORDS)]):
        for field in model._meta.concrete_fields:
            if not field.is_relation or getattr(owner, field.attname) is not None:
                continue
            to_itself = field.related_model in (model, *model._meta.parents)
            others = field.related_model._base_manager.order_by("pk")
            chosen = others.first() if to_itself and number else others[number : number + 1].first()
            if chosen is None or (to_itself and not number):
                continue
            with contextlib.suppress(IntegrityError), transaction.atomic():
                model._base_manager.filter(pk=owner.pk).update(**{field.name: chosen})


def relate(model, field):
    for owner in model._base_manager.all():
        try:
            with transaction.atomic():
                getattr(owner, field.name).add(*field.related_model._base_manager.order_by("pk")[:2])
        except Exception:
            print(f"{model.__name__}.{field.name} stays empty", file=sys.stderr)
