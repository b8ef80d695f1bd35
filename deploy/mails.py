"""The template of mails, written in MJML and committed as the HTML that it becomes: `make mails`."""

from pathlib import Path
from typing import Final

from mjml import mjml2html

_MAILS: Final = Path(__file__).parents[1] / "services" / "notification" / "mails"
SOURCE: Final = _MAILS / "mail.mjml"
TEMPLATE: Final = _MAILS / "templates" / "mail.html.j2"
_NOTE: Final = "{# made from mail.mjml by `make mails` #}\n"


def html_template() -> str:
    """Return the HTML that the MJML becomes, with its Jinja as it is."""
    made: str = mjml2html(SOURCE.read_text(encoding="utf-8"))
    return f"{_NOTE}{made}\n"


if __name__ == "__main__":
    TEMPLATE.write_text(html_template(), encoding="utf-8")
    print(f"{TEMPLATE.name}: {TEMPLATE.stat().st_size} bytes")
