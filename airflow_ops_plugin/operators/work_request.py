"""What a template asks of an agent, as the plugin's API takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_ops_plugin.operators.errors import ArgumentValueError

if TYPE_CHECKING:
    from airflow_ops_plugin.assignment.schemas import WorkRequest

_FACTS = frozenset(
    ["kind", "skills", "exclude", "priority", "strategy", "quorum", "seats", "refusals", "offer_timeout_seconds"],
)


def work_request(agent: Mapping[str, Any], *, subject: str = "", preferred_agent: str | None = None) -> WorkRequest:
    """Return the request for ``agent``, whose texts are interpolated by now.

    :param agent: ``kind``; and where asked for ``skills`` (level by name), ``agents``, ``groups``, ``prefer``,
        ``exclude``, ``priority``, ``strategy``, ``quorum``, ``seats``, ``refusals``, ``offer_timeout_seconds``.
    :param subject: what it is about, in a line.
    :raises ArgumentValueError: it names agents or groups by values that are empty: anybody could get the work.
    """
    from pydantic import ValidationError

    from airflow_ops_plugin.assignment.schemas import WorkRequest

    facts = {name: value for name, value in agent.items() if name in _FACTS}
    try:
        return WorkRequest(
            **facts,
            only_agents=_names(agent, "agents"),
            any_label=_names(agent, "groups"),
            prefer_labels=split_names(agent.get("prefer", ())),
            preferred_agent=preferred_agent,
            subject=subject[:2000],
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ArgumentValueError(f"the agent cannot be asked for: {first['loc']}: {first['msg']}") from error


def split_names(names: Sequence[Any]) -> list[str]:
    """Return the names in ``names``, whose entries may be lists, or text with commas; each once, in order."""
    flat = [part for entry in names for part in (entry if isinstance(entry, list) else str(entry or "").split(","))]
    return list(dict.fromkeys(name for part in flat if (name := str(part).strip())))


def _names(agent: Mapping[str, Any], field: str) -> list[str]:
    given = agent.get(field, ())
    names = split_names(given)
    if given and not names:
        raise ArgumentValueError(f"the {field} of the agent are given but name nobody; check the values they come from")
    return names
