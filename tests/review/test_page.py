"""The page as bytes: one file, nothing of a project that could be more than text."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from hashlib import sha256

from amigrate.review.session import Session, begin, reject
from amigrate.review.subject import subject_of
from amigrate_cli.review.web.content import content_of, state_of
from amigrate_cli.review.web.page import live_page, static_page
from tests.review.hostile import hostile
from tests.review.reviewing import change_set, with_needs

SCRIPT = re.compile(r"<script[^>]*>(.*?)</script>", re.DOTALL)


def session() -> Session:
    return begin(subject_of(hostile()))[0]


def test_everything_is_in_one_file_and_nothing_is_loaded() -> None:
    for page in (live_page().decode(), static_page(session(), "shop").decode()):
        outside = SCRIPT.sub("", page)
        assert not re.search(r"""(?:src|href)=["']?(?!["']?(?:data:|#))|@import|url\(""", outside)
        assert not re.search(r"\son\w+=|javascript:", outside)
        assert "{{" not in re.sub(
            r"<script id=\"data\".*?</script>", "", outside + SCRIPT.findall(page)[1], flags=re.DOTALL
        )


def test_policy_allows_just_our_style_and_script() -> None:
    page = static_page(session(), "shop").decode()
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert found
    hashes = [b64decode(one) for one in re.findall(r"'sha256-([^']*)'", found[1])]
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    assert hashes == [sha256(text.encode()).digest() for text in (style[1], SCRIPT.findall(page)[1])]
    assert "connect-src 'none'" in found[1]


def test_modules_are_one_script() -> None:
    script = SCRIPT.findall(live_page().decode())[1]
    assert not re.search(r"^(?:import|export)\b", script, re.MULTILINE)
    names = re.findall(r"^(?:async )?(?:function|const|let) (\w+)", script, re.MULTILINE)
    assert len(names) == len(set(names)) > 100


def test_text_of_a_project_stays_in_its_element() -> None:
    page = static_page(session(), "</title><script>x</script>\x1b")
    scripts = SCRIPT.findall(page.decode())
    assert len(scripts) == 2  # the data and ours
    data = json.loads(scripts[0])
    assert data["content"]["files"][0]["items"][0]["symbol"].startswith("shop.</script><script>")
    assert page.isascii() or not re.search(r"[\u2028\u202e\x1b]", page.decode())
    assert not set("<>&\u2028\x1b") & set(scripts[0])


def test_names_are_harmless_and_code_is_as_it_is() -> None:
    content = json.loads(json.dumps(content_of(session(), "shop")))
    text = json.dumps({**content, "files": [{**one, "items": []} for one in content["files"]]}, ensure_ascii=False)
    assert not re.search("[\x1b\u202e\ud800-\udfff]", text)
    item = content["files"][0]["items"][0]
    assert "\u202e" in item["lines"][0][3][0]
    assert "\\u202e" in item["reasons"][0][1]
    assert len(json.dumps(content)) < 50_000  # a line of 200,000 characters is not sent


def test_what_a_page_shows() -> None:
    changes = with_needs(change_set({"a.py": [(10, "alpha", "g1"), (20, "beta", "g1")]}), ("a.f1", "a.f2"))
    start, _ = begin(subject_of(changes))
    first, second = content_of(start, "shop")["files"][0]["items"]  # type: ignore[index]  # JSON
    assert (first["needs"], second["neededBy"]) == ([["a.f2", 1]], [["a.f1", 0]])
    assert (first["line"], first["codemods"], first["confidence"]) == (10, ["alpha"], "safe")
    assert ["-", 10, 0, ["x = ", "old", "(10)"]] in first["lines"]
    assert ["+", 0, 10, ["x = ", "new", "(10)"]] in first["lines"]
    after = state_of(reject(start, [first["id"]]))
    assert (after["statuses"], after["steps"], after["stale"]) == ("rf", 1, [])
