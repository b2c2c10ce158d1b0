"""Whose certificates a task trusts when it calls the API."""

from __future__ import annotations

import ssl


def trusted_certificates(url: str) -> ssl.SSLContext:
    """Return the usual authorities and, as Airflow's own client does, ``[api] ssl_cert``.

    :param url: that is called. Nobody shows a certificate at ``http://``, so nobody is trusted there: to read the
        certificates of all authorities takes longer than the call.
    """
    from airflow.sdk import conf

    if not url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.create_default_context()
    if certificate := conf.get("api", "ssl_cert", fallback=""):
        context.load_verify_locations(certificate)
    return context
