"""Logs stay readable when a broker dies."""

import logging

from shared.messaging.process import OncePerWhile


def _line(text: str, at: float) -> logging.LogRecord:
    record = logging.LogRecord("aiokafka", logging.ERROR, "", 0, text, (), None)
    record.created = at
    return record


def test_the_same_line_passes_once_in_ten_seconds() -> None:
    once = OncePerWhile()
    passed = [once.filter(_line("gone", at)) for at in (100.0, 100.1, 109.9, 110.1, 115.0)]
    assert passed == [True, False, False, True, False]


def test_other_lines_pass_meanwhile() -> None:
    once = OncePerWhile()
    assert [once.filter(_line(text, 100.0)) for text in ("gone", "back", "gone")] == [True, True, False]
