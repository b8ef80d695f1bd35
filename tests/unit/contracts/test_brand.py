"""Colours of a brand can be read on each other, or are refused with the nearest shade that can."""

import pytest
from pydantic import ValidationError

from shared.contracts.brand import ENOUGH, Brand, best_text, contrast, nearest_shade
from shared.testing.builders import a_merchant

COLOURS = [
    f"#{red}{green}{blue}" for red in ("00", "77", "ff") for green in ("00", "80", "ff") for blue in ("00", "99")
]


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#1f6f5c", "#1f6f5c") == 1


@pytest.mark.parametrize("colour", COLOURS)
def test_white_or_black_can_be_read_on_every_colour(colour: str) -> None:
    assert contrast(colour, best_text(colour)) >= ENOUGH


@pytest.mark.parametrize("text", ["#ffffff", "#000000", "#767676"])
@pytest.mark.parametrize("colour", COLOURS)
def test_the_nearest_shade_can_be_read(colour: str, text: str) -> None:
    assert contrast(nearest_shade(colour, text), text) >= ENOUGH


def test_a_colour_that_cannot_be_read_is_refused_with_the_shade_that_can() -> None:
    with pytest.raises(ValidationError, match=f"{ENOUGH} to brand.button_text: #[0-9a-f]{{6}} is the nearest shade"):
        a_merchant(colour="#66ccaa", brand=Brand(button_text="#ffffff"))
    shade = nearest_shade("#66ccaa", "#ffffff")
    assert a_merchant(colour=shade, brand=Brand(button_text="#ffffff")).colour == shade
    assert a_merchant(colour="#66ccaa").brand.button_text is None, "white or black is chosen for it"


@pytest.mark.parametrize(
    "url",
    ["http://cdn.example/logo.png", "https://me@cdn.example/logo.png", "https://cdn.example:8443/x", "javascript:x"],
)
def test_a_logo_is_an_https_address(url: str) -> None:
    with pytest.raises(ValidationError):
        Brand(logo_url=url)
