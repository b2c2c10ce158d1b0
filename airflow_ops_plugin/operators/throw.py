"""ThrowOperator: sends a message or a signal."""

from __future__ import annotations

from typing import Any, Literal

from airflow.sdk import Asset, BaseOperator, Context

from airflow_ops_plugin.operators.mailbox import ANY_KEY, ring
from airflow_ops_plugin.operators.result_size import check_result_size
from dag_factory.airflow_backend.run_origin import RunOrigin
from dag_factory.airflow_backend.uses_variables import UsesVariables
from dag_factory.expressions import parse_expression
from dag_factory.model.event_address import asset_uri
from dag_factory.nodes.event_race import BUSINESS_KEY


class ThrowOperator(UsesVariables, BaseOperator):
    """Sends: an event of the asset that stands for the name starts Dags that begin with it, and waiting runs see it.

    With it go all variables that have a value here, and for a message the business key: of the receiver where the
    diagram names it, else of the conversation, which is the id of the run that began it.

    :param kind: ``message`` or ``signal``.
    :param event: its name.
    :param correlation: expression for the key of the receiver.
    """

    def __init__(self, *, kind: Literal["message", "signal"], event: str, correlation: str = "", **kwargs: Any) -> None:
        self.asset = Asset(uri=asset_uri(kind, event))
        super().__init__(outlets=[self.asset], **kwargs)
        self.kind = kind
        self.event = event
        self.correlation = correlation

    def execute(self, context: Context) -> dict[str, Any]:
        """Send, and return what was sent.

        :raises dag_factory.expressions.EvaluationError: the key cannot be evaluated with the run's variables.
        """
        values = self.values(context)
        key = self._key(context, values)
        variables = {name: value for name, value in values.items() if value is not None and name != "run"}
        extra: dict[str, Any] = {"key": key, "variables": variables}
        check_result_size(extra, "set fewer or smaller variables before it is sent")
        context["outlet_events"][self.asset].extra = extra
        ring(self.asset.uri, key, context)
        self.log.info("Sent the %s %r with the key %r", self.kind, self.event, key)
        return extra

    def _key(self, context: Context, values: dict[str, Any]) -> str:
        if self.kind == "signal":
            return ANY_KEY
        if self.correlation:
            return str(parse_expression(self.correlation).evaluate(values))
        return str(values.get(BUSINESS_KEY) or RunOrigin.of(context).root_run_id)
