"""What the operators of events do in the simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_operators import HAPPENS_AFTER, follow, operator
from trigger_rules import State

if TYPE_CHECKING:
    from dag_simulator import TaskInstance


@operator("EventRaceOperator")
def wait_for_events(ti: TaskInstance) -> None:
    """Wait for the event that the oracle lets happen, or until what it waits beside is done."""
    arguments = ti.task.arguments
    if any(event["kind"] == "owner" for event in arguments["events"]):
        ti.world.watch(lambda: _is_withdrawn(ti) or _is_abandoned(ti))
        return
    outcomes = [event["outcome"] for event in arguments["events"]]
    asking = next(filter(None, map(ti.world.oracle.asking, outcomes)), "")
    chosen = ti.world.oracle.chosen(asking) if asking else outcomes[0]
    if chosen in outcomes:
        ti.world.after(HAPPENS_AFTER, lambda: _happen(ti, chosen))
    if "watch" in arguments:
        ti.world.watch(lambda: _is_withdrawn(ti))


def _happen(ti: TaskInstance, outcome: str) -> None:
    if ti.state.is_finished:
        return
    ti.xcoms["outcome"] = outcome
    ti.run.stop(ti.task.arguments.get("stops", ()))
    branches = ti.task.arguments.get("branches")
    if branches is None:
        ti.finish(State.SUCCESS)
    else:
        follow(ti, set(branches.get(outcome, ())))


def _is_withdrawn(ti: TaskInstance) -> bool:
    """Skip a wait whose activity is done; return whether it has ended."""
    if not ti.state.is_finished and all(state.is_finished for state in ti.run.states(ti.task.arguments["watch"])):
        ti.finish(State.SKIPPED)
    return ti.state.is_finished


def _is_abandoned(ti: TaskInstance) -> bool:
    """Stop a run that nobody waits for any more; return whether that is so."""
    owner = ti.run.owner
    if owner is None or owner.state.is_finished:
        ti.run.stop(ti.task.arguments["stops"])
        ti.finish(State.SUCCESS)
    return ti.state.is_finished


@operator("TerminateOperator")
def terminate(ti: TaskInstance) -> None:
    """Stop the other tasks; fail where it is an error end."""
    ti.run.stop(ti.task.arguments.get("stops", ()))
    if ti.task.arguments.get("fails"):
        ti.xcoms["error"] = ti.task.arguments.get("error", "")
        ti.finish(State.FAILED)
    else:
        ti.finish(State.SUCCESS)


@operator("CompletedCheckOperator")
def check(ti: TaskInstance) -> None:
    """Follow the branch that says whether an activity was completed."""
    is_done = State.SUCCESS in ti.run.states([ti.task.arguments["task"]])
    follow(ti, set(ti.task.arguments["branches"].get("completed" if is_done else "not completed", ())))


@operator("OutcomeRouterOperator")
def route(ti: TaskInstance) -> None:
    """Follow an interrupting event, an error or the normal end; fail where no handler takes an error."""
    arguments = ti.task.arguments
    outcome = _outcome(ti)
    if outcome is None:
        ti.finish(State.FAILED)
        return
    ti.xcoms["outcome"] = outcome
    follow(ti, set(arguments["branches"].get(outcome, ())))


def _outcome(ti: TaskInstance) -> str | None:
    arguments = ti.task.arguments
    for race in ti.run.instances[arguments["race"]] if arguments.get("race") else ():
        if "outcome" in race.xcoms:
            return race.xcoms["outcome"]
    for thrown in arguments.get("thrown", ()):
        if State.SUCCESS in ti.run.states([thrown["task"]]):
            return thrown["outcome"]
    if not {State.FAILED, State.UPSTREAM_FAILED} & set(ti.run.states(arguments["exits"])):
        return "normal"
    return _outcome_of_failure(ti)


def _outcome_of_failure(ti: TaskInstance) -> str | None:
    arguments = ti.task.arguments
    routers = [one for router in arguments.get("routers", ()) for one in ti.run.instances[router]]
    handled = {name for router in routers for name in router.xcoms.get("handled", ())}
    failed = [name for name in arguments["stops"] if State.FAILED in ti.run.states([name]) and name not in handled]
    codes = [one.xcoms.get("error", "") for name in failed for one in ti.run.instances[name]] or [""]
    for handler in arguments.get("handlers", ()):
        if any(handler.get("code", "") in ("", code) for code in codes):
            ti.run.stop(arguments["stops"])
            ti.xcoms["handled"] = failed
            return handler["outcome"]
    ti.xcoms["error"] = next((code for code in codes if code), "")
    return None
