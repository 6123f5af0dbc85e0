"""Models with one relation of each kind, for their related managers: classes that Django makes inside functions."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models

FIELDS = "django.db.models.fields.related_descriptors"
GENERIC = "django.contrib.contenttypes.fields"


class Tag(models.Model):
    content_type: Any = models.ForeignKey(ContentType, models.CASCADE)
    object_id: Any = models.IntegerField()
    target = GenericForeignKey()

    class Meta:
        app_label = "surface"


class Author(models.Model):
    tags = GenericRelation(Tag)

    class Meta:
        app_label = "surface"


class Book(models.Model):
    # Nullable: only then the reverse manager has `remove` and `clear`.
    author: Any = models.ForeignKey(Author, models.CASCADE, null=True, related_name="books")
    readers = models.ManyToManyField(Author, related_name="read")

    class Meta:
        app_label = "surface"


def related_managers() -> dict[str, type]:
    """The dotted name of each kind of related manager, with a class of that kind."""
    author: Any = Author
    book: Any = Book
    return {
        f"{FIELDS}.create_reverse_many_to_one_manager.RelatedManager": author.books.related_manager_cls,
        f"{FIELDS}.create_forward_many_to_many_manager.ManyRelatedManager": book.readers.related_manager_cls,
        f"{GENERIC}.create_generic_related_manager.GenericRelatedObjectManager": author.tags.related_manager_cls,
    }
