"""Reports how the hosts are after the patching, and which were left alone because the first one is not healthy."""

import json
import os

patches = [json.loads(os.environ["canary_patch"]), *json.loads(os.environ.get("patches", "[]"))]
done = {patch["host"] for patch in patches}
untouched = [host for host in json.loads(os.environ["rest"]) if host not in done]
failed = [patch["host"] for patch in patches if not patch["healthy"]]

print(f"Change {os.environ.get('change_number') or 'without a number'}\n")
print("| Host | Installed | Healthy |\n|---|---|---|")
for patch in patches:
    state = "yes" if patch["healthy"] else f"NO: {', '.join(patch['failed_services'])}"
    print(f"| {patch['host']} | {patch['installed']} | {state} |")
for host in untouched:
    print(f"| {host} | 0 | not touched |")
print(json.dumps({"failed_hosts": failed, "failed_count": len(failed), "untouched": untouched}))
