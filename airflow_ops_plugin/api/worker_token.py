"""Tokens of tasks for ``/worker``: how a task proves who it is, and the short-lived token that it gets for it.

A process of a task holds no credential of Airflow: the token of the execution API stays with its supervisor. What only
the task itself can do is write its own task state, through the supervisor. So it writes the digest of a random text
there and sends the text: who knows it is the task. See ``docs/decisions``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
import sqlalchemy as sa
from airflow._shared.state import TaskScope
from airflow.api_fastapi.auth.tokens import JWTGenerator, JWTValidator, get_sig_validation_args, get_signing_args
from airflow.models.taskinstance import TaskInstance
from airflow.state import get_state_backend
from sqlalchemy.orm import Session

from airflow_ops_plugin.assignment.request import Attempt
from airflow_ops_plugin.assignment.work import WorkKey
from airflow_ops_plugin.errors import NotAllowedError
from airflow_ops_plugin.worker.proof import PROOF_KEY

AUDIENCE = "airflow-ops-worker"
VALID_SECONDS = 600


class TokenRefusedError(NotAllowedError):
    """The token or the proof is missing, wrong or too old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskIdentity:
    """Which attempt of which task instance a token stands for."""

    key: WorkKey
    ti_id: UUID


def issue_token(identity: TaskIdentity) -> str:
    """Return a token for ``identity``, signed with the deployment's own key."""
    generator = JWTGenerator(audience=AUDIENCE, valid_for=VALID_SECONDS, **get_signing_args())
    key = identity.key
    claims = {"sub": str(identity.ti_id), "key": [key.dag_id, key.run_id, key.task_id, key.map_index]}
    return generator.generate(claims)


def read_token(token: str | None) -> TaskIdentity:
    """Return whom a token stands for.

    :raises TokenRefusedError: it is missing, forged or has run out.
    """
    if not token:
        raise TokenRefusedError("a token is needed; a task gets one from /worker/token")
    try:
        claims = _validator().validated_claims(token)
        dag_id, run_id, task_id, map_index = claims["key"]
        ti_id = UUID(claims["sub"])
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError) as error:
        raise TokenRefusedError("the token is not valid, or not any more; get a new one from /worker/token") from error
    key = WorkKey(dag_id=dag_id, run_id=run_id, task_id=task_id, map_index=map_index)
    return TaskIdentity(key=key, ti_id=ti_id)


def check_proof(session: Session, *, key: WorkKey, proof: str) -> TaskIdentity:
    """Return the attempt that runs now, after having seen that the caller is it.

    :raises TokenRefusedError: the task state holds no digest of ``proof``, or the task instance does not run.
    """
    task_instance = find_task_instance(session, key)
    if task_instance is None or task_instance.state != "running":
        raise TokenRefusedError(f"the task instance {key} does not run")
    scope = TaskScope(dag_id=key.dag_id, run_id=key.run_id, task_id=key.task_id, map_index=key.map_index)
    stored = get_state_backend().get(scope, PROOF_KEY, session=session)
    digest = hashlib.sha256(proof.encode()).hexdigest()
    if stored is None or not hmac.compare_digest(_text(stored), digest):
        raise TokenRefusedError(f"the task state of {key} does not hold the digest of this proof")
    return TaskIdentity(key=key, ti_id=task_instance.id)


def attempt_of(session: Session, identity: TaskIdentity) -> Attempt:
    """Return the attempt with who started its run.

    :raises TokenRefusedError: another attempt has begun, or the run is gone.
    """
    task_instance = find_task_instance(session, identity.key)
    if task_instance is None or task_instance.id != identity.ti_id:
        raise TokenRefusedError(f"this attempt of {identity.key} is over")
    return Attempt(
        key=identity.key,
        ti_id=identity.ti_id,
        try_number=task_instance.try_number,
        requester=task_instance.dag_run.triggering_user_name,
    )


def find_task_instance(session: Session, key: WorkKey) -> Any:
    """Return Airflow's row of the task instance, ``None`` where there is none."""
    return session.scalar(
        sa.select(TaskInstance).where(
            TaskInstance.dag_id == key.dag_id,
            TaskInstance.run_id == key.run_id,
            TaskInstance.task_id == key.task_id,
            TaskInstance.map_index == key.map_index,
        )
    )


def _validator() -> JWTValidator:
    return JWTValidator(audience=AUDIENCE, **get_sig_validation_args())


def _text(stored: str) -> str:
    """Return what the task wrote: the back end keeps values as JSON."""
    try:
        value = json.loads(stored)
    except ValueError:
        return stored
    return value if isinstance(value, str) else ""
