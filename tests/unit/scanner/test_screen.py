"""What a person sees of each scan, and of all of them."""

import io

import pytest
from rich.console import Console

from deploy.scanner.screen import Screen
from shared.contracts.scan_answers import ScanAnswered, ScanResult


def answer(scan_id: str, result: ScanResult = "accepted", units: int = 0, so_far: int = 0) -> ScanAnswered:
    sku = "TEE-M" if units else None
    return ScanAnswered(
        device_id="gun", scan_id=scan_id, result=result, says="putaway", sku=sku, units=units, so_far=so_far, expected=9
    )


def shown(*answers: tuple[ScanAnswered, str | None], terminal: bool = False) -> str:
    """Return the screen after these answers and the list."""
    out = io.StringIO()
    screen = Screen(Console(file=out, width=100, force_terminal=terminal, highlight=False))
    for answered, void_of in answers:
        screen.answered(answered, void_of)
    screen.list()
    return out.getvalue()


def test_the_list_shows_counted_against_expected() -> None:
    assert "TEE-M  5        9" in shown(
        (answer("gun/1", units=2, so_far=2), None), (answer("gun/2", units=3, so_far=5), None)
    )


def test_a_void_is_not_counted_once_more() -> None:
    first, second = (answer("gun/1", units=2, so_far=2), None), (answer("gun/2", units=3, so_far=5), None)
    void = (answer("gun/3", "voided"), "gun/2")
    assert "TEE-M  2        9" in shown(first, second, void)
    assert "TEE-M  2        9" in shown(first, second, void, void)


def test_the_bell_rings_only_where_someone_hears_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    aside = (answer("gun/1", "set_aside"), None)
    assert "\a" in shown(aside, terminal=True)
    assert "\a" not in shown(aside)
    assert "\a" not in shown((answer("gun/1", units=1, so_far=1), None), terminal=True)
