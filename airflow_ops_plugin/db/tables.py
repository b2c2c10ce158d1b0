"""Imports every module that declares an ops table, so that the MetaData is complete."""

from airflow_ops_plugin.agents import models as agents
from airflow_ops_plugin.assignment import models as assignment
from airflow_ops_plugin.db.base import metadata
from airflow_ops_plugin.engine import models as engine

__all__ = ["agents", "assignment", "engine", "metadata"]
