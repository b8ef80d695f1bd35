"""Whoever reads of an exception knows what can be done about it."""

from typing import get_args

from shared.contracts.exceptions import ACTIONS, Action, ExceptionClass


def test_every_class_names_what_can_be_done_about_it() -> None:
    assert set(ACTIONS) == set(get_args(ExceptionClass))
    assert all(ACTIONS.values())


def test_every_action_is_one_of_a_class() -> None:
    assert {action for actions in ACTIONS.values() for action in actions} == set(get_args(Action))
