"""The client with which a task asks for an agent and gives it back."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID

import httpx
from pydantic import BaseModel

from airflow_ops_plugin.assignment.schemas import (
    AnswerBody,
    AnswerResult,
    FinishBody,
    TokenBody,
    TokenView,
    WaitBody,
    WaitResult,
    WorkItemView,
    WorkRequest,
)
from airflow_ops_plugin.worker.certificates import trusted_certificates
from airflow_ops_plugin.worker.errors import ApiRefusedError, ApiUnreachableError, TokenExpiredError
from airflow_ops_plugin.worker.proof import write_proof
from airflow_ops_plugin.worker.settings import WorkerSettings

REFRESHED_TOKEN = "Refreshed-Ops-Token"

_Answer = TypeVar("_Answer", bound=BaseModel)
_AWAY = {429, 502, 503, 504}
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
_TIMEOUT_SECONDS = 30.0


class WorkerClient:
    """Calls ``/worker`` for one task instance; a context manager.

    A call is repeated while the API server is away. All of them may be: the server knows the work by its task.

    :param renew: gets a new token, for the first call and when the old one has run out; ``None``: nobody can.
    :param token: the token to begin with.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        *,
        renew: Callable[[WorkerClient], str] | None,
        token: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.token = token
        self._settings = settings
        self._renew = renew
        self._http = httpx.Client(
            timeout=_TIMEOUT_SECONDS, transport=transport, verify=trusted_certificates(settings.url)
        )

    @classmethod
    def for_task(cls, context: Any, settings: WorkerSettings | None = None) -> WorkerClient:
        """Return the client of the running task whose context is given; it proves who it is by its task state."""
        ti = context["ti"]

        def renew(client: WorkerClient) -> str:
            body = TokenBody(
                dag_id=ti.dag_id,
                run_id=ti.run_id,
                task_id=ti.task_id,
                map_index=ti.map_index,
                proof=write_proof(context["task_state_store"]),
            )
            return client.exchange_proof(body).access_token

        return cls(settings or WorkerSettings.read(), renew=renew)

    @property
    def url(self) -> str:
        """The address of the API."""
        return self._settings.url

    def __enter__(self) -> WorkerClient:
        return self

    def __exit__(self, *details: object) -> None:
        self._http.close()

    def exchange_proof(self, body: TokenBody) -> TokenView:
        """Return a token for a proof.

        :raises TokenExpiredError: the proof is not accepted.
        """
        return self._send("POST", "/worker/token", body, TokenView, is_anonymous=True)

    def request_agent(self, request: WorkRequest) -> WorkItemView:
        """Ask for an agent; the work item is leased, or waits in the queue and says why.

        :raises ApiRefusedError: the request makes no sense.
        :raises ApiUnreachableError: the API server stayed away.
        """
        return self._call("POST", "/worker/work-items", request, WorkItemView)

    def current_work(self) -> WorkItemView:
        """Return the latest work item of this attempt.

        :raises ApiRefusedError: it has asked for none (status code 404).
        """
        return self._call("GET", "/worker/work-items/current", None, WorkItemView)

    def finish(self, item_id: UUID, *, outcome: str | None = None, is_completed: bool = True) -> WorkItemView:
        """Give the agents back: the work is done, or is not to be done."""
        body = FinishBody(outcome=outcome, is_completed=is_completed)
        return self._call("POST", f"/worker/work-items/{item_id}/finish", body, WorkItemView)

    def record_answer(self, item_id: UUID, *, user_id: str, outcome: str) -> AnswerResult:
        """Record a person's answer, and learn whether it takes more of them."""
        body = AnswerBody(user_id=user_id, outcome=outcome)
        return self._call("POST", f"/worker/work-items/{item_id}/answers", body, AnswerResult)

    def look_at_work(self) -> WorkItemView | None:
        """Return the work item of this attempt without any patience: ``None`` where the API does not say it now."""
        try:
            return self._send("GET", "/worker/work-items/current", None, WorkItemView, patience_seconds=0)
        except TokenExpiredError:
            self._get_token()
        except (ApiRefusedError, ApiUnreachableError):
            pass
        return None

    def finish_at_last(self, item_id: UUID) -> None:
        """Give the agents back from a process that is being killed: one try, with the token at hand.

        Where it fails, the engine gives them back: it sees that the task instance does not run any more.
        """
        with suppress(ApiRefusedError, ApiUnreachableError):
            path = f"/worker/work-items/{item_id}/finish"
            self._send("POST", path, FinishBody(is_completed=False), WorkItemView, patience_seconds=0)

    def _call(self, method: str, path: str, body: BaseModel | None, answer: type[_Answer]) -> _Answer:
        """Send with a token, once more with a new one where the old one has run out."""
        if self.token is None:
            self._get_token()
        try:
            return self._send(method, path, body, answer)
        except TokenExpiredError:
            if self._renew is None:
                raise
        self._get_token()
        return self._send(method, path, body, answer)

    def _get_token(self) -> None:
        if self._renew is None:
            raise TokenExpiredError("there is no token, and nobody here can get one", 401)
        self.token = self._renew(self)

    def _send(
        self,
        method: str,
        path: str,
        body: BaseModel | None,
        answer: type[_Answer],
        *,
        is_anonymous: bool = False,
        patience_seconds: float | None = None,
    ) -> _Answer:
        """Send, and again while the API server is away.

        :param patience_seconds: for how long; ``None`` for the deployment's setting.
        """
        headers = {} if is_anonymous else {"Authorization": f"Bearer {self.token}"}
        content = None if body is None else body.model_dump(mode="json")
        patience = self._settings.patience_seconds if patience_seconds is None else patience_seconds
        deadline = time.monotonic() + patience
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                response = self._http.request(method, f"{self._settings.url}{path}", json=content, headers=headers)
                problem = f"status code {response.status_code}"
            except httpx.TransportError as error:
                response, problem = None, str(error) or type(error).__name__
            if response is not None and response.status_code not in _AWAY:
                return answer.model_validate(checked(response).json())
            if time.monotonic() + pause > deadline:
                raise ApiUnreachableError(
                    f"the operations API at {self._settings.url} did not answer for"
                    f" {patience:g} s ({problem}); check that the API server runs with the"
                    " plugin, or set [ops] api_url"
                )
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


async def wait_for_work(http: httpx.AsyncClient, *, url: str, token: str, body: WaitBody) -> tuple[WaitResult, str]:
    """Wait once for work items, for a triggerer; return those that need not wait any more, and a fresh token.

    :param url: of the API, see ``WorkerSettings``.
    :raises TokenExpiredError: only the task itself can get a new token.
    :raises httpx.TransportError: the API server is away; try again.
    :raises ApiRefusedError: it said no; a status code of 500 and more may pass.
    """
    response = await http.post(
        f"{url}/worker/waits",
        json=body.model_dump(mode="json"),
        headers={"Authorization": f"Bearer {token}"},
        timeout=body.timeout_seconds + _TIMEOUT_SECONDS,
    )
    result = WaitResult.model_validate(checked(response).json())
    return result, response.headers.get(REFRESHED_TOKEN, token)


def checked(response: httpx.Response) -> httpx.Response:
    """Return the response of a call that succeeded.

    :raises TokenExpiredError: status code 401.
    :raises ApiRefusedError: any other error.
    """
    if response.is_success:
        return response
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = response.text[:200]
    message = f"the operations API said: {detail}"
    if response.status_code == 404 and "Not Found" in str(detail):
        message += " (does the API server run with the plugin?)"
    if response.status_code == 401:
        raise TokenExpiredError(message, 401)
    raise ApiRefusedError(message, response.status_code)
