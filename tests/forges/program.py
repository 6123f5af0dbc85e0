"""`gh api` and `glab api` of the tests: the request goes to the host of the tests, with the token that they keep.

The real ones answer the same way: the body of the answer on stdout; for an error also a line on stderr, and 1.
"""

import argparse
import json
import sys
import urllib.error
import urllib.request

NAME, TOKEN = sys.argv[0].rpartition("/")[2], "@TOKEN@"
if sys.argv[1:3] in (["auth", "token"], ["config", "get"]):
    print(TOKEN)
    raise SystemExit
parser = argparse.ArgumentParser()
parser.add_argument("command", choices=["api"])
parser.add_argument("--hostname", required=True)
parser.add_argument("--method", required=True)
parser.add_argument("--header")
parser.add_argument("--input")
parser.add_argument("--paginate", action="store_true")
parser.add_argument("path")
given = parser.parse_args()
api, header = ("v3", f"Bearer {TOKEN}") if NAME == "gh" else ("v4", TOKEN)
request = urllib.request.Request(
    f"http://{given.hostname}/api/{api}/{given.path}",
    data=sys.stdin.buffer.read() if given.input == "-" else None,
    method=given.method,
    headers={"Authorization" if NAME == "gh" else "PRIVATE-TOKEN": header, "Content-Type": "application/json"},
)
try:
    with urllib.request.urlopen(request) as answer:
        sys.stdout.buffer.write(answer.read())
except urllib.error.HTTPError as error:
    text = error.read()
    sys.stdout.buffer.write(text)
    print(f"{NAME}: {json.loads(text).get('message')} (HTTP {error.code})", file=sys.stderr)
    raise SystemExit(1) from None
except urllib.error.URLError as error:
    print(f"error connecting to {given.hostname}: {error}", file=sys.stderr)
    raise SystemExit(1) from None
