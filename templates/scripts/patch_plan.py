"""Makes the plan of a patch day from the scans of all hosts: which host is first, which follow."""

import json
import os

scans = json.loads(os.environ.get("scans", "[]"))
with_updates = [scan for scan in scans if scan["updates"]]
hosts = [scan["host"] for scan in with_updates]


def row(scan: dict) -> str:
    """Return one line of the plan's table."""
    names = ", ".join(f"{update['package']} {update['available']}" for update in scan["updates"]) or "nothing"
    security = sum(update["security"] for update in scan["updates"])
    return f"| {scan['host']} | {len(scan['updates'])} | {security} | {names} |"


table = "\n".join(["| Host | Updates | For security | What |", "|---|---|---|---|", *(row(scan) for scan in scans)])
print(table)
print(
    json.dumps(
        {
            "pending_total": sum(len(scan["updates"]) for scan in with_updates),
            "canary": hosts[0] if hosts else None,
            "rest": hosts[1:],
            "table": table,
        }
    )
)
