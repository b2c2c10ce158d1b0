"""Looks at TLS certificates (`action` is `inspect`), or whether new ones have replaced them (`renew`, `verify`)."""

import concurrent.futures
import hashlib
import json
import os
import socket
import ssl
import sys
from datetime import UTC, datetime, timedelta

CONNECT_SECONDS = 10
NOBODY_ANSWERS = 65
STILL_OLD = 3
COMMON_NAME = bytes([0x55, 0x04, 0x03])
SAMPLE_DAYS = {"shop.demo.test": 3, "mail.demo.test": 20, "api.demo.test": 90, "intranet.demo.test": 400}

action = os.environ["action"]
demo = json.loads(os.environ["demo"])
warning_days = json.loads(os.environ["warning_days"])
now = datetime.now(UTC)


def read_element(data: bytes, start: int) -> tuple[int, bytes, int]:
    """Return tag, content and end of the DER element at ``start``."""
    tag, length, position = data[start], data[start + 1], start + 2
    if length & 0x80:
        size = length & 0x7F
        length, position = int.from_bytes(data[position : position + size]), position + size
    return tag, data[position : position + length], position + length


def read_elements(data: bytes) -> list[tuple[int, bytes]]:
    """Return tag and content of the DER elements that ``data`` consists of."""
    found, position = [], 0
    while position < len(data):
        tag, content, position = read_element(data, position)
        found.append((tag, content))
    return found


def read_time(tag: int, content: bytes) -> datetime:
    """Return the instant that a UTCTime (tag 23) or GeneralizedTime says."""
    text = content.decode("ascii")
    if tag == 23:
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def read_not_after(certificate: bytes) -> datetime:
    """Return the end of validity of a DER certificate. Its signature is not checked: it is only looked at."""
    _, body, _ = read_element(certificate, 0)
    fields = read_elements(read_elements(body)[0][1])
    if fields[0][0] == 0xA0:  # the version, which certificates of version 1 leave out
        del fields[0]
    validity = read_elements(fields[3][1])
    return read_time(*validity[1])


def element(tag: int, *parts: bytes) -> bytes:
    """Return a DER element."""
    content = b"".join(parts)
    size = len(content)
    head = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2)
    return bytes([tag]) + head + content


def make_sample(host: str, days: int) -> bytes:
    """Return a certificate of the right form for ``host``, with a placeholder for key and signature."""
    name = element(0x30, element(0x31, element(0x30, element(0x06, COMMON_NAME), element(0x0C, host.encode()))))
    algorithm = element(0x30, element(0x06, bytes([0x2B, 0x65, 0x70])), b"")
    ends_at = now + timedelta(days=days, hours=1)
    validity = [element(24, f"{moment:%Y%m%d%H%M%SZ}".encode()) for moment in (ends_at - timedelta(days=365), ends_at)]
    key = element(0x30, algorithm, element(0x03, bytes(33)))
    serial = hashlib.sha256(f"{host} {ends_at:%Y-%m-%d}".encode()).digest()[:8]
    version, number = element(0xA0, element(0x02, b"\x02")), element(0x02, b"\x01", serial)
    body = element(0x30, version, number, algorithm, name, element(0x30, *validity), name, key)
    return element(0x30, body, algorithm, element(0x03, bytes(65)))


def fetch(host: str, port: int) -> bytes:
    """Return the certificate that ``host`` serves, also one that is expired or not trusted."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((host, port), timeout=CONNECT_SECONDS) as connection,
        context.wrap_socket(connection, server_hostname=host) as secured,
    ):
        return secured.getpeercert(binary_form=True) or b""


def describe(host: str, port: int, certificate: bytes) -> dict:
    """Return what the other steps need to know of a certificate."""
    not_after = read_not_after(certificate)
    return {
        "host": host,
        "port": port,
        "not_after": f"{not_after:%Y-%m-%d}",
        "days_left": (not_after - now).days,
        "fingerprint": hashlib.sha256(certificate).hexdigest(),
    }


def inspect_endpoint(endpoint: str) -> dict:
    """Return the description of the certificate at ``host:port``, or why there is none."""
    host, _, port = endpoint.rpartition(":") if ":" in endpoint else (endpoint, "", "443")
    try:
        return describe(host, int(port), fetch(host, int(port)))
    except (OSError, ValueError, IndexError) as error:
        return {"host": host, "port": port, "error": str(error)}


def inspect_all(endpoints: list[str]) -> list[dict]:
    """Return the descriptions for ``endpoints``, in their order."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=16) as pool:
        return list(pool.map(inspect_endpoint, endpoints))


def make_table(certificates: list[dict]) -> str:
    """Return the certificates as a Markdown table."""
    rows = ["| Host | Valid until | Days left | |", "|---|---|---|---|"]
    for item in certificates:
        if "error" in item:
            rows.append(f"| {item['host']}:{item['port']} | not readable: {item['error']} | | |")
        else:
            mark = "**renew**" if item["days_left"] < warning_days else "valid"
            rows.append(f"| {item['host']}:{item['port']} | {item['not_after']} | {item['days_left']} | {mark} |")
    return "\n".join(rows)


def inspect() -> dict:
    """Return what the endpoints, or the samples, serve and what of it runs out."""
    if demo:
        certificates = [describe(host, 443, make_sample(host, days)) for host, days in SAMPLE_DAYS.items()]
    else:
        certificates = inspect_all(json.loads(os.environ["endpoints"]))
    readable = [item for item in certificates if "error" not in item]
    if not readable:
        print(make_table(certificates) + "\nno endpoint answers", file=sys.stderr)
        sys.exit(NOBODY_ANSWERS)
    expiring = [item for item in readable if item["days_left"] < warning_days]
    return {"expiring": expiring, "expiring_count": len(expiring), "table": make_table(certificates)}


def look_again(expiring: list[dict]) -> dict:
    """Return what is served now instead of ``expiring``. Exits where one of them is still the old one."""
    if demo:
        served = [describe(item["host"], item["port"], make_sample(item["host"], 365)) for item in expiring]
    else:
        served = inspect_all([f"{item['host']}:{item['port']}" for item in expiring])
    old = [
        before["host"]
        for before, after in zip(expiring, served, strict=True)
        if after.get("fingerprint", before["fingerprint"]) == before["fingerprint"]
    ]
    if old:
        print(f"still the old certificate: {', '.join(old)}", file=sys.stderr)
        sys.exit(STILL_OLD)
    return {"table": make_table(served)}


answer = inspect() if action == "inspect" else look_again(json.loads(os.environ["expiring"]))
print(answer["table"])
print(json.dumps(answer))
