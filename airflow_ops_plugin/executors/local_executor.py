"""LocalExecutor: Airflow's, with tasks that start faster, and without its race of a task instance that parks."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from airflow.executors import local_executor
from airflow.executors.workloads.task import ExecuteTask

from airflow_ops_plugin.executors.preload import preload_tasks
from airflow_ops_plugin.executors.prompt_supervision import supervise_promptly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.executors.workloads import ExecutorWorkload
    from airflow.executors.workloads.types import WorkloadKey


class LocalExecutor(local_executor.LocalExecutor):
    """Reports the end of a task instance's process only if no later process of the same attempt was handed over.

    A task instance that waits for a person (or is deferred, or rescheduled) ends its process and goes on in another
    one, as the same attempt. If it goes on before the scheduler has seen the first process end, Airflow 3.3 takes that
    end for the death of the second and fails the task instance (apache/airflow issues 71580 and 72716): an approval
    answered within the second it appears in was lost. CeleryExecutor is not affected; it forgets the first message
    when it sends the second.

    The class has the name of Airflow's, by which the simple auth manager knows an executor of one machine.
    """

    def start(self) -> None:
        """Start the workers, which inherit what tasks need: else each task would import it anew."""
        self._unfinished: Counter[WorkloadKey] = Counter()
        preload_tasks()
        supervise_promptly()
        super().start()

    def _process_workloads(self, workload_list: Sequence[ExecutorWorkload]) -> None:
        self._unfinished.update(one.ti.key for one in workload_list if isinstance(one, ExecuteTask))
        super()._process_workloads(workload_list)  # type: ignore[no-untyped-call]

    def _read_results(self) -> None:
        while not self.result_queue.empty():
            key, state, _ = self.result_queue.get()
            if key in self._unfinished:
                self._unfinished[key] -= 1
                if self._unfinished[key] > 0:
                    self.log.info("%s already goes on in another process; the end of this one is not its end", key)
                    continue
                del self._unfinished[key]
            self.change_state(key, state)
