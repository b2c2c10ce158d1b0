"""From ScheduleSpec to the timetable or asset condition that Airflow's scheduler goes by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import (
    Asset,
    AssetAll,
    AssetAny,
    AssetOrTimeSchedule,
    AssetWatcher,
    CronTriggerTimetable,
    DeltaTriggerTimetable,
    MultipleCronTriggerTimetable,
)

from dag_factory.dag_spec import ScheduleSpec

if TYPE_CHECKING:
    from airflow.sdk.bases.timetable import BaseTimetable
    from airflow.sdk.definitions.asset import BaseAsset


def build_schedule(spec: ScheduleSpec, dag_id: str) -> BaseTimetable | BaseAsset | None:
    """Return what a Dag takes as ``schedule``; ``None`` when runs are only ever triggered.

    Times and events together mean: at each of the times, and at each event too.
    """
    timetable = _build_timetable(spec)
    condition = _build_asset_condition(spec, dag_id)
    if timetable is not None and condition is not None:
        return AssetOrTimeSchedule(assets=condition, timetable=timetable)
    return timetable if condition is None else condition


def _build_timetable(spec: ScheduleSpec) -> BaseTimetable | None:
    if spec.interval_seconds is not None:
        return DeltaTriggerTimetable(timedelta(seconds=spec.interval_seconds))
    if len(spec.crons) == 1:
        return CronTriggerTimetable(spec.crons[0], timezone=spec.timezone)
    if spec.crons:
        return MultipleCronTriggerTimetable(*spec.crons, timezone=spec.timezone)
    return None


def _build_asset_condition(spec: ScheduleSpec, dag_id: str) -> BaseAsset | None:
    """Return the condition: an event on all the assets, or on one of ``events``, or a message on any of the queues."""
    alternatives: list[BaseAsset] = [_build_queue_asset(queue, dag_id) for queue in spec.message_queues]
    assets = [Asset(uri=uri) for uri in spec.assets]
    if assets:
        alternatives.insert(0, assets[0] if len(assets) == 1 else AssetAll(*assets))
    alternatives += [Asset(uri=uri) for uri in spec.events]
    if not alternatives:
        return None
    return alternatives[0] if len(alternatives) == 1 else AssetAny(*alternatives)


def _build_queue_asset(queue: Mapping[str, Any], dag_id: str) -> Asset:
    """Return an asset that only this Dag's watcher feeds: assets are global, so its name carries the ``dag_id``."""
    from airflow.providers.common.messaging.triggers.msg_queue import MessageQueueTrigger  # loads every queue provider

    arguments = dict(queue)
    name = arguments.pop("name")
    watcher = AssetWatcher(name=name, trigger=MessageQueueTrigger(**arguments))
    return Asset(name=f"{dag_id}.{name}", watchers=[watcher])
