"""The committed template is what its source becomes."""

from deploy.mails import TEMPLATE, html_template


def test_the_template_of_mails_is_fresh() -> None:
    assert TEMPLATE.read_text(encoding="utf-8") == html_template(), "run make mails"
