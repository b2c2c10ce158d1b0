"""What Alembic runs for each migration of the ops tables."""

from __future__ import annotations

from typing import Any

from airflow import settings
from alembic import context

from airflow_ops_plugin.db.manager import OpsDBManager

target_metadata = OpsDBManager.metadata


def _is_ours(thing: Any, name: str | None, kind: str, is_reflected: bool, other: Any) -> bool:
    """Leave Airflow's tables, which live in the same database, out of a comparison."""
    return kind != "table" or name in target_metadata.tables


_SETTINGS: dict[str, Any] = {
    "target_metadata": target_metadata,
    "compare_type": True,
    "compare_server_default": True,
    "render_as_batch": True,
    "version_table": OpsDBManager.version_table_name,
    "include_object": _is_ours,
}


def run_offline() -> None:
    """Print the SQL of the migrations."""
    context.configure(url=settings.SQL_ALCHEMY_CONN, literal_binds=True, **_SETTINGS)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Run the migrations on Airflow's own database."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        context.configure(connection=connection, transaction_per_migration=True, **_SETTINGS)
        with context.begin_transaction():
            context.run_migrations()
        return
    with settings.get_engine().connect() as own:
        context.configure(connection=own, transaction_per_migration=True, **_SETTINGS)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
