import { expect, test } from "vitest";

import { WAITING } from "../testing/examples";
import { formatWishes } from "./formatWishes";

test("groups, wishes and exclusions are said in words", () => {
  const exclude = ["requester", "node:approve: again", "agent:nina"];

  expect(formatWishes({ ...WAITING, any_label: ["dba"], exclude, only_agents: ["omar", "petra"] })).toBe(
    "only omar or petra; of dba; rather network; not the requester; not who did approve: again; not nina",
  );
});
