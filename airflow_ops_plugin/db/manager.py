"""The manager through which ``airflow db migrate`` creates and upgrades the ops tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airflow.utils.db_manager import BaseDBManager

from airflow_ops_plugin.db.tables import metadata

_FOLDER = Path(__file__).parent


class OpsDBManager(BaseDBManager):
    """Migrates the ops tables, with a version table of their own beside Airflow's."""

    metadata = metadata
    version_table_name = "ops_alembic_version"
    migration_dir = str(_FOLDER / "migrations")
    alembic_file = str(_FOLDER / "alembic.ini")
    supports_table_dropping = True

    def create_db_from_orm(self) -> None:
        """Run the migrations: one way to the schema, for a new database and for an old one."""
        self.upgradedb(use_migration_files=True)  # type: ignore[no-untyped-call]

    def downgrade(self, to_revision: str, from_revision: str | None = None, show_sql_only: bool = False) -> Any:
        """Go back to an earlier revision."""
        from alembic import command

        revision = f"{from_revision}:{to_revision}" if show_sql_only and from_revision else to_revision
        config = self.get_alembic_config()  # type: ignore[no-untyped-call]
        command.downgrade(config, revision, sql=show_sql_only)
