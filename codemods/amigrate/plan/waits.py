"""What a view waits for besides the database: the calls for which an async view frees its thread.

Found by name, through imports and the values of modules (`client = boto3.client("s3")`). In the functions that the
view calls too, as far as the call graph goes.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from amigrate.facts.effects import What
from amigrate.facts.module import Scope
from amigrate.facts.nodes import walk
from amigrate.plan.context import Context

# package or function -> (what it waits for, what to use in async code)
_KNOWN = {
    "requests": ("HTTP", "httpx.AsyncClient"),
    "httpx": ("HTTP", "httpx.AsyncClient"),
    "urllib.request": ("HTTP", "httpx.AsyncClient"),
    "urllib3": ("HTTP", "httpx.AsyncClient"),
    "http.client": ("HTTP", "httpx.AsyncClient"),
    "xmlrpc.client": ("HTTP", "httpx.AsyncClient"),
    "zeep": ("HTTP", "zeep.AsyncClient"),
    "feedparser": ("HTTP", "httpx.AsyncClient for the download"),
    "boto3": ("AWS", "aioboto3"),
    "botocore": ("AWS", "aiobotocore"),
    "stripe": ("HTTP", "the *_async methods of stripe"),
    "twilio.rest": ("HTTP", "its AsyncTwilioHttpClient"),
    "sendgrid": ("HTTP", "httpx.AsyncClient"),
    "openai": ("HTTP", "openai.AsyncOpenAI"),
    "anthropic": ("HTTP", "anthropic.AsyncAnthropic"),
    "slack_sdk": ("HTTP", "slack_sdk.web.async_client"),
    "google.cloud": ("HTTP", "the async clients of google.cloud"),
    "googleapiclient": ("HTTP", "aiogoogle"),
    "github": ("HTTP", "gidgethub"),
    "elasticsearch": ("search server", "elasticsearch.AsyncElasticsearch"),
    "opensearchpy": ("search server", "opensearchpy.AsyncOpenSearch"),
    "pysolr": ("search server", "httpx.AsyncClient"),
    "redis": ("Redis", "redis.asyncio"),
    "pymongo": ("MongoDB", "pymongo.AsyncMongoClient"),
    "pika": ("message queue", "aio-pika"),
    "kafka": ("message queue", "aiokafka"),
    "ldap": ("LDAP", "bonsai"),
    "ldap3": ("LDAP", "bonsai"),
    "paramiko": ("SSH", "asyncssh"),
    "ftplib": ("FTP", "aioftp"),
    "smtplib": ("mail", "aiosmtplib"),
    "imaplib": ("mail", "aioimaplib"),
    "poplib": ("mail", ""),
    "telnetlib": ("network", "asyncio.open_connection"),
    "socket.create_connection": ("network", "asyncio.open_connection"),
    "socket.socket": ("network", "asyncio.open_connection"),
    "socket.gethostbyname": ("DNS", "loop.getaddrinfo"),
    "socket.getaddrinfo": ("DNS", "loop.getaddrinfo"),
    "dns.resolver": ("DNS", "dns.asyncresolver"),
    "django.core.mail.send_mail": ("mail", "a task, so that the answer does not wait"),
    "django.core.mail.send_mass_mail": ("mail", "a task, so that the answer does not wait"),
    "django.core.mail.mail_admins": ("mail", "a task, so that the answer does not wait"),
    "django.core.mail.mail_managers": ("mail", "a task, so that the answer does not wait"),
    "time.sleep": ("sleep", "asyncio.sleep"),
    "subprocess.run": ("process", "asyncio.create_subprocess_exec"),
    "subprocess.call": ("process", "asyncio.create_subprocess_exec"),
    "subprocess.check_call": ("process", "asyncio.create_subprocess_exec"),
    "subprocess.check_output": ("process", "asyncio.create_subprocess_exec"),
    "subprocess.Popen": ("process", "asyncio.create_subprocess_exec"),
    "subprocess.getoutput": ("process", "asyncio.create_subprocess_exec"),
    "os.system": ("process", "asyncio.create_subprocess_exec"),
}
# what these packages have that waits for nothing
_NO_WAIT = frozenset(
    "exceptions errors error compat utils structures status_codes codes URL Timeout Limits Headers Request Auth auth "
    "BasicAuth adapters HTTPAdapter HTTPBasicAuth RequestException HTTPError URLError Error client_config Config "
    "Retry types config filter webhook set_option dn".split()
)
_CLIENTS = (
    *("Client", "Session", "Connection", "ServerProxy", "Popen", "PoolManager", "SMTP", "SMTP_SSL", "FTP", "IMAP4_SSL"),
    *("Redis", "StrictRedis", "Elasticsearch", "OpenSearch", "Solr", "OpenAI", "Anthropic", "Github", "Transport"),
)
_ASYNC = ("Async", "async", "aio")
_DEPTH = 4  # calls
_FEWEST = 2  # `requests` itself is no call: a name of something in it is


@dataclass(frozen=True, slots=True, order=True)
class Wait:
    """A call that waits for something outside: its place, its name, what for, and what async code would use."""

    path: str
    line: int
    call: str
    kind: str
    instead: str = ""


class Waits:
    """Looks for such calls, each function once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._own: dict[str, tuple[Wait, ...]] = {}
        self._scopes: dict[str, dict[str, Scope]] = {}

    def of(self, qualified: str) -> tuple[Wait, ...]:
        """All that a function waits for, in it and in what it calls."""
        analyst = self._context.analyst
        found: dict[Wait, None] = {}
        seen: set[str] = set()
        queue = deque([qualified])
        while queue:
            name = queue.popleft()
            if name in seen or name not in analyst.program.functions:
                continue
            seen.add(name)
            found.update(dict.fromkeys(self.own(name)))
            for effect in analyst.analyse(name).effects:
                if effect.what is not What.MAYBE:
                    queue.extend(effect.targets)
        return tuple(sorted(found))

    def near(self, names: Iterable[str]) -> tuple[Wait, ...]:
        """What these functions wait for, in them and in what they mention, a few calls deep.

        Goes by names alone: for views that stay sync anyway their types need not be known.
        """
        found: dict[Wait, None] = {}
        seen: set[str] = set()
        edge = set(names)
        for _ in range(_DEPTH):
            following: set[str] = set()
            for name in edge - seen:
                if name in self._context.analyst.program.functions:
                    found.update(dict.fromkeys(self.own(name)))
                    following |= self._mentioned(name)
            seen |= edge
            edge = following
        return tuple(sorted(found))

    def _mentioned(self, qualified: str) -> set[str]:
        """The functions of the project that a function names: plainly, through a module, or as its own methods."""
        program = self._context.analyst.program
        module, function = program.functions[qualified]
        scopes = self._scopes.get(module.module)
        if scopes is None:
            scopes = self._scopes[module.module] = {scope.qualname: scope for scope in module.scopes}
        scope = scopes.get(function.qualname)
        if scope is None:
            return set()
        owner = f"{module.module}.{function.owner}"
        found = {f"{base}.{n}" for n in scope.attributes if function.owner and (base := program.find_method(owner, n))}
        for name in scope.names:
            symbol = program.resolve(module.module, name)
            if symbol.kind == "function":
                found.add(symbol.qualified)
            elif symbol.kind == "module":
                found |= {f"{symbol.module}.{n}" for n in scope.attributes}
        return found

    def own(self, qualified: str) -> tuple[Wait, ...]:
        """What the function itself waits for; under `await` it is what async code does."""
        if qualified not in self._own:
            self._own[qualified] = tuple(self._look(qualified))
        return self._own[qualified]

    def _look(self, qualified: str) -> list[Wait]:
        program = self._context.analyst.program
        module, _ = program.functions[qualified]
        node = self._context.analyst.trees.node(qualified)
        if node is None or not self._may(module.module):
            return []
        awaited = {n.value for n in walk(node) if isinstance(n, ast.Await)}
        local = _clients(node)
        found: list[Wait] = []
        for call in walk(node):
            if not isinstance(call, ast.Call) or call in awaited:
                continue
            name = self._name(module.module, call.func, local)
            if known := known_wait(name):
                found.append(Wait(module.path, call.lineno, name, *known))
        return _one_a_line(_without_clients(found))

    def _may(self, module: str) -> bool:
        """Whether a module imports anything that could wait, or takes it from another module of the project."""
        tops = {name.partition(".")[0] for name in _KNOWN}
        program = self._context.analyst.program
        facts = program.modules[module]
        if facts.stars:
            return True
        targets = [target for _, target in facts.imports]
        return any(t.partition(".")[0] in tops or program.locate(t).kind == "value" for t in targets)

    def _name(self, module: str, func: ast.expr, local: dict[str, ast.expr]) -> str:
        """The dotted external name of what is called, "" when it is none."""
        parts: list[str] = []
        node: ast.expr = func
        for _ in range(20):
            if isinstance(node, ast.Attribute):
                parts.append(node.attr)
                node = node.value
            elif isinstance(node, ast.Call) and _makes_client(ast.unparse(node.func)):
                node = node.func  # what another call returns is a result: using that waits for nothing
            elif isinstance(node, ast.Name) and node.id in local:
                node = local[node.id]
            else:
                break
        if not isinstance(node, ast.Name):
            return ""
        program = self._context.analyst.program
        symbol = program.resolve(module, ".".join([node.id, *reversed(parts)]))
        if symbol.kind == "value" and symbol.module in program.modules:
            head, _, rest = symbol.name.partition(".")
            value = program.value(symbol.module, head)
            if value is not None and value[0] == "call" and isinstance(value[1], str):
                made = program.resolve(symbol.module, value[1])
                return f"{made.qualified}.{rest}".rstrip(".") if made.kind == "external" else ""
            return ""
        imported = node.id in program.imported(symbol.module or module) or node.id in program.imported(module)
        return symbol.qualified if symbol.kind == "external" and imported else ""


def known_wait(name: str) -> tuple[str, str] | None:
    """What a dotted external name waits for, and what async code would use; None when it waits for nothing known."""
    parts = name.split(".")
    if any(part.startswith(_ASYNC) for part in parts) or _NO_WAIT.intersection(parts[1:]):
        return None
    if parts[-1][:1].isupper() and not parts[-1].endswith(_CLIENTS):
        return None  # an exception, or a part of a message
    for size in range(len(parts), 0, -1):
        known = _KNOWN.get(".".join(parts[:size]))
        if known:
            return known if size < len(parts) or ("." in name and size >= _FEWEST) else None
    return None


def _clients(node: ast.AST) -> dict[str, ast.expr]:
    """Local names that are assigned a call once, such as `session = requests.Session()`."""
    found: dict[str, ast.expr] = {}
    for part in walk(node):
        pairs: list[tuple[ast.expr | None, ast.expr]] = []
        if isinstance(part, ast.Assign) and len(part.targets) == 1:
            pairs = [(part.targets[0], part.value)]
        elif isinstance(part, ast.With):
            pairs = [(item.optional_vars, item.context_expr) for item in part.items]
        for target, value in pairs:
            if isinstance(target, ast.Name) and isinstance(value, ast.Call) and _makes_client(ast.unparse(value.func)):
                found[target.id] = value.func
    return found


def _without_clients(found: list[Wait]) -> list[Wait]:
    """Making a client waits for nothing; it stands for its use where that cannot be seen."""
    used = {wait.kind for wait in found if not _makes_client(wait.call)}
    return [wait for wait in found if wait.kind not in used or not _makes_client(wait.call)]


def _makes_client(call: str) -> bool:
    last = call.rpartition(".")[2]
    return last[:1].isupper() or last in ("client", "resource", "session", "from_url", "initialize", "connect")


def _one_a_line(found: list[Wait]) -> list[Wait]:
    by_line: dict[int, Wait] = {}
    for wait in found:  # the outermost call of a chain comes first
        by_line.setdefault(wait.line, wait)
    return list(by_line.values())
