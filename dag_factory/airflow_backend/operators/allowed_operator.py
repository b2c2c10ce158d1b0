"""AllowedOperator: builds any Airflow operator that the deployment allows, with the variables of the run."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from dag_factory.airflow_backend.build_dag import import_named
from dag_factory.airflow_backend.operators.unbound import UnboundOperator
from dag_factory.airflow_backend.uses_variables import UsesVariables

if TYPE_CHECKING:
    from airflow.sdk import Context


class AllowedOperator:
    """Stands where an operator class does, and makes an operator of the class that its argument names.

    One that ``[ops] allowed_operators`` does not list becomes a task that fails with the reason. The list is read
    when the Dag is parsed, by the Dag processor and by the worker alike.
    """

    def __new__(  # type: ignore[misc]  # what it makes is an operator, never one of itself
        cls, *, operator: str, operator_arguments: Mapping[str, Any] | None = None, **options: Any
    ) -> BaseOperator:
        """Return the operator.

        :param operator: dotted path of its class.
        :param operator_arguments: its own arguments.
        :param options: what every operator takes, and ``variables`` and ``outputs`` of ``UsesVariables``.
        """
        if not is_allowed(operator):
            return UnboundOperator(reason=_refusal(operator), **_without_variables(options))
        made: BaseOperator = _with_variables(operator)(**dict(operator_arguments or {}), **options)
        return made

    @staticmethod
    def partial(*, operator: str, operator_arguments: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """Return the operator's ``partial``, for one task instance for each item of a list."""
        if not is_allowed(operator):
            return _with_variables(f"{UnboundOperator.__module__}.UnboundOperator").partial(
                reason=_refusal(operator), **options
            )
        return _with_variables(operator).partial(**dict(operator_arguments or {}), **options)


def is_allowed(operator: str) -> bool:
    """Return whether a pattern of ``[ops] allowed_operators`` fits the dotted path ``operator``."""
    from airflow.sdk.configuration import conf

    listed = str(conf.get("ops", "allowed_operators", fallback="") or "")
    return any(fnmatchcase(operator, pattern) for pattern in listed.replace(",", " ").split())


def _refusal(operator: str) -> str:
    return f"the operator {operator} is not allowed here; add it to [ops] allowed_operators of Airflow's configuration"


def _without_variables(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in ("variables", "outputs", "item_variable")}


@cache
def _with_variables(operator: str) -> Any:
    """Return the class ``operator`` with texts filled by ``${...}`` instead of Jinja, which publishes its outputs."""
    base = import_named(operator)

    def execute(self: Any, context: Context) -> Any:
        return _published(self, context, base.execute(self, context))

    def resume_execution(self: Any, next_method: str, next_kwargs: Any, context: Context) -> Any:
        return _published(self, context, base.resume_execution(self, next_method, next_kwargs, context))

    body = {"execute": execute, "resume_execution": resume_execution}
    return type(base)(base.__name__, (UsesVariables, base), {"__module__": base.__module__, **body})


def _published(operator: UsesVariables, context: Context, result: Any) -> Any:
    operator.publish_outputs(context, {"result": result})
    return result
