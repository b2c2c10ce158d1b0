"""Checks the running configurations against the rules that every device has to keep."""

import json
import os
import re

FORBIDDEN = (
    (r"transport input .*\btelnet\b", "Telnet is open"),
    (r"permit ip any any", "everything is permitted"),
    (r"snmp-server community (public|private)\b", "an SNMP community that everybody knows"),
    (r"enable password ", "the enable password is not hashed"),
)
WANTED = (
    (r"ntp server \S+", "no time server"),
    (r"logging host \S+", "no log server"),
)

configurations = json.loads(os.environ["configurations"])


def find_violations(one: dict) -> list[dict]:
    """Return the rules that a device breaks, with the line where there is one."""
    lines = [line.strip() for line in one["running"].splitlines()]
    broken = [
        {"device": one["device"], "rule": rule, "line": line}
        for pattern, rule in FORBIDDEN
        for line in lines
        if re.match(pattern, line) and not line.startswith("no ")
    ]
    missing = [
        {"device": one["device"], "rule": rule, "line": ""}
        for pattern, rule in WANTED
        if not any(re.match(pattern, line) for line in lines)
    ]
    return broken + missing


violations = [violation for one in configurations for violation in find_violations(one)]
rows = [f"| {item['device']} | {item['rule']} | `{item['line']}` |" for item in violations]
table = "\n".join(["| Device | Rule broken | Line |", "|---|---|---|", *rows]) if rows else "No rule is broken."
print(table)
print(json.dumps({"violation_count": len(violations), "violation_table": table}))
