"""A link leads to its own order and to no other, whatever is done to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.order_links import NoLinkKeys, OrderLink, link_keys, link_of, token_of

KEYS = link_keys(f"b:{'s' * 32}, a:{'t' * 40}")


@given(order_id=st.text(min_size=1, max_size=200), generation=st.integers(1, 1000))
def test_a_link_leads_to_its_order(order_id: str, generation: int) -> None:
    try:
        order_id.encode()
    except UnicodeEncodeError:
        return
    link = OrderLink(order_id, generation)
    token = token_of(link, KEYS)
    assert link_of(token, KEYS) == link
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def test_a_link_that_is_tampered_with_leads_nowhere() -> None:
    token = token_of(OrderLink("acme/1001"), KEYS)
    other = token_of(OrderLink("acme/1002"), KEYS)
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert link_of(changed, KEYS) in (None, OrderLink("acme/1001")), "only the last letter's spare bits may differ"
    head, _, mac = other.rpartition(".")
    assert link_of(f"{token.rpartition('.')[0]}.{mac}", KEYS) is None
    assert link_of(f"{head}.{token.rpartition('.')[2]}", KEYS) is None


@given(st.text(max_size=300))
def test_no_text_that_nobody_signed_leads_anywhere(text: str) -> None:
    assert link_of(text, KEYS) is None


def test_a_new_key_signs_and_the_old_ones_links_still_lead_there_until_it_is_retired() -> None:
    old = link_keys(f"a:{'t' * 40}")
    token = token_of(OrderLink("o1"), old)
    assert link_of(token, KEYS) == OrderLink("o1")
    assert link_of(token_of(OrderLink("o1"), KEYS), old) is None
    assert link_of(token, link_keys(f"b:{'s' * 32}")) is None


@pytest.mark.parametrize("text", ["", ",", "a", "a:", "a:short", f":{'s' * 32}", f"a:{'s' * 32},b:x"])
def test_keys_that_are_too_short_or_without_a_name_are_refused(text: str) -> None:
    with pytest.raises(NoLinkKeys):
        link_keys(text)
