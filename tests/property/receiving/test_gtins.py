"""Our check digits are those of a second implementation (barkod, written in Rust)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.receiving.facts.gs1 import check_digit_holds

barkod = pytest.importorskip("barkod", reason="there is no wheel of barkod for this machine")


@given(st.from_regex(r"[0-9]{8}([0-9]{4,6})?", fullmatch=True))
def test_a_gtin_holds_where_a_second_implementation_says_so(gtin: str) -> None:
    theirs = barkod.parse(gtin).gtin
    assert theirs is not None
    assert check_digit_holds(gtin) == theirs.check_digit_is_valid
