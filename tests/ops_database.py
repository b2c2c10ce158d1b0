"""Databases with the ops tables beside Airflow's, on SQLite and PostgreSQL, apart from the test session's own."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker


def engine_of(url: str | sa.URL, pool_size: int = 5) -> sa.Engine:
    """Return an engine; on SQLite with foreign keys and patience, as Airflow's own."""
    url = sa.make_url(url)
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_size=pool_size)
    engine = sa.create_engine(url, connect_args={"timeout": 60, "check_same_thread": False})
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
    return engine


def sessions_of(engine: sa.Engine) -> sessionmaker[Session]:
    """Return a maker of sessions like Airflow's."""
    return sessionmaker(engine, autoflush=False, expire_on_commit=False)


def create_tables(engine: sa.Engine) -> None:
    """Create Airflow's tables, and the ops tables by their migrations."""
    from airflow.models import import_all_models
    from airflow.models.base import metadata as airflow_tables

    import_all_models()
    airflow_tables.create_all(engine)
    migrate(engine)


def migrate(engine: sa.Engine, revision: str = "heads") -> None:
    """Run the migrations of the ops tables, up to ``revision``."""
    from alembic import command
    from alembic.config import Config

    from airflow_ops_plugin.db.manager import OpsDBManager

    config = Config()
    config.set_main_option("script_location", OpsDBManager.migration_dir)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
