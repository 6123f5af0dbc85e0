from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from amigrate.discover import Settings, discover
from amigrate.discover.data import Database

Tree = Callable[[Mapping[str, str]], Path]
MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "{}")\nimport django\n'


@pytest.fixture
def settings_of(tree: Tree) -> Callable[..., Settings]:
    """The settings read from the text of `config/settings.py`, beside further files."""

    def read(text: str, **further: str) -> Settings:
        files = {path.replace("__", "/") + ".py": content for path, content in further.items()}
        root = tree({"manage.py": MANAGE.format("config.settings"), "config/settings.py": text, **files})
        return discover(root).settings

    return read


Read = Callable[..., Settings]


def test_a_plain_settings_file(settings_of: Read) -> None:
    found = settings_of(
        "from pathlib import Path\n"
        "import os\n"
        "BASE_DIR = Path(__file__).resolve().parent.parent\n"
        "INSTALLED_APPS = ['django.contrib.auth', 'shop']\n"
        "MIDDLEWARE = ('a.B', 'c.D')\n"
        "ROOT_URLCONF = 'config.urls'\n"
        "AUTH_USER_MODEL: str = 'shop.User'\n"
        "AUTHENTICATION_BACKENDS = ['shop.auth.Backend']\n"
        "MESSAGE_STORAGE = 'django.contrib.messages.storage.session.SessionStorage'\n"
        "SESSION_ENGINE = 'django.contrib.sessions.backends.cache'\n"
        "TEMPLATES = [{'BACKEND': 'x', 'DIRS': [BASE_DIR / 'templates', os.path.join(BASE_DIR, 'web', '..', 'pages'),\n"
        "             str(BASE_DIR / 'x'), f'{BASE_DIR}/y', BASE_DIR.parent / 'elsewhere', '/srv/templates', LOST]}]\n"
        "DATABASES = {'default': {'ENGINE': 'x', 'ATOMIC_REQUESTS': True}}\n"
    )
    assert found == Settings(
        module="config.settings",
        installed_apps=("django.contrib.auth", "shop"),
        root_urlconf="config.urls",
        auth_user_model="shop.User",
        middleware=("a.B", "c.D"),
        authentication_backends=("shop.auth.Backend",),
        message_storage="django.contrib.messages.storage.session.SessionStorage",
        session_engine="django.contrib.sessions.backends.cache",
        template_dirs=("templates", "pages", "x", "y"),
        atomic_requests=True,
        databases=(Database("default", "x", atomic_requests=True),),
    )


@pytest.mark.parametrize(
    ("text", "apps"),
    [
        ("A = ['a']\nB = ('b',)\nINSTALLED_APPS = A + list(B) + ['c']", "a b c"),
        ("INSTALLED_APPS = ['a']\nINSTALLED_APPS += ['b']\nINSTALLED_APPS = ['z', *INSTALLED_APPS]", "z a b"),
        ("INSTALLED_APPS = ['a']\nINSTALLED_APPS.append('b')\nINSTALLED_APPS.extend(('c', 'd'))", "a b c d"),
        ("INSTALLED_APPS = ['a', 'b']\nINSTALLED_APPS.insert(1, 'c')\nINSTALLED_APPS.remove('a')", "c b"),
        ("INSTALLED_APPS = ['a'] + env.list('MORE') + [NAME, 'b', 3]", "a b"),
        ("DEBUG = False\nINSTALLED_APPS = ['a']\nif DEBUG:\n    INSTALLED_APPS += ['b']", "a b"),
        ("if X:\n    INSTALLED_APPS = ['a', 'b']\nelse:\n    INSTALLED_APPS = ['a', 'c']", "a b c"),
        (
            "INSTALLED_APPS = ['a']\ntry:\n    import b\nexcept E:\n    pass\nelse:\n    INSTALLED_APPS += ['b']",
            "a b",
        ),
        ("INSTALLED_APPS = ['a'] + (['b'] if X else ['c'])", "a b c"),
        ("INSTALLED_APPS = ['apps.' + n for n in ('a', 'b')] + [f'x.{n}' for n in ['c']]", "apps.a apps.b x.c"),
        ("INSTALLED_APPS = []\nfor n in ['a', 'b']:\n    INSTALLED_APPS.append('apps.%s' % n)", "apps.a apps.b"),
        ("class Base(Configuration):\n    INSTALLED_APPS = ['a']\nclass Dev(Base):\n    INSTALLED_APPS = ['b']", "a b"),
        ("INSTALLED_APPS, X = ['a'], 1", "a"),
        ("INSTALLED_APPS = ['a', 'a', '{{ name }}']", "a"),
        ("INSTALLED_APPS = sorted(set(load()))", ""),
        ("INSTALLED_APPS = ['a'] * 10**9", ""),
        ("INSTALLED_APPS = ['a']\n" + "INSTALLED_APPS = INSTALLED_APPS + INSTALLED_APPS\n" * 60, ""),
    ],
)
def test_lists(settings_of: Read, text: str, apps: str) -> None:
    assert settings_of(text).installed_apps == tuple(apps.split())


def test_star_imports_follow_the_project(settings_of: Read) -> None:
    found = settings_of(
        "from .base import *\nfrom config.mail import MESSAGES as MESSAGE_STORAGE\nfrom os import *\n"
        "from . import extra\nINSTALLED_APPS += ['dev'] + extra.APPS\nAUTH_USER_MODEL = 'dev.User'\n",
        config__base="from .deep import *\n_HIDDEN = 1\nROOT_URLCONF = 'config.urls'\n",
        config__deep="from .base import *\nINSTALLED_APPS = ['deep']\nAUTH_USER_MODEL = 'deep.User'\n",
        config__mail="MESSAGES = 'a.B'\n",
        config__extra="APPS = ['extra']\n",
    )
    assert found.installed_apps == ("deep", "dev", "extra")
    assert found.root_urlconf == "config.urls"
    assert found.auth_user_model == "dev.User"
    assert found.message_storage == "a.B"


def test_split_settings(settings_of: Read) -> None:
    found = settings_of(
        "from split_settings.tools import include, optional\ninclude('parts/*.py', optional('local.py'))\n",
        config__parts__a="INSTALLED_APPS = ['a']\n",
        config__parts__b="INSTALLED_APPS += ['b']\ninclude('../settings.py')\n",
    )
    assert found.installed_apps == ("a", "b")


def test_a_scalar_set_in_a_branch_does_not_replace_what_holds_before(settings_of: Read) -> None:
    found = settings_of(
        "ROOT_URLCONF = 'a.urls'\nif TESTING:\n    ROOT_URLCONF = 'b.urls'\n    SESSION_ENGINE = 'c.d'\n"
    )
    assert (found.root_urlconf, found.session_engine) == ("a.urls", "c.d")


@pytest.mark.parametrize(
    ("text", "atomic"),
    [
        ("DATABASES = {'default': env.db('URL')}\nDATABASES['default']['ATOMIC_REQUESTS'] = True", True),
        ("DATABASES = {'default': {}, 'other': {'ATOMIC_REQUESTS': True}}", True),
        ("DATABASES = {'default': {'ATOMIC_REQUESTS': flag()}}", True),
        ("DATABASES = {'default': dict(ATOMIC_REQUESTS=True)}", False),
        ("DATABASES = {'default': {}}\nif X:\n    DATABASES['default']['ATOMIC_REQUESTS'] = True", True),
        ("DATABASES = {'default': {}}\nDATABASES['default'].update({'ATOMIC_REQUESTS': True})", True),
        ("DATABASES = {'default': {'ATOMIC_REQUESTS': False}}", False),
        ("DATABASES = {'default': {'ENGINE': 'x'}}", False),
        ("ATOMIC_REQUESTS = True", False),
    ],
)
def test_atomic_requests(settings_of: Read, text: str, atomic: bool) -> None:
    assert settings_of(text).atomic_requests is atomic


@pytest.mark.parametrize(
    "text",
    [
        "BASE_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\nDIR = os.path.join(BASE_DIR, 'pages')",
        "DIR = Path(__file__).resolve().parents[1].joinpath('pages')",
        "ROOT = environ.Path(__file__) - 2\nDIR = str(ROOT('pages'))",
        "DIR = 'pages'",
        "BASE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\nDIR = BASE + '/pages'",
        "DIR = './pages/'",
        "DIR = '%s/pages' % os.path.dirname(os.path.dirname(__file__))",
        "DIR = '{}/pages'.format(Path(__file__).parent.parent)",
    ],
)
def test_template_dirs(settings_of: Read, text: str) -> None:
    found = settings_of(f"{text}\nTEMPLATES = [{{'DIRS': [DIR]}}]\n", pages__x="")
    assert found.template_dirs == ("pages",)


def test_defaults_of_the_environment_count(settings_of: Read) -> None:
    found = settings_of(
        "AUTH_USER_MODEL = env('USER_MODEL', default='shop.User')\nSESSION_ENGINE = os.environ.get('S', 'a.b')\n"
        "MESSAGE_STORAGE = config('M', default='c.d')\nROOT_URLCONF = os.getenv('U')\n"
    )
    assert (found.auth_user_model, found.session_engine, found.message_storage) == ("shop.User", "a.b", "c.d")
    assert found.root_urlconf == ""


@pytest.mark.parametrize(
    "text", ["def (", "x = '\udcff'".encode("utf-8", "surrogatepass").decode("latin-1"), "x=" + "(" * 5000]
)
def test_settings_that_cannot_be_parsed_give_defaults(settings_of: Read, text: str) -> None:
    assert settings_of(text) == Settings(module="config.settings")


NAMES = "INSTALLED_APPS = ['{}']\n"


@pytest.mark.parametrize(
    ("files", "module"),
    [
        ({"manage.py": "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'b'\n", "a.py": "", "b.py": ""}, "b"),
        ({"x/wsgi.py": MANAGE.format("x.prod"), "x/prod.py": ""}, "x.prod"),
        ({"manage.py": MANAGE.format("x.local"), "x/asgi.py": MANAGE.format("x.prod"), "x/prod.py": ""}, "x.prod"),
        ({"pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = t.s\n", "t/s.py": ""}, "t.s"),
        ({"setup.cfg": "[tool:pytest]\nDJANGO_SETTINGS_MODULE=t.s\n", "t/s.py": ""}, "t.s"),
        ({"tox.ini": "[pytest]\nDJANGO_SETTINGS_MODULE: t.s\n", "t/s.py": ""}, "t.s"),
        ({"pyproject.toml": "[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = 't.s'\n", "t/s.py": ""}, "t.s"),
        ({"x/settings.py": NAMES.format("a"), "tests/settings.py": NAMES.format("b")}, "x.settings"),
        ({"x/settings/base.py": NAMES.format("a"), "x/settings/aaa.py": NAMES.format("b")}, "x.settings.base"),
        ({"x/settings.py": "EMAIL = 1\n", "tests/settings.py": NAMES.format("b")}, "tests.settings"),
        ({"x/settings.py": "from django.conf import settings\nsettings.INSTALLED_APPS\n"}, ""),
        ({"backend/manage.py": MANAGE.format("x.settings"), "backend/x/settings.py": ""}, "x.settings"),
        (
            {
                "manage.py": "import os, sys\nif 'test' in sys.argv:\n"
                "    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x.test')\nelse:\n"
                "    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x.prod')\n",
                "x/test.py": "",
                "x/prod.py": "",
            },
            "x.prod",
        ),
    ],
)
def test_where_the_settings_module_is_named(tree: Tree, files: dict[str, str], module: str) -> None:
    assert discover(tree({"requirements.txt": "Django\n", "app.py": "", **files})).settings.module == module


def test_settings_configure(tree: Tree) -> None:
    text = (
        "from django.conf import settings\nAPPS = ['shop']\n"
        "def pytest_configure():\n    settings.configure(INSTALLED_APPS=APPS + ['tests'], ROOT_URLCONF='tests.urls')\n"
    )
    found = discover(tree({"shop/models.py": "", "tests/conftest.py": text})).settings
    assert found == Settings(installed_apps=("shop", "tests"), root_urlconf="tests.urls")


def test_no_settings_at_all(tree: Tree) -> None:
    assert discover(tree({"shop/models.py": "import django\n"})).settings == Settings()


def test_nothing_is_executed(settings_of: Read, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    settings_of(f"open({str(trace)!r}, 'w')\n__import__('os').system('touch {trace}')\nINSTALLED_APPS = ['a']\n")
    assert not trace.exists()


def test_absurd_nesting_does_no_harm(tree: Tree) -> None:
    chain = "INSTALLED_APPS = ['a']\nX = " + "['a'] + " * 900 + "['b']\nROOT_URLCONF = 'x.urls'\n"
    imports = {f"m{i}.py": f"from m{i + 1} import *\nAPP{i} = 1\n" for i in range(600)}
    setup = "setup(install_requires=" + "['a'] + " * 900 + "['b'])\n"
    root = tree({"manage.py": MANAGE.format("s"), "s.py": f"{chain}from m0 import *\n", "setup.py": setup, **imports})
    found = discover(root).settings
    assert (found.installed_apps, found.root_urlconf) == (("a",), "x.urls")
