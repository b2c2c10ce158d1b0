"""Puts the findings of all checks together, with a status and a report in Markdown."""

import json
import os

LEVELS = ("ok", "warning", "critical")

findings = [
    *json.loads(os.environ["disk_findings"]),
    *json.loads(os.environ["memory_findings"]),
    *json.loads(os.environ["load_findings"]),
    *json.loads(os.environ["clock_findings"]),
]
findings.sort(key=lambda finding: -LEVELS.index(finding["level"]))
levels = [finding["level"] for finding in findings]
status = max(levels, key=LEVELS.index, default="ok")

report = "\n".join(
    [
        f"Status: {status}",
        "",
        "| Level | Check | Found |",
        "|---|---|---|",
        *(f"| {finding['level']} | {finding['check']} | {finding['text']} |" for finding in findings),
    ]
)
print(report)
print(
    json.dumps(
        {
            "status": status,
            "findings": findings,
            "critical_count": levels.count("critical"),
            "warning_count": levels.count("warning"),
            "report": report,
        }
    )
)
