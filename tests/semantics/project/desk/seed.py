from django.contrib.auth.models import Group, Permission, User

from .models import Badge, Cafe, Firm, Label, Node, Paper, Person, Place, Remark, Stamp, Stub, Task, Ticket, Wallet


def seed():
    acme = Firm.objects.create(name="Acme", city="Oslo")
    bolt = Firm.objects.create(name="Bolt", city="Rome")
    ann = Person.objects.create(name="Ann", age=30, email="ann@x.io", firm=acme)
    bob = Person.objects.create(name="Bob", age=50, email="bob@x.io", firm=bolt)
    cyd = Person.objects.create(name="Cyd", age=60, email="cyd@x.io")
    Badge.objects.create(person=ann, code="A1")
    labels = [Label.objects.create(name=name) for name in ("home", "work", "play")]
    rows = [
        ("Alpha", 5, False, ann, bob),
        ("Beta", 8, False, ann, None),
        ("Gamma", 13, True, bob, ann),
        ("Delta", 3, False, bob, None),
        ("Eps One", 2, True, cyd, ann),
    ]
    for at, (title, points, done, owner, reviewer) in enumerate(rows):
        task = Task.objects.create(title=title, points=points, done=done, owner=owner, reviewer=reviewer)
        task.labels.set(labels[: at % 3 + 1])
    Remark.objects.create(text="r1", target=ann)
    Remark.objects.create(text="r2", target=Task.objects.get(title="Alpha"))
    Wallet.objects.create(holder="x", amount=100)
    Wallet.objects.create(holder="y", amount=5)
    root = Node.objects.create(name="root")
    left = Node.objects.create(name="left", parent=root)
    Node.objects.create(name="right", parent=root)
    Node.objects.create(name="leaf", parent=left)
    Paper.everything.create(name="p1")
    Paper.everything.create(name="p2")
    Paper.everything.create(name="gone", live=False)
    Place.objects.create(name="park", firm=acme)
    Cafe(name="blue", seats=8, firm=bolt).save()
    Stamp.objects.create(name="s1", task_id=1, mate=ann)
    Stamp.objects.create(name="s2", task_id=2)
    Stub.objects.create(ticket=Ticket.objects.create(code="T1", person=ann), row=3)
    user = User.objects.create_user("ann", password="pw", email="ann@x.io")
    User.objects.create_superuser("root", password="pw")
    user.user_permissions.add(Permission.objects.get(codename="add_task"))
    user.groups.add(Group.objects.create(name="staff"))
