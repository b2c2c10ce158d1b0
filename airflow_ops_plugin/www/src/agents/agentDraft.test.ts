import { expect, test } from "vitest";

import { NINA } from "../testing/examples";
import { bodyOf, draftOf } from "./agentDraft";

test("an agent that is opened and saved without a change stays the same", () => {
  const agent = {
    ...NINA,
    absences: [{ end: "2026-12-27T00:00:00.000Z", note: "holidays", start: "2026-12-24T00:00:00.000Z" }],
    heartbeat_timeout_seconds: 60,
    working_hours: [{ days: ["mon" as const], end: "17:00", start: "09:00" }],
  };

  const body = bodyOf(draftOf(agent));

  expect(agent).toMatchObject(body);
});
