"""A small simulator of Airflow: the Dags of a template, run in virtual time by Airflow's trigger rules."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from oracle import Oracle
from simulated_operators import OPERATORS
from trigger_rules import State, settle

from dag_factory.dag_spec import DagSpec, TaskSpec

UNMAPPED = -1


@dataclass
class TaskInstance:
    """One task instance.

    :param map_index: its place in the list of items, ``UNMAPPED`` for none.
    :param xcoms: what it has pushed, by key.
    """

    run: DagRun
    task: TaskSpec
    map_index: int = UNMAPPED
    state: State = State.NONE
    item: Any = None
    xcoms: dict[str, Any] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """Where it runs."""
        return self.run.world

    def finish(self, state: State, skip: Iterable[str] = ()) -> None:
        """End it.

        :param skip: tasks downstream that it skips, as Airflow's branching does.
        """
        if self.state is State.RUNNING:
            self.state = state
            self.world.finished.append(self)
            for task_id in skip:
                self.run.skip(task_id)
            self.run.look_behind(self.task.task_id)

    def values(self) -> dict[str, Any]:
        """Return the process variables that it may read, as ``UsesVariables`` reads them."""
        found = {name: self._read(name, sources) for name, sources in self.task.arguments.get("variables", {}).items()}
        if "item_variable" in self.task.arguments:
            found[self.task.arguments["item_variable"]] = self.item
        return found

    def _read(self, name: str, sources: Sequence[dict[str, Any]]) -> Any:
        for source in sources:
            pulled = [one.xcoms.get("variables", {}) for one in self.run.instances[source["task"]]]
            found = [values[name] for values in pulled if name in values]
            if found:
                return found if source.get("mapped") else found[0]
        return self.run.conf.get(name)


@dataclass
class DagRun:
    """One run of a Dag.

    :param then: called with the run once it has ended.
    :param owner: the task instance that started it.
    """

    world: World
    dag: DagSpec
    conf: dict[str, Any]
    then: Callable[[DagRun], None]
    owner: TaskInstance | None = None
    state: str = "running"

    def __post_init__(self) -> None:
        self.tasks = {task.task_id: task for task in self.dag.tasks}
        self.instances = {task_id: [TaskInstance(self, task)] for task_id, task in self.tasks.items()}
        self.upstream: dict[str, list[str]] = {task_id: [] for task_id in self.tasks}
        self.downstream: dict[str, list[str]] = {task_id: [] for task_id in self.tasks}
        for edge in self.dag.edges:
            if edge.upstream not in self.upstream[edge.downstream]:
                self.upstream[edge.downstream].append(edge.upstream)
                self.downstream[edge.upstream].append(edge.downstream)
        self.to_look_at = deque(self.tasks)
        self.has_changed = True

    def below(self, task_id: str) -> set[str]:
        """Return every task that comes after ``task_id``."""
        found: set[str] = set()
        ahead = [task_id]
        while ahead:
            new = set(self.downstream[ahead.pop()]) - found
            found |= new
            ahead += new
        return found

    def skip(self, task_id: str) -> None:
        """Skip a task, unless it runs or has run."""
        for one in self.instances[task_id]:
            if one.state not in (State.RUNNING, State.SUCCESS, State.FAILED):
                one.state = State.SKIPPED
        self.look_behind(task_id)

    def stop(self, task_ids: Iterable[str]) -> None:
        """Take back what has not ended of these tasks, as ``stop_tasks`` does; each counts as skipped."""
        for task_id in task_ids:
            for one in self.instances[task_id]:
                if not one.state.is_finished:
                    one.state = State.SKIPPED
            self.look_behind(task_id)

    def states(self, task_ids: Iterable[str]) -> list[State]:
        """Return the states of all instances of these tasks."""
        return [one.state for task_id in task_ids for one in self.instances[task_id]]

    def look_behind(self, task_id: str) -> None:
        """Let the scheduler look at what follows ``task_id``."""
        self.to_look_at += self.downstream[task_id]
        self.has_changed = True

    def schedule(self) -> None:
        """Do what Airflow's scheduler does until nothing changes; end the run where all is done, or nothing can be."""
        self.has_changed = False
        while self.to_look_at:
            self.consider(self.to_look_at.popleft())
        if self.state != "running" or any(one.state is State.RUNNING for one in self.all_instances()):
            return
        leaves = [
            one.state for task_id in self.tasks if not self.downstream[task_id] for one in self.instances[task_id]
        ]
        is_stuck = any(not one.state.is_finished for one in self.all_instances())
        is_failed = is_stuck or State.FAILED in leaves or State.UPSTREAM_FAILED in leaves
        self.state = "failed" if is_failed else "success"
        self.then(self)

    def all_instances(self) -> Iterable[TaskInstance]:
        """Yield every task instance."""
        for instances in self.instances.values():
            yield from instances

    def consider(self, task_id: str) -> None:
        """Apply the trigger rule to a task that has not begun."""
        task = self.tasks[task_id]
        if self.instances[task_id][0].state is not State.NONE:
            return
        states = [one.state for upstream in self.upstream[task_id] for one in self.instances[upstream]]
        verdict = settle(task.trigger_rule, states)
        if verdict is State.RUNNING and task.map is not None:
            self.expand(task)
        elif verdict is not None:
            self.become(self.instances[task_id][0], verdict)

    def expand(self, task: TaskSpec) -> None:
        assert task.map is not None
        items = self.instances[task.map.over][0].xcoms["return_value"]
        if not items:
            self.become(self.instances[task.task_id][0], State.SKIPPED)
            return
        self.instances[task.task_id] = [TaskInstance(self, task, index, item=item) for index, item in enumerate(items)]
        for one in list(self.instances[task.task_id]):
            self.become(one, State.RUNNING)

    def become(self, one: TaskInstance, state: State) -> None:
        one.state = state
        if state is State.RUNNING:
            OPERATORS[one.task.operator.rpartition(".")[2]](one)
        else:
            self.look_behind(one.task.task_id)


class World:
    """The Dags of one template, a clock, and every run.

    :param oracle: decides what data and people would decide.
    """

    def __init__(self, dags: Sequence[DagSpec], oracle: Oracle) -> None:
        self.dags = {dag.dag_id: dag for dag in dags}
        self.oracle = oracle
        self.runs: list[DagRun] = []
        self.finished: list[TaskInstance] = []
        self.now = 0.0
        self.watchers: list[Callable[[], bool]] = []
        self._last: deque[Callable[[], None]] = deque()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def start(
        self,
        dag_id: str,
        conf: dict[str, Any],
        then: Callable[[DagRun], None] = lambda run: None,
        owner: TaskInstance | None = None,
    ) -> DagRun:
        """Create a run; ``go`` runs it."""
        run = DagRun(self, self.dags[dag_id], conf, then, owner)
        self.runs.append(run)
        return run

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        """Let ``event`` happen later."""
        heapq.heappush(self._events, (self.now + seconds, next(self._numbers), event))

    def at_last(self, event: Callable[[], None]) -> None:
        """Let ``event`` happen when nothing else is left to."""
        self._last.append(event)

    def watch(self, watcher: Callable[[], bool]) -> None:
        """Call ``watcher`` whenever all is quiet, until it says that it has seen what it waited for."""
        self.watchers.append(watcher)

    def settle(self) -> None:
        """Let the scheduler do all that can be done at this moment."""
        while busy := [run for run in self.runs if run.state == "running" and run.has_changed]:
            for run in busy:
                run.schedule()

    def look(self) -> bool:
        """Ask the watchers; return whether one has seen what it waited for."""
        for watcher in list(self.watchers):
            if watcher():
                self.watchers.remove(watcher)
                return True
        return False

    def go(self) -> None:
        """Run until nothing happens any more."""
        while True:
            self.settle()
            if self.look():
                continue
            if self._events:
                self.now, _, event = heapq.heappop(self._events)
                event()
            elif self._last:
                self._last.popleft()()
            else:
                return
