"""UsesVariables: the mixin by which an operator reads process variables and publishes its result as variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from airflow.sdk.bases.operator import BaseOperatorMeta

from dag_factory.airflow_backend.activity_guard import ActivityGuard
from dag_factory.airflow_backend.read_xcom import read_all_xcoms, read_xcom
from dag_factory.airflow_backend.run_origin import starting_events
from dag_factory.expressions import parse_expression, parse_text

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context

VARIABLES_KEY = "variables"
"""XCom key under which a task publishes the variables it sets: one mapping of name to value."""


class UsesVariables:
    """Mixin, written left of an Airflow operator class.

    Strings of the operator's ``template_fields`` are filled by ``${expression}`` with the run's variables. They are
    never Jinja templates: template authors are only semi-trusted.

    :param variables: for each variable the fields use, the tasks that may have set it, nearest first:
        ``{"host": [{"task": "ask"}, {"task": "scan", "mapped": true}]}``. A variable that none of them has set has
        the value of the run parameter of that name.
    :param outputs: variable name -> expression over the fields of the task's result.
    :param item_variable: name under which a mapped task sees its ``item``.
    :param item: the item of a mapped task.
    :param stopped_by: tasks that may stop this one while it works, see ``ActivityGuard``.
    """

    template_ext: Sequence[str] = ()

    # As Airflow's own mixins do: without it a mapped task (``partial``) does not know these arguments.
    @BaseOperatorMeta._apply_defaults  # type: ignore[type-var]
    def __init__(
        self,
        *,
        variables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
        outputs: Mapping[str, str] | None = None,
        item_variable: str | None = None,
        item: Any = None,
        stopped_by: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.stopped_by = list(stopped_by)
        self.variables = variables or {}
        self.outputs = outputs or {}
        self.item_variable = item_variable
        self.item = item
        self._values: dict[str, Any] | None = None

    def render_template(
        self, content: Any, context: Context, jinja_env: object = None, seen_oids: object = None
    ) -> Any:
        """Return ``content`` with each ``${expression}`` in its strings replaced; a lone one keeps its type.

        :raises dag_factory.expressions.EvaluationError: an expression cannot be evaluated with the run's values.
        """
        return render(content, self.values(context))

    def values(self, context: Context) -> dict[str, Any]:
        """Return the variables this task may read, by name, and ``run`` with facts about the Dag run."""
        if self._values is None:
            self._values = {name: read_variable(context, name, sources) for name, sources in self.variables.items()}
            if self.item_variable:
                self._values[self.item_variable] = self.item
            self._values["run"] = facts_of_run(context)
        return self._values

    def guarded(self, context: Context) -> ActivityGuard:
        """Return the context manager in which the task's work is done."""
        return ActivityGuard(cast("BaseOperator", self), context, self.stopped_by)

    def publish_outputs(self, context: Context, result: Mapping[str, Any]) -> None:
        """Set the variables that ``outputs`` names from ``result``, for the tasks that come after.

        :raises dag_factory.expressions.EvaluationError: an output's expression does not fit the result.
        """
        if not self.outputs:
            return
        values = {name: parse_expression(text).evaluate(result) for name, text in self.outputs.items()}
        context["ti"].xcom_push(key=VARIABLES_KEY, value=values)


def render(content: Any, values: Mapping[str, Any]) -> Any:
    """Return ``content`` (strings, lists and mappings of them) with its expressions replaced by their values."""
    if isinstance(content, str):
        return parse_text(content).render(values)
    if isinstance(content, Mapping):
        return {key: render(item, values) for key, item in content.items()}
    if isinstance(content, list | tuple):
        return [render(item, values) for item in content]
    return content


def read_variable(context: Context, name: str, sources: Sequence[Mapping[str, Any]]) -> Any:
    """Return the value that the nearest of ``sources`` has set, else the run parameter's, else ``None``."""
    for source in sources:
        pulled = _pull(context, source)
        if source.get("mapped"):
            found = [item[name] for item in pulled if item and name in item]
            if found:
                return found
        elif pulled and name in pulled:
            return pulled[name]
    value = context["params"].get(name)
    # Airflow's form sends null for a text that somebody has emptied.
    return context["dag"].params.get(name) if value is None else value


def _pull(context: Context, source: Mapping[str, Any]) -> Any:
    if source.get("mapped"):
        return read_all_xcoms(context["ti"], source["task"], VARIABLES_KEY)
    return read_xcom(context["ti"], source["task"], VARIABLES_KEY)


def facts_of_run(context: Context) -> dict[str, Any]:
    """Return what every expression may use as ``run``: ``id``, ``dag_id``, ``logical_date``, ``initiator``, ``events``.

    ``events`` has the URI of the asset by which a message or a signal started the run.
    """
    dag_run = context["dag_run"]
    logical_date = dag_run.logical_date
    return {
        "id": dag_run.run_id,
        "dag_id": dag_run.dag_id,
        "logical_date": logical_date.isoformat() if logical_date else None,
        "initiator": getattr(dag_run, "triggering_user_name", None),
        "events": [event.uri for event in starting_events(context)[:1]],
    }
