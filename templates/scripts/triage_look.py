"""Gathers facts about an incident: `look_at` is `changes`, `metrics` or `history`; makes them up in demo mode."""

import json
import os
import shlex
import subprocess

COMMAND_SECONDS = 120
SAMPLES = {
    "minor": {
        "changes": [],
        "metrics": {"error_percent": 0.4, "latency_ms": 180, "users_affected": 2},
        "history": [],
    },
    "degraded": {
        "changes": [{"what": "configuration of the cache", "minutes_ago": 95}],
        "metrics": {"error_percent": 6.5, "latency_ms": 2400, "users_affected": 140},
        "history": [{"id": "INC-2041", "cause": "cache too small", "solution": "enlarge the cache"}],
    },
    "outage": {
        "changes": [{"what": "release 8.14", "minutes_ago": 12}],
        "metrics": {"error_percent": 61.0, "latency_ms": 9800, "users_affected": 5200},
        "history": [{"id": "INC-1987", "cause": "faulty release", "solution": "roll the release back"}],
    },
}

look_at = os.environ["look_at"]
service = os.environ["service"]


def ask() -> object:
    """Return what the command for facts prints as JSON; its words hold ``{fact}`` and ``{service}``."""
    words = shlex.split(os.environ["facts_command"])
    words = [word.replace("{fact}", look_at).replace("{service}", service) for word in words]
    done = subprocess.run(words, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=True)
    return json.loads(done.stdout)


facts = SAMPLES[os.environ["demo_scale"]][look_at] if json.loads(os.environ["demo"]) else ask()
print(f"{service}, {look_at}: {json.dumps(facts)}")
print(json.dumps({look_at: facts}))
