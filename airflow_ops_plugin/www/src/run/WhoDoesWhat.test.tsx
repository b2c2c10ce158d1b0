import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";

import type { WorkItemView } from "../api/types";
import { HELD, pageOf, SUMMARY, WAITING } from "../testing/examples";
import { serve } from "../testing/fakeServer";
import { renderPage } from "../testing/renderPage";
import { WhoDoesWhat } from "./WhoDoesWhat";

const PAGE = <WhoDoesWhat dagId="network_change" runId="manual__1" />;
const WORK = "GET /ui/dags/network_change/runs/manual__1/work-items";

test("each task that asked for an agent shows who has or had it, also when it is done", async () => {
  const done: WorkItemView = {
    ...WAITING,
    closed_at: "2026-11-25T13:00:00Z",
    id: "b",
    reason: null,
    state: "closed",
    task_id: "check",
  };
  serve({
    "GET /ui/summary": SUMMARY,
    "GET /v1/assignments": pageOf(
      { ...HELD, end_reason: "completed", ended_at: "2026-11-25T13:00:00Z", outcome: "Approve", work_item_id: "b" },
      { ...HELD, agent: { ...HELD.agent, name: "omar" }, end_reason: "declined", id: 6, work_item_id: "b" },
    ),
    [WORK]: pageOf(WAITING, done),
  });
  renderPage(PAGE);

  const row = within((await screen.findByRole("link", { name: "check" })).closest("tr")!);
  for (const text of ["Done", "nina", "Completed", "Approve", "Why, and who had it before (1)"]) {
    expect(row.getByText(text)).toBeVisible();
  }
  expect(row.queryByText("omar")).toBeNull();
  expect(screen.getByText(WAITING.reason!)).toBeVisible();
});

test("a run without agents says when something appears here", async () => {
  serve({ "GET /ui/summary": SUMMARY, "GET /v1/assignments": pageOf(), [WORK]: pageOf() });
  renderPage(PAGE);

  expect(await screen.findByText("No task of this run has asked for an agent")).toBeVisible();
});
