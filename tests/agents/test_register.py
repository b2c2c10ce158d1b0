"""Registering, changing, importing and removing agents, on a real database of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from airflow_ops_plugin.agents import service
from airflow_ops_plugin.agents.errors import AgentBusyError, AgentExistsError, UnknownAgentError
from airflow_ops_plugin.agents.models import AgentRow
from airflow_ops_plugin.agents.schemas import AgentBody

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def session(ops_database: sa.URL) -> Iterator[Any]:
    """A session on empty tables."""
    from ops_database import engine_of, sessions_of

    engine = engine_of(ops_database)
    with sessions_of(engine)() as session:
        yield session
    engine.dispose()


def _body(name: str, **facts: Any) -> AgentBody:
    return AgentBody(**{"name": name, "kind": "person", "address": name.lower(), **facts})


def _create(session: Any, name: str, **facts: Any) -> AgentRow:
    return service.create_agent(session, body=_body(name, **facts), actor="anna", now=NOW)


def test_what_was_registered_is_exported_and_imported_unchanged(session: Any) -> None:
    _create(
        session,
        "Ann",
        skills={"netops": 3},
        labels=["berlin"],
        working_hours=[{"days": ["mon"], "start": "09:00", "end": "17:00"}],
        absences=[{"start": "2026-04-01T00:00:00Z", "end": "2026-04-02T00:00:00Z", "note": "away"}],
        time_zone="Europe/Berlin",
    )
    exported = service.export_agents(session)
    result = service.import_agents(session, bodies=exported, is_replacing=True, actor="anna", now=NOW)
    assert result.unchanged == ["Ann"]
    assert result.created == result.changed == result.removed == []


def test_a_replacing_import_removes_who_is_not_named(session: Any) -> None:
    _create(session, "Ann")
    result = service.import_agents(session, bodies=[_body("Bob")], is_replacing=True, actor="anna", now=NOW)
    assert (result.created, result.removed) == (["Bob"], ["Ann"])
    with pytest.raises(UnknownAgentError):
        service.get_agent(session, name="Ann")


@pytest.mark.parametrize("facts", [{"name": "Ann", "address": "x"}, {"name": "Other", "address": "ann"}], ids=str)
def test_a_name_and_an_address_belong_to_one_agent(session: Any, facts: dict[str, str]) -> None:
    _create(session, "Ann")
    with pytest.raises(AgentExistsError, match="Ann"):
        service.create_agent(session, body=AgentBody(kind="person", **facts), actor="anna", now=NOW)


def test_the_name_of_a_removed_agent_is_free_again(session: Any) -> None:
    _create(session, "Ann")
    service.remove_agent(session, name="Ann", actor="anna", now=NOW)
    _create(session, "Ann")
    assert [body.name for body in service.export_agents(session)] == ["Ann"]


def test_the_capacity_of_a_busy_agent_cannot_go_below_its_load(session: Any) -> None:
    row = _create(session, "Ann", capacity=3)
    row.load = 2
    session.flush()
    with pytest.raises(AgentBusyError, match="holds more than 1"):
        service.change_agent(session, name="Ann", body=_body("Ann", capacity=1), actor="anna", now=NOW)
    assert service.change_agent(session, name="Ann", body=_body("Ann", capacity=2), actor="anna", now=NOW).capacity == 2


def test_a_busy_agent_cannot_be_removed(session: Any) -> None:
    row = _create(session, "Ann")
    row.load = 1
    session.flush()
    with pytest.raises(AgentBusyError, match="drain it"):
        service.remove_agent(session, name="Ann", actor="anna", now=NOW)


def test_an_agent_that_did_not_answer_gets_its_old_status_back(session: Any) -> None:
    row = _create(session, "Ann")
    for status in ("available", "draining"):
        service.set_status(session, row=row, status=service.AgentStatus(status), reason="", actor="oleg", now=NOW)
        service.mark_unreachable(session, row=row, why="no route", actor="engine", now=NOW)
        assert row.status == "offline"
        assert service.record_heartbeat(session, row=row, actor="engine", now=NOW).status == status


def test_a_heartbeat_leaves_alone_who_was_taken_offline_by_hand(session: Any) -> None:
    row = _create(session, "Ann")
    service.set_status(session, row=row, status=service.AgentStatus.OFFLINE, reason="broken", actor="oleg", now=NOW)
    assert service.record_heartbeat(session, row=row, actor="engine", now=NOW).status == "offline"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({"text": "AN"}, ["Ann", "Dan"]),
        ({"text": "100%"}, []),
        ({"skill": "netops"}, ["Ann"]),
        ({"label": "berlin"}, ["Dan"]),
        ({"order_by": "-name"}, ["Dan", "Cy", "Ann"]),
        ({"limit": 1, "offset": 1}, ["Cy"]),
    ],
    ids=str,
)
def test_agents_are_found_by_text_skill_and_label_in_pages(session: Any, search: Any, found: list[str]) -> None:
    _create(session, "Ann", skills={"netops": 3})
    _create(session, "Cy", skills={"netops2": 3}, labels=["berlin-2"])
    _create(session, "Dan", labels=["berlin"])
    rows, _ = service.find_agents(session, **search)
    assert [row.name for row in rows] == found
