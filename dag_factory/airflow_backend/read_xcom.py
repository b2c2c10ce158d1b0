"""Reads an XCom that need not be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk.bases.xcom import BaseXCom

if TYPE_CHECKING:
    from airflow.sdk.types import RuntimeTaskInstanceProtocol


def read_xcom(ti: RuntimeTaskInstanceProtocol, task_id: str, key: str) -> Any:
    """Return what a task of the run of ``ti`` has published, of a mapped task the first; ``None`` for nothing.

    Airflow's ``xcom_pull`` writes an error into the task's log for each XCom that is not there.
    """
    found = read_all_xcoms(ti, task_id, key)
    return found[0] if found else None


def read_all_xcoms(ti: RuntimeTaskInstanceProtocol, task_id: str, key: str) -> list[Any]:
    """Return what all instances of a task of the run of ``ti`` have published, in the order of their map indices."""
    return list(BaseXCom.get_all(key=key, dag_id=ti.dag_id, task_id=task_id, run_id=ti.run_id) or ())
