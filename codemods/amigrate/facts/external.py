"""What calls into Django, the standard library and other packages do, as far as blocking goes.

`classify` answers for a dotted name: "pure" (no database, no rendering), "bridge" (it may block and has no async form:
one `sync_to_async` around it), or "refuse" (it may not be used from an async function at all).
"""

from __future__ import annotations

from collections.abc import Collection

_PURE_DJANGO = (
    "django.urls.reverse django.urls.reverse_lazy django.urls.resolve django.urls.path django.urls.re_path "
    "django.urls.include django.utils. django.http. django.conf. django.core.exceptions. django.core.signing. "
    "django.core.validators. django.contrib.messages. django.db.models.Q django.db.models.F "
    "django.db.models.functions. "
    "django.db.models.expressions. django.db.models.aggregates. django.db.models.lookups. django.db.models.fields. "
    "django.db.models.query_utils. django.template.response. django.contrib.auth.get_user_model "
    "channels.exceptions. django_ahead.websocket. "
    "django.contrib.auth.hashers.make_password django.contrib.auth.hashers.is_password_usable "
    "django.contrib.auth.tokens. django.contrib.auth.views.redirect_to_login django.db.models.Prefetch "
    "django.apps.apps.get_model django.apps.apps.get_app_config django.apps.apps.is_installed "
    "django.templatetags.static. "
    "django.contrib.humanize. django.views.decorators. django.contrib.postgres. django.contrib.gis.geos. "
    "django.template.defaultfilters. django.middleware.csrf. django.core.cache.utils. django.db.models.indexes. "
    "django.core.paginator.EmptyPage django.core.paginator.PageNotAnInteger django.core.paginator.InvalidPage "
    "django.core.files.base. django.dispatch.Signal django.dispatch.receiver django.contrib.auth.decorators. "
    "django.views.generic. django.forms.utils. django.forms.widgets. django.core.serializers.json. "
    "django.core.files.uploadedfile. django.core.mail.message. django.core.mail.EmailMessage "
    "django.core.mail.EmailMultiAlternatives django.contrib.auth.password_validation.password_validators_help_texts"
).split()
# form widgets of other packages: their constructors keep what they are given
_PURE_WIDGETS = frozenset(
    f"{module}.{name}"
    for module in ("dal.autocomplete", "dal_select2.widgets")
    for name in ("ModelSelect2", "ModelSelect2Multiple", "ListSelect2", "Select2", "Select2Multiple", "TagSelect2")
)
_DB_EXPRESSIONS = frozenset(
    "Value Sum Count Avg Max Min Exists OuterRef Subquery Case When ExpressionWrapper Func Window IntegerField "
    "CharField "
    "BooleanField DateField DateTimeField FloatField DecimalField DurationField TextField BigIntegerField Prefetch "
    "Lookup "
    "StdDev Variance FilteredRelation RowRange ValueRange JSONField UUIDField".split()
)
_REFUSED = {
    "django.db.transaction.atomic": "transaction.atomic has no async form",
    "django.db.transaction.on_commit": "transaction.on_commit needs the transaction's own thread",
    "django.db.transaction.commit": "transactions have no async form",
    "django.db.transaction.rollback": "transactions have no async form",
    "django.db.transaction.savepoint": "transactions have no async form",
    "django.db.transaction.set_autocommit": "transactions have no async form",
    "django.db.connection.cursor": "database cursors have no async form",
    "django.db.connections": "database connections have no async form",
    "builtins.open": "file access would block the event loop",
    "builtins.input": "it would block the event loop",
    "asyncio.run": "asyncio.run() starts an event loop, which it cannot where one runs",
    "asyncio.Runner": "asyncio.Runner starts an event loop, which it cannot where one runs",
    "anyio.run": "anyio.run() starts an event loop, which it cannot where one runs",
    "trio.run": "trio.run() starts an event loop, which it cannot where one runs",
}
# the packages whose functions wait for something other than the database
_BLOCKING = (
    "time.sleep requests. urllib.request.urlopen subprocess.run subprocess.call subprocess.check_call "
    "subprocess.check_output smtplib. httpx.get httpx.post httpx.put httpx.patch httpx.delete httpx.request boto3. "
    "shutil. os.system urllib3. paramiko. ftplib. socket. os.remove os.unlink os.makedirs os.mkdir os.rename os.listdir"
).split()
# libraries that know nothing of Django models even though `django` is in their name
_UNAWARE = frozenset({"django_countries", "django_environ", "environ"})
_AWARE = frozenset(
    "rest_framework allauth guardian mptt taggit treebeard wagtail cms haystack reversion simple_history axes "
    "constance "
    "waffle easy_thumbnails sorl import_export crispy_forms oauth2_provider graphene_django strawberry_django ninja "
    "channels celery kombu polymorphic modelcluster tastypie rules silk debug_toolbar compressor pipeline hijack "
    "notifications actstream djconfig infinite_scroll_pagination dal extra_views filters tables2 webpush "
    "push_notifications "
    "sekizai parler modeltranslation ckeditor tinymce newsletter postman rosetta watson stronghold two_factor".split()
)


def _listed(name: str, table: Collection[str]) -> bool:
    return any(name.startswith(entry) if entry.endswith(".") else name == entry for entry in table)


def django_aware(name: str, installed_apps: Collection[str]) -> bool:
    """Whether a package outside the program may touch Django's models: it is Django, an installed app, or known to."""
    top = name.partition(".")[0]
    if top == "django":
        return True
    if top in _UNAWARE:
        return False
    lowered = top.lower()
    if "django" in lowered or lowered.startswith("drf") or top in _AWARE:
        return True
    return any(app == top or app.startswith(f"{top}.") for app in installed_apps)


def classify(name: str, installed_apps: Collection[str], message_storage: str) -> tuple[str, str]:
    """("pure" | "bridge" | "refuse", reason) for a call of the dotted external `name`."""
    if name in _REFUSED:
        return "refuse", _REFUSED[name]
    if name.startswith(("django.db.transaction.", "django.db.connection")):
        return "refuse", f"{name.removeprefix('django.db.')} has no async form"
    if name.startswith("django.contrib.messages.") and message_storage.endswith("SessionStorage"):
        return "bridge", "messages are kept in the session, which queries the database"
    if _listed(name, _PURE_DJANGO) or name in _PURE_WIDGETS:
        return "pure", ""
    if name.startswith("django.db.models.") and (name.rpartition(".")[2] in _DB_EXPRESSIONS or name.count(".") == 2):
        return "pure", ""
    if name.startswith("django.forms.") and name.rpartition(".")[2] not in ("model_to_dict", "construct_instance"):
        return "pure", ""
    if name.startswith("django."):
        return "bridge", f"{name} has no async form"
    if _listed(name, _BLOCKING):
        return "bridge", f"{name} would block the event loop"
    if django_aware(name, installed_apps):
        return "bridge", f"{name.partition('.')[0]} may query the database and has no async form that is known"
    return "pure", ""
