"""Writes the record of a triage: what was found, who has it, by when somebody must act."""

import json
import os

ACT_WITHIN = {"P1": "15 minutes", "P2": "1 hour", "P3": "1 working day", "P4": "5 working days"}

priority = os.environ["priority"]
record = {
    "title": os.environ["title"],
    "service": os.environ["service"],
    "priority": priority,
    "team": os.environ["team"],
    "act_within": ACT_WITHIN[priority],
    "is_major": os.environ.get("bridge") is not None,
    "note": os.environ.get("note") or "",
}
print(f"{record['title']} ({record['service']})\n\n{os.environ['summary']}\n")
print(f"For {record['team']}, to act within {record['act_within']}.")
print(json.dumps({"record": record}))
