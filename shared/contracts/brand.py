"""How a merchant's mails and pages look: two colours that can be read on each other, a logo, a footer."""

import colorsys
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from shared.contracts.fields import Email, Part, Text

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Https = Annotated[
    str,
    StringConstraints(
        max_length=500, pattern=r"^https://[^\s/@\"'<>\\:\x00-\x1f\x7f]+(:443)?(/[^\s\"'<>\\\x00-\x1f\x7f]*)?$"
    ),
    Field(description="an https address"),
]
ENOUGH: Final = 4.5  # WCAG 2.2, 1.4.3 (AA), for text of any size
_STEPS: Final = 100


class Brand(Part):
    """What stands around the merchant's words. Without it, mails have the merchant's name and colour."""

    logo_url: Annotated[Https | None, Field(description="a picture, shown at most 200 px wide and 48 px high")] = None
    button_text: Annotated[
        Colour | None, Field(description="on buttons of the merchant's colour; absent: white or black, as reads better")
    ] = None
    footer: Annotated[
        Text, Field(description="below every mail, such as the company's register entry; line breaks are kept")
    ] = ""
    reply_to: Annotated[Email | None, Field(description="where answers go; absent: the sender")] = None


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours written as #rrggbb, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def best_text(colour: str) -> str:
    """Return white or black, whichever reads better on a colour; one of them always has enough contrast."""
    return max("#ffffff", "#000000", key=lambda text: contrast(text, colour))


def nearest_shade(colour: str, text: str) -> str:
    """Return the shade of a colour nearest to it on which a text's colour has enough contrast."""
    hue, light, saturation = colorsys.rgb_to_hls(*_channels(colour))
    shades = (
        (abs(step / _STEPS - light), _written(colorsys.hls_to_rgb(hue, step / _STEPS, saturation)))
        for step in range(_STEPS + 1)
    )
    return min((distance, shade) for distance, shade in shades if contrast(shade, text) >= ENOUGH)[1]


def _luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 for black and 1 for white (WCAG 2.2, from IEC 61966-2-1)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _written(channels: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
