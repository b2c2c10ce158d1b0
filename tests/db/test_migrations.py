"""The ops tables: their models are what the migrations make, on both databases, and plain Airflow commands run them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from ops_database import engine_of, migrate

from airflow_ops_plugin.db.manager import OpsDBManager


def _is_ours(thing: Any, name: str | None, kind: str, is_reflected: bool, other: Any) -> bool:
    return kind != "table" or name in OpsDBManager.metadata.tables


def _schema(engine: sa.Engine) -> dict[str, Any]:
    """Return what the database itself says about the ops tables."""
    inspector = sa.inspect(engine)
    found = {}
    for table in sorted(OpsDBManager.metadata.tables):
        found[table] = {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)},
            "key": inspector.get_pk_constraint(table),
            "foreign keys": sorted(str(key) for key in inspector.get_foreign_keys(table)),
            "indexes": sorted(str(_plain(index)) for index in inspector.get_indexes(table)),
            "checks": sorted(str(check) for check in inspector.get_check_constraints(table)),
        }
    return found


def _plain(value: Any) -> Any:
    """Return ``value`` with conditions as text: two of the same are not equal otherwise."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in sorted(value.items())}
    return str(value) if isinstance(value, sa.TextClause) else value


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_databases(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Two empty databases of the same kind."""
    if request.param == "sqlite":
        yield [sa.make_url(f"sqlite:///{tmp_path / name}.db") for name in "ab"]
        return
    from postgres_server import new_database

    server = request.getfixturevalue("postgres_template").set(database="postgres")
    with new_database(server) as first, new_database(server) as second:
        yield [first, second]


def test_the_schema_from_the_models_is_that_of_the_migrations(empty_databases: list[sa.URL]) -> None:
    from_models, from_migrations = (engine_of(url) for url in empty_databases)
    OpsDBManager.metadata.create_all(from_models)
    migrate(from_migrations)
    assert _schema(from_models) == _schema(from_migrations)
    with from_migrations.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "include_object": _is_ours}
        )
        assert compare_metadata(context, OpsDBManager.metadata) == []
    from_models.dispose()
    from_migrations.dispose()


def test_the_first_migration_can_be_undone_and_done_again(empty_databases: list[sa.URL]) -> None:
    from alembic import command
    from alembic.config import Config

    engine = engine_of(empty_databases[0])
    migrate(engine)
    config = Config()
    config.set_main_option("script_location", OpsDBManager.migration_dir)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
    assert not {name for name in sa.inspect(engine).get_table_names() if name in OpsDBManager.metadata.tables}
    migrate(engine)
    assert set(OpsDBManager.metadata.tables) <= set(sa.inspect(engine).get_table_names())
    engine.dispose()


def test_airflow_db_migrate_makes_the_ops_tables(airflow_home: Path) -> None:
    from airflow import settings
    from airflow.utils.db_manager import RunDBManager

    assert set(OpsDBManager.metadata.tables) <= set(sa.inspect(settings.get_engine()).get_table_names())
    with settings.Session() as session:
        manager = RunDBManager()
        manager.validate()
        assert manager.check_migration(session)
