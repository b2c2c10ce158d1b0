"""Messages and signals between runs: asset events keep them, the state of the asset tells waiting runs to look.

A message is an event of the asset that stands for its name, with ``key`` and ``variables`` as its extra: whoever may
create asset events (a task, Airflow's UI, its REST API, an asset watcher) can send one. Triggers cannot read asset
events, so a task that sends also rings: it writes to the asset's state, which triggers can read.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.execution_time.context import AssetStateStoreAccessor, InletEventsAccessor

if TYPE_CHECKING:
    from airflow.sdk import Context
    from pydantic import JsonValue

ANY_KEY = ""
"""Key of a message that says nothing about its receiver, and of a signal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message or signal that was sent.

    :param number: Airflow's number of the asset event.
    :param key: the business key of the receiver, or ``ANY_KEY``.
    """

    number: int
    sent_at: datetime
    key: str
    variables: dict[str, Any]


def letters_since(uri: str, since: datetime) -> Iterator[Letter]:
    """Yield what was sent since an instant, earliest first."""
    for event in InletEventsAccessor(asset_uri=uri).after(since.isoformat()).ascending():
        extra = event.extra or {}
        variables = extra.get("variables")
        yield Letter(
            number=event.id,
            sent_at=event.timestamp,
            key=str(extra.get("key") or ANY_KEY),
            variables=dict(variables) if isinstance(variables, dict) else {},
        )


def take(uri: str, letter: Letter, context: Context) -> bool:
    """Take a message for the task of ``context``; return ``False`` where another run has taken it.

    Airflow's state store has no compare-and-set: two runs that wait for the same key and look within the same
    milliseconds may both take it.
    """
    ti, store = context["ti"], AssetStateStoreAccessor(uri=uri)
    key, own = f"taken-{letter.number}", f"{ti.dag_id}/{ti.run_id}/{ti.task_id}/{ti.map_index}"
    if (store.get(key) or own) != own:
        return False
    store.set(key, own)
    return store.get(key) == own


def is_taken(uri: str, letter: Letter, context: Context) -> bool:
    """Return whether another task has taken a message."""
    ti = context["ti"]
    own = f"{ti.dag_id}/{ti.run_id}/{ti.task_id}/{ti.map_index}"
    return (AssetStateStoreAccessor(uri=uri).get(f"taken-{letter.number}") or own) != own


def bell_of(key: str) -> str:
    """Return the name of the state that changes whenever something for ``key`` is sent."""
    return f"bell-{hashlib.sha256(key.encode()).hexdigest()[:24]}" if key else "bell"


def ring(uri: str, key: str, context: Context) -> None:
    """Tell the runs that wait for ``key``, and those that wait for any, that the task of ``context`` sends something.

    What it sends can be read once the task has succeeded; so the state names the task.
    """
    ti = context["ti"]
    sender: JsonValue = {
        "stamp": uuid.uuid4().hex,
        "dag_id": ti.dag_id,
        "run_id": ti.run_id,
        "task_id": ti.task_id,
    }
    store = AssetStateStoreAccessor(uri=uri)
    for name in dict.fromkeys((bell_of(key), bell_of(ANY_KEY))):
        store.set(name, sender)


def stamp_of(bell: Any) -> str:
    """Return what tells one ringing from the next."""
    return str(bell.get("stamp", "")) if isinstance(bell, dict) else ""
