"""Answers of several people to one request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_ops_plugin.assignment.quorum import Decision, decide

YES, NO = "Approve", "Reject"
OPEN = Decision(is_final=False)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([], OPEN),
        ([YES], OPEN),
        ([YES, YES], Decision(True, YES)),
        ([YES, NO], OPEN),
        ([NO, YES, YES], Decision(True, YES)),
        ([NO, NO], Decision(True, NO)),
        ([YES, NO, "Later"], Decision(True, NO)),
    ],
)
def test_two_of_three(answers: list[str], expected: Decision) -> None:
    assert decide(answers, quorum=2, seats=3, refusals=[NO]) == expected


def test_one_refusal_is_enough_where_all_must_approve() -> None:
    assert decide([NO], quorum=3, seats=3, refusals=[NO]) == Decision(True, NO)


def test_refusals_do_not_win_while_enough_others_may_still_approve() -> None:
    assert decide([NO, NO], quorum=2, seats=5, refusals=[NO]) == OPEN


def test_without_a_refusal_nothing_wins_where_no_answer_can_any_more() -> None:
    assert decide(["now", "tonight"], quorum=2, seats=2) == Decision(True, None)


@given(st.lists(st.sampled_from([YES, NO, "Later"]), max_size=7), st.integers(1, 7), st.integers(1, 7))
def test_a_majority_that_is_final_is_never_changed_by_more_answers(answers: list[str], quorum: int, seats: int) -> None:
    quorum = max(min(quorum, seats), seats // 2 + 1)
    stages = [decide(answers[:count], quorum=quorum, seats=seats, refusals=[NO]) for count in range(seats + 1)]
    final = [stage for stage in stages[: len(answers) + 1] if stage.is_final]
    assert all(stage.is_final for stage in stages[stages.index(final[0]) : len(answers) + 1]) if final else True
    assert len({stage.answer for stage in final} & {YES, "Later"}) <= 1
