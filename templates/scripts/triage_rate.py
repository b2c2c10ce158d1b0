"""Rates an incident by impact and urgency, names the team, and says what probably caused it."""

import json
import os

PRIORITIES = {
    ("high", "high"): "P1",
    ("high", "medium"): "P2",
    ("medium", "high"): "P2",
    ("high", "low"): "P3",
    ("medium", "medium"): "P3",
    ("low", "high"): "P3",
}
"""By impact and urgency; everything else is P4."""

TEAMS = {"network": "network operations", "database": "database operations", "access": "identity and access"}
RECENT_MINUTES = 60

metrics = json.loads(os.environ["metrics"])
changes = json.loads(os.environ["changes"])
history = json.loads(os.environ["history"])


def rate(value: float, high: float, medium: float) -> str:
    """Return the level of a value by two limits."""
    return "high" if value >= high else "medium" if value >= medium else "low"


impact = rate(metrics["users_affected"], 1000, 50)
urgency = rate(metrics["error_percent"], 25, 5)
priority = PRIORITIES.get((impact, urgency), "P4")
recent = [change for change in changes if change["minutes_ago"] <= RECENT_MINUTES]
causes = [f"{change['what']}, {change['minutes_ago']} minutes before" for change in recent]
causes += [f"{case['cause']}, as in {case['id']}: {case['solution']}" for case in history]
team = TEAMS.get(os.environ["category"], "service desk")

summary = "\n".join(
    [
        f"**{priority}**: impact {impact}, urgency {urgency}; team: {team}",
        "",
        f"- {metrics['users_affected']} users affected",
        f"- {metrics['error_percent']} % errors, {metrics['latency_ms']} ms",
        *(f"- possible cause: {cause}" for cause in causes),
    ]
)
print(summary)
print(json.dumps({"priority": priority, "team": team, "summary": summary, "cause_count": len(causes)}))
