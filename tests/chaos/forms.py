"""The forms of a page, with what a browser would send of them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._select = self._text = ""
        # Of an option that is called like its value: whether it is the chosen one.
        self._option: bool | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.found.append(Form(given.get("action") or ""))
        elif not self.found:
            return
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._text = name
        elif tag == "option" and self._select and "value" not in given:
            self._option = "selected" in given
        elif tag == "option" and self._select:
            self._keep(self._select, value, over="selected" in given)
        elif tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self._keep(name, value)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._select = self._text = ""

    def handle_data(self, data: str) -> None:
        if self._option is not None:
            self._keep(self._select, data.strip(), over=self._option)
            self._option = None
        if self._text:
            self._keep(self._text, data.removeprefix("\n"))

    def _keep(self, name: str, value: str, over: bool = False) -> None:
        if over or name not in self.found[-1].fields:
            self.found[-1].fields[name] = value


def find_form(page: str, sign: str) -> Form | None:
    """The form whose address ends with the sign, or that has a field of this name or with this value."""
    parser = _Forms()
    parser.feed(page)
    for form in parser.found:
        if form.action.endswith(sign) or sign in form.fields or sign in form.fields.values():
            return form
    return None
