"""Who may do what: viewers read, operators change, administrators configure. All of it is the auth manager's word."""

from __future__ import annotations

from typing import Annotated

from airflow.api_fastapi.auth.managers.base_auth_manager import BaseAuthManager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import GetUserDep, auth_manager_from_app
from fastapi import Depends

from airflow_ops_plugin.errors import NotAllowedError

AuthManager = BaseAuthManager[BaseUser]
TheAuthManager = Annotated[AuthManager, Depends(auth_manager_from_app)]


def may_read(manager: AuthManager, user: BaseUser) -> bool:
    """Return whether the user may see agents, queue and assignments: who may see what the cluster does."""
    return manager.is_authorized_view(access_view=AccessView.CLUSTER_ACTIVITY, user=user)


def may_change(manager: AuthManager, user: BaseUser) -> bool:
    """Return whether the user may drain, reassign, release: who may change a pool, which is the right most alike."""
    return manager.is_authorized_pool(method="PUT", user=user)


def may_configure(manager: AuthManager, user: BaseUser) -> bool:
    """Return whether the user may register and remove agents.

    Airflow has no right that every auth manager gives to administrators only. FAB gives the view of triggers to them
    only; the simple auth manager gives it to everybody, but its users have a role.
    """
    role = getattr(user, "role", None)
    if role is not None and str(role).upper() != "ADMIN":
        return False
    return may_change(manager, user) and manager.is_authorized_view(access_view=AccessView.TRIGGERS, user=user)


def require_reader(manager: TheAuthManager, user: GetUserDep) -> BaseUser:
    """Return the user, who may read.

    :raises NotAllowedError: they may not.
    """
    if not may_read(manager, user):
        raise NotAllowedError("you may not see this; it takes the right to see the cluster's activity (role Viewer)")
    return user


def require_operator(manager: TheAuthManager, user: GetUserDep) -> BaseUser:
    """Return the user, who may change.

    :raises NotAllowedError: they may not.
    """
    if not may_change(manager, user):
        raise NotAllowedError("you may look but not change; it takes the right to edit pools (role Op)")
    return user


def require_administrator(manager: TheAuthManager, user: GetUserDep) -> BaseUser:
    """Return the user, who may configure.

    :raises NotAllowedError: they may not.
    """
    if not may_configure(manager, user):
        raise NotAllowedError("only an administrator may register, describe or remove agents (role Admin)")
    return user


def readable_dag_ids(manager: TheAuthManager, user: GetUserDep) -> set[str]:
    """Return the ids of the Dags whose work the user may see."""
    return manager.get_authorized_dag_ids(user=user, method="GET")


Reader = Annotated[BaseUser, Depends(require_reader)]
Operator = Annotated[BaseUser, Depends(require_operator)]
Administrator = Annotated[BaseUser, Depends(require_administrator)]
ReadableDagIds = Annotated[set[str], Depends(readable_dag_ids)]
