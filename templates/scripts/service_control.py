"""Looks at a service of a host (`action` is `check` or `verify`), gathers its state (`collect`), restarts it."""

import json
import os
import re
import shlex
import subprocess
import sys

COMMAND_SECONDS = 300
BAD_NAME = 65
COMMANDS = {
    "check": "systemctl is-active {service}",
    "collect": "systemctl status {service} --no-pager --lines 50; journalctl --unit {service} --lines 100 --no-pager",
    "restart": "sudo -n systemctl restart {service}",
    "force": "sudo -n systemctl kill --signal KILL {service}; sudo -n systemctl start {service}",
    "verify": "systemctl is-active {service}",
}
DEMO = {
    "check": ("failed", "active"),
    "collect": "web.service: main process exited, code=killed, status=9/KILL\nOut of memory: killed process 812 (web)",
    "restart": "",
    "force": "",
    "verify": ("active", "failed"),
}

action = os.environ["action"]
host, service = os.environ["host"], os.environ["service"]


def run() -> tuple[int, str]:
    """Run the action's command on the host; return its exit code and what it prints."""
    words = [word.replace("{host}", host) for word in shlex.split(os.environ["remote_command"])]
    command = COMMANDS[action].format(service=shlex.quote(service))
    done = subprocess.run([*words, command], capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


def pretend() -> tuple[int, str]:
    """Return what a host would say whose service behaves as the demo asks."""
    if action == "restart" and os.environ["demo_service"] == "hangs":
        return 1, "job timed out"
    if action not in ("check", "verify"):
        return 0, DEMO[action]
    is_other = os.environ["demo_service"] == ("healthy" if action == "check" else "stays_down")
    state = DEMO[action][is_other]
    return 0 if state == "active" else 3, state


for name in (host, service):
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9@._-]*", name):
        print(f"{name!r} is no name of a host or service", file=sys.stderr)
        sys.exit(BAD_NAME)
code, output = pretend() if json.loads(os.environ["demo"]) else run()
print(f"{host}, {service}: {output or action}")
if action in ("check", "verify"):
    is_healthy = code == 0 and output == "active"
    print(json.dumps({"is_healthy": is_healthy, "state": output}))
elif action == "collect":
    print(json.dumps({"evidence": output[-8000:]}))
elif code:
    sys.exit(code)
