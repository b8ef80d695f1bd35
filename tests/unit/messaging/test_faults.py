"""Which failures pass by themselves."""

import asyncpg
import pytest

from shared.messaging import faults
from shared.messaging.faults import is_transient, retried, retried_three_times


def _server_says(sqlstate: str) -> Exception:
    error: Exception = asyncpg.PostgresError.new({"C": sqlstate, "M": "x"})
    return error


@pytest.mark.parametrize(
    "sqlstate",
    ["08000", "08003", "08006", "40001", "40P01", "53100", "53300", "57P01", "57P02", "57P03", "57P05", "25P03"],
)
def test_the_servers_troubles_pass(sqlstate: str) -> None:
    assert is_transient(_server_says(sqlstate))


@pytest.mark.parametrize("sqlstate", ["22P02", "23505", "23514", "42P01", "42501", "54000", "57014", "57P04", "28P01"])
def test_mistakes_in_work_or_rights_do_not_pass(sqlstate: str) -> None:
    assert not is_transient(_server_says(sqlstate))


@pytest.mark.parametrize(
    "error",
    [
        OSError("no route"),
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InterfaceError("cannot call Transaction.commit(): the underlying connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
        asyncpg.OutdatedSchemaCacheError("type changed"),
        asyncpg.InvalidCachedStatementError("cached statement plan is invalid due to a database schema change"),
    ],
)
def test_lost_connections_and_stale_plans_pass(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        KeyError("closed"),
        asyncpg.InterfaceError("pool is closing"),
        asyncpg.InterfaceError("cannot use custom codec on type x: closed"),
        asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
        asyncpg.ProtocolError("insufficient data left"),
        asyncpg.DataError("invalid input for query argument $1: 'closed'"),
    ],
)
def test_our_own_mistakes_do_not_pass(error: Exception) -> None:
    assert not is_transient(error)


async def test_patience_outlasts_any_number_of_troubles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "_LONGEST", 0.001)
    troubles = iter([OSError()] * 50)

    async def work() -> str:
        if trouble := next(troubles, None):
            raise trouble
        return "done"

    assert await retried(work) == "done"


async def test_a_lasting_error_is_tried_three_times() -> None:
    tries = []

    async def work() -> None:
        tries.append(1)
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await retried_three_times(work)
    assert len(tries) == 3


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("no such lot"), "ValueError: no such lot"),
        (KeyError("TEE-M"), "KeyError: 'TEE-M'"),
    ],
)
def test_operators_read_what_went_wrong(error: Exception, told: str) -> None:
    assert faults.reason_of(error) == told


def test_the_servers_detail_is_left_out_since_it_quotes_rows() -> None:
    error = asyncpg.CheckViolationError('new row for relation "contacts" violates check constraint "c"')
    error.detail = "Failing row contains (o1, mary@example.com)."
    assert faults.reason_of(error) == (
        'CheckViolationError: new row for relation "contacts" violates check constraint "c"'
    )
    assert "mary" in str(error)


def test_of_personal_data_only_the_kind_of_error_is_kept() -> None:
    assert faults.reason_of(ValueError("mary@example.com"), personal=True) == "ValueError"
