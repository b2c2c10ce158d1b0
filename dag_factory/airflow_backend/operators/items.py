"""ItemsOperator: evaluates the list over which a mapped task runs, one task instance for each item."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowFailException

from dag_factory.airflow_backend.uses_variables import UsesVariables
from dag_factory.expressions import EvaluationError, parse_expression

if TYPE_CHECKING:
    from airflow.sdk import Context


class ItemsOperator(UsesVariables, BaseOperator):
    """Returns the list that ``items`` evaluates to.

    :param items: an expression whose value is a list, or a text that holds one as JSON.
    """

    def __init__(self, *, items: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.items = items

    def execute(self, context: Context) -> list[Any]:
        """Return the list.

        :raises AirflowFailException: the value is no list, or longer than Airflow maps over.
        """
        try:
            value = parse_expression(self.items).evaluate(self.values(context))
        except EvaluationError as error:
            raise AirflowFailException(f"{self._name}: {error}") from error
        items = self._as_list(value)
        limit = conf.getint("core", "max_map_length", fallback=1024)
        if len(items) > limit:
            raise AirflowFailException(
                f"{self._name} has {len(items)} items, and Airflow runs at most {limit} task instances of one task; "
                "make the list shorter, or raise [core] max_map_length"
            )
        self.log.info("%d items", len(items))
        return items

    def _as_list(self, value: Any) -> list[Any]:
        found = _decode_json(value) if isinstance(value, str) else value
        if isinstance(found, list | tuple):
            return list(found)
        raise AirflowFailException(f"{self._name} must be a list, it is {_describe(value)}")

    @property
    def _name(self) -> str:
        return f"the value of {self.items} in {self.task_display_name!r}"


def _decode_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _describe(value: Any) -> str:
    kinds = {dict: "an object", str: "a text", bool: "a boolean", int: "a number", float: "a number"}
    kind = kinds.get(type(value), "nothing" if value is None else type(value).__name__)
    return kind if value is None else f"{kind}: {value!r:.200}"
