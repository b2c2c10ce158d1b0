"""``airflow ops secrets``: fresh secrets for the production form, as lines of a ``.env`` file."""

from __future__ import annotations

import argparse
import base64
import secrets
from pathlib import Path

DOCKER_SOCKET = Path("/var/run/docker.sock")


def secrets_file(args: argparse.Namespace) -> None:
    """Print the file; every call prints other secrets."""
    print("# Secrets of one deployment. Keep this file out of version control; a changed secret needs a restart.")
    for name, value in generate().items():
        print(f"{name}={value}")
    print("# Not secret: the group that may use the Docker socket of this host.")
    print(f"DOCKER_GROUP={DOCKER_SOCKET.stat().st_gid if DOCKER_SOCKET.exists() else 0}")


def generate() -> dict[str, str]:
    """Return new values for the variables that ``docker-compose.airflow.yml`` demands.

    Values hold only characters that need no quoting in a ``.env`` file, a URL or a JSON text.
    """
    return {
        "AIRFLOW_FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "AIRFLOW_JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW_API_SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW_ADMIN_PASSWORD": secrets.token_hex(8),
        "POSTGRES_PASSWORD": secrets.token_hex(24),
        "REDIS_PASSWORD": secrets.token_hex(24),
        "MINIO_ROOT_USER": "airflow",
        "MINIO_ROOT_PASSWORD": secrets.token_hex(24),
    }
