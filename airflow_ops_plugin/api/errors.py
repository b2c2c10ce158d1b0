"""The one table from exceptions to HTTP status codes; routes hold no ``try``."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError

from airflow_ops_plugin.api.worker_token import TokenRefusedError
from airflow_ops_plugin.errors import ConflictError, InvalidRequestError, NotAllowedError, NotFoundError, OpsError

STATUS_CODES: dict[type[Exception], int] = {
    TokenRefusedError: 401,
    NotAllowedError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    InvalidRequestError: 422,
    OpsError: 400,
    OperationalError: 503,
}
"""Subclasses count as their nearest base that is listed."""

_BUSY = "the database is busy or away; try again in a moment"


def add_error_handlers(app: FastAPI) -> None:
    """Make ``app`` answer exceptions with their status code and a message fit to show."""
    for kind in STATUS_CODES:
        app.add_exception_handler(kind, _answer)


def status_code_of(error: Exception) -> int:
    """Return the HTTP status code of an exception."""
    return next(code for kind in type(error).__mro__ if (code := STATUS_CODES.get(kind)))


async def _answer(request: Request, error: Exception) -> JSONResponse:
    code = status_code_of(error)
    detail = _BUSY if isinstance(error, OperationalError) else str(error)
    headers = {"Retry-After": "1"} if code == 503 else {}
    return JSONResponse({"detail": detail, "error": type(error).__name__}, status_code=code, headers=headers)
