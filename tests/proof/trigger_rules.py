"""Airflow's trigger rules, as ``airflow.ti_deps.deps.trigger_rule_dep.TriggerRuleDep`` of 3.3.2 applies them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum


class State(StrEnum):
    """State of a task instance; Airflow's own words."""

    NONE = "none"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    UPSTREAM_FAILED = "upstream_failed"
    SKIPPED = "skipped"

    @property
    def is_finished(self) -> bool:
        """Whether nothing further happens to it."""
        return self not in (State.NONE, State.RUNNING)


def settle(rule: str, upstream: Sequence[State]) -> State | None:
    """Return what becomes of a task instance: ``RUNNING`` when it may start, ``None`` while it waits.

    :param upstream: the state of every task instance directly upstream.
    """
    if not upstream or rule == "always":
        return State.RUNNING
    counts = Counter(state for state in upstream if state.is_finished)
    return _ended_without_running(rule, counts, len(upstream)) or _started(rule, counts, len(upstream))


def _ended_without_running(rule: str, counts: Counter[State], total: int) -> State | None:
    success, skipped = counts[State.SUCCESS], counts[State.SKIPPED]
    is_failed = bool(counts[State.FAILED] or counts[State.UPSTREAM_FAILED])
    is_done = sum(counts.values()) >= total
    match rule:
        case "all_success":
            return State.UPSTREAM_FAILED if is_failed else State.SKIPPED if skipped else None
        case "none_failed":
            return State.UPSTREAM_FAILED if is_failed else None
        case "none_failed_min_one_success":
            if is_failed:
                return State.UPSTREAM_FAILED
            if skipped == total:
                return State.SKIPPED
            return State.UPSTREAM_FAILED if is_done and success == 0 else None
        case "none_skipped":
            return State.SKIPPED if skipped else None
        case "one_success":
            if is_done and skipped == total:
                return State.SKIPPED
            return State.UPSTREAM_FAILED if is_done and not success else None
        case "one_done":
            return State.SKIPPED if is_done and not (success or counts[State.FAILED]) else None
        case "all_done_min_one_success":
            if skipped:
                return State.SKIPPED
            return State.UPSTREAM_FAILED if is_done and not success else None
        case "all_done":
            return None
    raise AssertionError(f"the simulator does not know the trigger rule {rule!r}")


def _started(rule: str, counts: Counter[State], total: int) -> State | None:
    success = counts[State.SUCCESS]
    is_done = sum(counts.values()) >= total
    match rule:
        case "all_success":
            is_met = success == total
        case "none_failed":
            is_met = success + counts[State.SKIPPED] == total
        case "none_failed_min_one_success":
            is_met = success + counts[State.SKIPPED] == total and success > 0
        case "one_success":
            is_met = success > 0
        case "one_done":
            is_met = success + counts[State.FAILED] > 0
        case "all_done_min_one_success":
            is_met = is_done and success > 0
        case _:
            is_met = is_done
    return State.RUNNING if is_met else None
