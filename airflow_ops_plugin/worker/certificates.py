"""Whose certificates a task trusts when it calls the API."""

from __future__ import annotations

import ssl


def trusted_certificates() -> ssl.SSLContext:
    """Return the usual authorities and, as Airflow's own client does, ``[api] ssl_cert``."""
    from airflow.sdk import conf

    context = ssl.create_default_context()
    if certificate := conf.get("api", "ssl_cert", fallback=""):
        context.load_verify_locations(certificate)
    return context
