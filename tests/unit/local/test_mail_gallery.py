"""The gallery shows every kind of mail in every language."""

from pathlib import Path
from typing import get_args

from deploy.local.mail_gallery import letters, write_gallery
from services.notification.domain.notices import Kind
from shared.texts import LANGUAGES


def test_every_kind_is_shown_in_every_language(tmp_path: Path) -> None:
    shown = {(section.kind, letter.language) for _, letter in letters() for section in letter.sections}
    assert shown == {(kind, language) for kind in get_args(Kind) for language in LANGUAGES}
    write_gallery(page := tmp_path / "mails.html", 320)
    assert page.read_text(encoding="utf-8").count("<iframe") == len(letters())
