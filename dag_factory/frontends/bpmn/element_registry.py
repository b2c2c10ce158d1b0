"""The registry of flow elements: one reader for each element name of BPMN."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dag_factory.registry import Registry

if TYPE_CHECKING:
    from dag_factory.frontends.bpmn.flow_index import FlowElement
    from dag_factory.frontends.bpmn.reading import Reading
    from dag_factory.model.process import FlowNode

ElementReader = Callable[["FlowElement", "Reading"], "FlowNode"]

ELEMENTS: Registry[ElementReader] = Registry(
    "BPMN element", package="dag_factory.frontends.bpmn.elements", entry_point_group="airflow_ops.bpmn_elements"
)
"""Readers by the local name of the element they read."""
