"""A key opens what it says, and nothing else."""

import pytest

from services.gateway.domain.callers import (
    ShownKey,
    hash_of,
    is_right,
    names_merchant,
    neighbourhood,
    scopes_open,
    seal,
    shown_key,
)

SECRET = "KtIEcgUa2OsJiBANRyLYG6BWewqpmcwmQGPCaHn1pDg"


def test_a_key_is_read_from_the_header_that_carries_it() -> None:
    key = ShownKey("ff", "0a1b2c3d", SECRET)
    assert shown_key(f"Bearer {key.text()}") == key
    assert shown_key(f"bearer  {key.text()} ") == key


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        f"Basic ff_0a1b2c3d_{SECRET}",
        f"ff_0a1b2c3d_{SECRET}",
        f"Bearer ff_0a1b2c3d_{SECRET}x",
        f"Bearer ff_0A1B2C3D_{SECRET}",
        f"Bearer ff__{SECRET}",
        "Bearer ff_0a1b2c3d_" + "\x00" * 43,
    ],
)
def test_a_header_of_another_form_holds_no_key(header: str | None) -> None:
    assert shown_key(header) is None


def test_only_the_right_secret_has_the_kept_hash() -> None:
    assert is_right(SECRET, hash_of(SECRET))
    assert not is_right(SECRET[:-1] + ("a" if SECRET[-1] != "a" else "b"), hash_of(SECRET))
    assert not is_right(SECRET, bytes(32))


def test_admin_opens_everything_and_the_others_only_themselves() -> None:
    assert scopes_open({"admin"}, "scan")
    assert scopes_open({"scan", "read"}, "read")
    assert not scopes_open({"scan", "read"}, "admin")
    assert not scopes_open(set(), "read")


def test_a_seal_is_of_one_secret_and_of_one_way_to_cut_the_parts() -> None:
    assert seal(SECRET, "ab", "c") == seal(SECRET, b"ab", "c")
    assert len({seal(SECRET, "ab", "c"), seal(SECRET, "a", "bc"), seal("other", "ab", "c")}) == 3


def test_an_id_with_the_merchants_name_and_a_slash_is_theirs_to_give() -> None:
    assert names_merchant("acme/1001", "acme")
    assert names_merchant("acme/web/1001", "acme")
    assert not any(
        names_merchant(row, "acme") for row in ("1001", "acme", "acme/", "acmes/1001", "zeta/acme/1", "ACME/1")
    )


def test_callers_are_told_apart_by_address_and_in_ipv6_by_network() -> None:
    assert neighbourhood("192.0.2.7") == neighbourhood("::ffff:192.0.2.7") != neighbourhood("192.0.2.8")
    assert neighbourhood("2001:db8:1:2::7") == neighbourhood("2001:db8:1:2:a:b:c:d") != neighbourhood("2001:db8:1:3::7")
    assert neighbourhood("fe80::1%eth0") == neighbourhood("fe80::2")
    assert neighbourhood("/run/gateway.sock") == "/run/gateway.sock"
