"""What a browser would send of the forms on a page, one set of data for each button."""

from html.parser import HTMLParser

WORD = "one"
NOT_TYPED = frozenset({"submit", "button", "image", "reset", "file", "hidden", "checkbox", "radio"})


class Forms(HTMLParser):
    """Collects (action, method, fields, buttons) of each form; `fields` are (name, value, kind)."""

    def __init__(self):
        super().__init__()
        self.forms = []
        self.select = self.text = None

    def handle_starttag(self, tag, attributes):
        values = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append((values.get("action", ""), values.get("method", "get").lower(), [], []))
        elif not self.forms:
            return
        elif tag in ("input", "button"):
            self.take(tag, values)
        elif tag == "select" and "name" in values:
            self.select = [values["name"], None]
        elif tag == "option" and self.select and values.get("value"):
            if self.select[1] is None or "selected" in values:
                self.select[1] = values["value"]
        elif tag == "textarea" and "name" in values:
            self.text = [values["name"], ""]

    def take(self, tag, values):
        _, _, fields, buttons = self.forms[-1]
        kind = values.get("type", "submit" if tag == "button" else "text").lower()
        if kind in ("submit", "image") and "name" in values:
            buttons.append((values["name"], values.get("value", "")))
        elif "name" in values and kind not in ("submit", "button", "reset", "file"):
            fields.append((values["name"], values.get("value", "on" if kind == "checkbox" else ""), kind))

    def handle_data(self, data):
        if self.text:
            self.text[1] += data

    def handle_endtag(self, tag):
        if tag == "select" and self.select:
            self.forms[-1][2].append((self.select[0], self.select[1] or "", "select"))
            self.select = None
        elif tag == "textarea" and self.text:
            self.forms[-1][2].append((*self.text, "textarea"))
            self.text = None


def submissions(page):
    """(action, data) for each button of each form that is posted; empty fields get a word."""
    parser = Forms()
    parser.feed(page)
    for action, method, fields, buttons in parser.forms:
        if method != "post":
            continue
        data = [(name, value or filling(name, kind)) for name, value, kind in fields]
        for button in buttons or [None]:
            yield action, [*data, button] if button else data


def filling(name, kind):
    if kind == "hidden":
        return ""
    if "mail" in name:
        return f"{WORD}@example.org"
    return "1" if kind == "number" else WORD
