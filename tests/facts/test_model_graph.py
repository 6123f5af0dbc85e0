"""Fields, relations, reverse names and managers of models across modules."""

from __future__ import annotations

import pytest

from amigrate.discover.data import Settings
from amigrate.facts.model_graph import ModelGraph, build
from tests.memory import program

HEAD = "from django.db import models\n"
FK = "models.ForeignKey({}, on_delete=models.CASCADE)"
TAGS = "Book, related_name='tags'"
USER = "django.contrib.auth.models.User"


def graph(text: str, settings: Settings | None = None, **others: str) -> ModelGraph:
    files = {f"{name}/models.py": HEAD + body for name, body in others.items()}
    return build(program({"shop/models.py": HEAD + text, **files}, settings))


def field(models: ModelGraph, model: str, name: str) -> tuple[str, str]:
    found = models.field(model, name)
    assert found is not None, f"{model} has no {name}: {sorted(models.models[model].fields)}"
    return found.kind, found.target


ONE = "class Author(models.Model): pass\nclass Book(models.Model):\n    {}\n"


@pytest.mark.parametrize(
    ("declared", "own", "reverse"),
    [
        (f"author = {FK.format('Author')}", ("author", "fk"), ("book_set", "reverse_fk")),
        (f"author = {FK.format(repr('Author'))}", ("author", "fk"), ("book_set", "reverse_fk")),
        (f"author = {FK.format(repr('shop.Author'))}", ("author", "fk"), ("book_set", "reverse_fk")),
        (f"author = {FK.format('to=Author')}", ("author", "fk"), ("book_set", "reverse_fk")),
        ("author = models.OneToOneField(Author, models.CASCADE)", ("author", "o2o"), ("book", "reverse_o2o")),
        ("author = models.ManyToManyField(Author)", ("author", "m2m"), ("book_set", "reverse_m2m")),
        ("author = models.ManyToManyField(Author, through='X')", ("author", "m2m"), ("book_set", "reverse_m2m")),
        (f"author = {FK.format('Author, related_name=`r`')}", ("author", "fk"), ("r", "reverse_fk")),
        (f"author = {FK.format('Author, related_name=`%(class)s_of`')}", ("author", "fk"), ("book_of", "reverse_fk")),
        (f"author = {FK.format('Author, related_name=`%(app_label)s_x`')}", ("author", "fk"), ("shop_x", "reverse_fk")),
    ],
)
def test_relations(declared: str, own: tuple[str, str], reverse: tuple[str, str]) -> None:
    models = graph(ONE.format(declared.replace("`", "'")))
    assert field(models, "shop.models.Book", own[0]) == (own[1], "shop.models.Author")
    assert field(models, "shop.models.Author", reverse[0]) == (reverse[1], "shop.models.Book")


def test_a_relation_without_a_reverse() -> None:
    models = graph(ONE.format(f"author = {FK.format('Author, related_name=`+`')}".replace("`", "'")))
    assert set(models.models["shop.models.Author"].fields) == {"id", "pk"}


def test_default_related_name() -> None:
    declared = f"author = {FK.format('Author')}\n    class Meta:\n        default_related_name = '%(class)ss'"
    models = graph(ONE.format(declared))
    assert field(models, "shop.models.Author", "books") == ("reverse_fk", "shop.models.Book")
    assert models.field("shop.models.Author", "book_set") is None


def test_self() -> None:
    models = graph("class Node(models.Model):\n    parent = " + FK.format("'self', null=True"))
    assert field(models, "shop.models.Node", "parent") == ("fk", "shop.models.Node")
    assert field(models, "shop.models.Node", "node_set") == ("reverse_fk", "shop.models.Node")
    found = models.field("shop.models.Node", "parent")
    assert found is not None and found.nullable and found.attname == "parent_id"


@pytest.mark.parametrize("target", ["settings.AUTH_USER_MODEL", "get_user_model()", "User", "'auth.User'", "UserAlias"])
def test_the_user_model(target: str) -> None:
    text = (
        "from django.conf import settings\nfrom django.contrib.auth import get_user_model\n"
        f"from django.contrib.auth.models import User\nUserAlias = get_user_model()\n{ONE}"
    )
    models = graph(text.format("owner = " + FK.format(target)))
    assert field(models, "shop.models.Book", "owner") == ("fk", USER)
    assert field(models, USER, "book_set") == ("reverse_fk", "shop.models.Book")


def test_a_user_model_of_the_project() -> None:
    text = (
        "from django.conf import settings\nfrom django.contrib.auth.models import AbstractUser\n"
        "class Person(AbstractUser): pass\n" + ONE.format("owner = " + FK.format("settings.AUTH_USER_MODEL"))
    )
    models = graph(text, Settings(auth_user_model="shop.Person"))
    assert models.user_model == "shop.models.Person"
    assert field(models, "shop.models.Book", "owner") == ("fk", "shop.models.Person")
    assert field(models, "shop.models.Person", "book_set") == ("reverse_fk", "shop.models.Book")
    assert field(models, "shop.models.Person", "groups")[0] == "m2m"
    assert models.models["shop.models.Person"].complete


def test_abstract_bases_hand_their_fields_down() -> None:
    models = graph(
        "class Author(models.Model): pass\n"
        f"class Owned(models.Model):\n    owner = {FK.format('Author, related_name=`%(class)s_owned`')}\n"
        "    class Meta:\n        abstract = True\n".replace("`", "'")
        + "class Book(Owned): pass\nclass Map(Owned):\n    class Meta(Owned.Meta):\n        abstract = False\n"
    )
    author = models.models["shop.models.Author"]
    assert set(author.fields) == {"id", "pk", "book_owned", "map_owned"}
    assert field(models, "shop.models.Book", "owner") == ("fk", "shop.models.Author")
    assert models.models["shop.models.Owned"].abstract and not models.models["shop.models.Map"].abstract


def test_a_parent_with_a_table_of_its_own() -> None:
    models = graph(
        "class Author(models.Model): pass\n"
        f"class Item(models.Model):\n    author = {FK.format('Author')}\n"
        "class Book(Item): pass\nclass Cheap(Item):\n    class Meta:\n        proxy = True\n"
    )
    author = models.models["shop.models.Author"]
    assert author.fields["item_set"].target == "shop.models.Item"
    assert "book_set" not in author.fields and "cheap_set" not in author.fields
    assert field(models, "shop.models.Book", "author") == ("fk", "shop.models.Author")
    assert field(models, "shop.models.Cheap", "author") == ("fk", "shop.models.Author")


def test_relations_to_a_subclass_are_also_had_by_it_alone() -> None:
    models = graph(
        "class Item(models.Model): pass\nclass Book(Item): pass\n"
        f"class Tag(models.Model):\n    item = {FK.format('Item')}\n    book = {FK.format(TAGS)}\n"
    )
    assert field(models, "shop.models.Book", "tag_set") == ("reverse_fk", "shop.models.Tag")
    assert field(models, "shop.models.Book", "tags") == ("reverse_fk", "shop.models.Tag")
    assert models.field("shop.models.Item", "tags") is None


def test_another_app_by_label() -> None:
    models = graph(ONE.format("x = 1"), press="class House(models.Model):\n    book = " + FK.format("'shop.Book'"))
    assert field(models, "press.models.House", "book") == ("fk", "shop.models.Book")
    assert field(models, "shop.models.Book", "house_set") == ("reverse_fk", "press.models.House")


def test_generic_relations() -> None:
    models = graph(
        "from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation\n"
        "class Note(models.Model):\n    target = GenericForeignKey()\n"
        "class Book(models.Model):\n    notes = GenericRelation('Note')\n"
    )
    assert field(models, "shop.models.Note", "target") == ("gfk", "")
    assert field(models, "shop.models.Book", "notes") == ("generic", "shop.models.Note")


MANAGERS = {
    "objects = models.Manager()": {"objects": ""},
    "objects = BookManager()": {"objects": "shop.models.BookManager"},
    "objects = BookQuerySet.as_manager()": {"objects": "shop.models.BookQuerySet"},
    "objects = BookManager.from_queryset(BookQuerySet)()": {
        "objects": "shop.models.BookManager|shop.models.BookQuerySet"
    },
    "objects = Both()": {"objects": "shop.models.BookManager|shop.models.BookQuerySet"},
    "published = BookManager()": {"published": "shop.models.BookManager"},
    "x = 1": {"objects": ""},
}


@pytest.mark.parametrize("declared", MANAGERS)
def test_managers(declared: str) -> None:
    models = graph(
        "class BookManager(models.Manager): pass\nclass BookQuerySet(models.QuerySet): pass\n"
        "Both = BookManager.from_queryset(BookQuerySet)\n"
        f"class Book(models.Model):\n    {declared}\n"
    )
    found = models.models["shop.models.Book"]
    assert dict(found.managers) == MANAGERS[declared]
    assert found.default_manager == next(iter(MANAGERS[declared]))


def test_managers_are_inherited() -> None:
    models = graph(
        "class Q(models.QuerySet): pass\nclass Base(models.Model):\n    live = Q.as_manager()\n"
        "    class Meta:\n        abstract = True\nclass Book(Base): pass\n"
    )
    assert dict(models.models["shop.models.Book"].managers) == {"live": "shop.models.Q"}


def test_bases_of_libraries_make_a_model_incomplete() -> None:
    models = graph(
        "from model_utils.models import TimeStampedModel\nfrom mptt.models import MPTTModel\n"
        "class Book(TimeStampedModel): pass\nclass Plain(models.Model): pass\nclass Helper: pass\n"
    )
    assert not models.models["shop.models.Book"].complete
    assert models.models["shop.models.Plain"].complete
    assert "shop.models.Helper" not in models.models
