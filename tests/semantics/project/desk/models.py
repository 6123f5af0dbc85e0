from functools import cached_property

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models


class Firm(models.Model):
    name = models.CharField(max_length=50)
    city = models.CharField(max_length=50, default="")

    class Meta:
        ordering = ["id"]


class Person(models.Model):
    name = models.CharField(max_length=50)
    age = models.IntegerField(default=30)
    email = models.EmailField(unique=True, null=True)
    firm = models.ForeignKey(Firm, null=True, on_delete=models.SET_NULL, related_name="people")
    remarks = GenericRelation("Remark")

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return self.name


class Badge(models.Model):
    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="badge")
    code = models.CharField(max_length=10)


class Label(models.Model):
    name = models.CharField(max_length=30, unique=True)

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return self.name


class Log(models.Model):
    action = models.CharField(max_length=100)


class TaskQuerySet(models.QuerySet):
    def open(self):
        return self.filter(done=False)

    def light(self, limit=10):
        return self.filter(points__lt=limit)

    def points(self):
        return self.aggregate(total=models.Sum("points"))["total"] or 0

    def titles(self):
        return [task.title for task in self]

    def rename(self, title):
        return self.update(title=title)


class TaskManager(models.Manager.from_queryset(TaskQuerySet)):
    def titled(self, title):
        return self.get(title=title)

    def busiest(self):
        return self.order_by("-points").first()


class Task(models.Model):
    title = models.CharField(max_length=100)
    slug = models.SlugField(default="", blank=True)
    points = models.IntegerField(default=1)
    done = models.BooleanField(default=False)
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tasks")
    reviewer = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="reviews")
    labels = models.ManyToManyField(Label, related_name="tasks", blank=True)
    remarks = GenericRelation("Remark")

    objects = TaskManager()

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return f"{self.title} for {self.owner.name}"

    def save(self, *args, **kwargs):
        if not self.slug:
            self.slug = self.title.lower().replace(" ", "-")
        super().save(*args, **kwargs)
        Log.objects.create(action=f"save:{self.slug}")

    def get_absolute_url(self):
        return f"/tasks/{self.owner.name}/{self.pk}/"

    @property
    def owner_name(self):
        return self.owner.name

    @cached_property
    def label_names(self):
        return [label.name for label in self.labels.all()]

    def bump(self, by=1):
        self.points += by
        self.save()
        return self.points


class Remark(models.Model):
    text = models.CharField(max_length=100)
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveIntegerField()
    target = GenericForeignKey("content_type", "object_id")

    class Meta:
        ordering = ["id"]


class Wallet(models.Model):
    holder = models.CharField(max_length=20)
    amount = models.IntegerField(default=0)

    class Meta:
        ordering = ["id"]

    def clean(self):
        if Wallet.objects.filter(holder=self.holder).exclude(pk=self.pk).exists():
            raise ValidationError("holder taken")


class Node(models.Model):
    name = models.CharField(max_length=20)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")

    class Meta:
        ordering = ["id"]


class LiveManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(live=True)


class Paper(models.Model):
    """Deleting one only hides it."""

    name = models.CharField(max_length=20)
    live = models.BooleanField(default=True)

    objects = LiveManager()
    everything = models.Manager()

    class Meta:
        ordering = ["id"]

    def delete(self, *args, **kwargs):
        self.live = False
        self.save(update_fields=["live"])
        return 0, {}


class Place(models.Model):
    name = models.CharField(max_length=20)
    firm = models.ForeignKey(Firm, null=True, on_delete=models.SET_NULL, related_name="places")

    class Meta:
        ordering = ["id"]


class Cafe(Place):
    seats = models.IntegerField(default=4)

    def save(self):
        self.name = self.name.title()
        super().save()


class StampManager(models.Manager):
    def create(self, **fields):
        fields["name"] = fields["name"].upper()
        return super().create(**fields)

    def names(self):
        return [stamp.name for stamp in self.all()]


class Stamp(models.Model):
    name = models.CharField(max_length=20)
    task = models.ForeignKey(Task, null=True, on_delete=models.CASCADE, related_name="stamps")
    mate = models.ForeignKey(Person, to_field="email", null=True, on_delete=models.CASCADE, related_name="stamps")

    objects = StampManager()

    class Meta:
        ordering = ["id"]


class Ticket(models.Model):
    code = models.CharField(max_length=10, primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tickets")

    class Meta:
        ordering = ["code"]


class Stub(models.Model):
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="stubs")
    row = models.IntegerField(default=1)

    class Meta:
        ordering = ["id"]
