"""Where a remote is: from the URL that git has for it to the pages and the API of its forge."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

from amigrate_cli.errors import Stop

Kind = Literal["github", "gitlab"]
_SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>[^/:]{2,}):(?!//)(?P<path>.+)")
# hosts for SSH through the port of HTTPS
_ALIASES = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com", "altssh.bitbucket.org": "bitbucket.org"}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Address:
    """A repository on a host. `host` has the port where pages are not on the usual one; `path` is `owner/name`.

    `over_http` says that git itself goes over HTTP, and may use a token.
    """

    scheme: str
    host: str
    path: str
    over_http: bool

    @property
    def web(self) -> str:
        """The page of the repository."""
        return f"{self.scheme}://{self.host}/{quote(self.path)}"

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent."""
        return self.scheme == "https" or (urlsplit(self.web).hostname or "") in _LOOPBACK

    def compare_url(self, kind: Kind | None, base: str, head: str) -> str:
        """The page that shows the difference and offers to open a pull request."""
        base, head = quote(base, safe="/"), quote(head, safe="/")
        if kind == "gitlab":
            names = f"merge_request%5Bsource_branch%5D={head}&merge_request%5Btarget_branch%5D={base}"
            return f"{self.web}/-/merge_requests/new?{names}"
        return f"{self.web}/compare/{base}...{head}"


def address_of(url: str) -> Address | None:
    """The address in the URL of a remote; None for a folder."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.hostname:
        host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
        return Address(parts.scheme, host, _path(parts.path), over_http=True)
    if parts.scheme in ("ssh", "git+ssh", "git") and parts.hostname:
        return Address("https", _ALIASES.get(parts.hostname, parts.hostname), _path(parts.path), over_http=False)
    if "://" not in url and (found := _SCP.fullmatch(url)):
        host = found["host"].lower()
        return Address("https", _ALIASES.get(host, host), _path(found["path"]), over_http=False)
    return None


def require_private(address: Address) -> None:
    """Raises Stop when a token would be sent where others can read it."""
    if not address.is_private:
        raise Stop(f"{address.web}: a token would be sent unencrypted; use an https:// URL, or --forge none")


def without_userinfo(text: str) -> str:
    """`text` without the names and passwords in its URLs."""
    return re.sub(r"(\w+://)[^\s/@]+@", r"\1", text)


def _path(path: str) -> str:
    return path.strip("/").removesuffix(".git")
