"""What the deployment decides about assignment: options of the configuration section ``[ops]``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

DEFAULT_STRATEGY = "skill_weighted"
DEFAULT_AGEING_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentSettings:
    """The options that concern assignment.

    :param default_strategy: of work that names none (``default_strategy``).
    :param ageing: waiting time that is worth one step of priority (``ageing_seconds``).
    """

    default_strategy: str = DEFAULT_STRATEGY
    ageing: timedelta = timedelta(seconds=DEFAULT_AGEING_SECONDS)

    @classmethod
    def read(cls) -> AssignmentSettings:
        """Return the settings of this deployment."""
        from airflow.configuration import conf

        return cls(
            default_strategy=conf.get("ops", "default_strategy", fallback=DEFAULT_STRATEGY),
            ageing=timedelta(seconds=conf.getfloat("ops", "ageing_seconds", fallback=DEFAULT_AGEING_SECONDS)),
        )
