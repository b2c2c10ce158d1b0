import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { SummaryProvider } from "../live/SummaryContext";
import { HELD, NINA, pageOf, SUMMARY, summaryFor, WAITING, WAITING_DETAIL } from "../testing/examples";
import { lastQuery, type Replies, serve } from "../testing/fakeServer";
import { renderPage } from "../testing/renderPage";
import { AssignmentsTab } from "./AssignmentsTab";

const PAGE = (
  <SummaryProvider>
    <AssignmentsTab />
  </SummaryProvider>
);
const ITEM = `/v1/work-items/${WAITING.id}`;

const serveAssignments = (more: Replies = {}) =>
  serve({
    "GET /ui/summary": SUMMARY,
    "GET /v1/agents": pageOf(NINA, { ...NINA, id: "2", name: "sven" }),
    "GET /v1/assignments": pageOf(HELD),
    ...more,
  });

test("the explanation says who was left out and why, and the scores of the rest", async () => {
  serveAssignments();
  renderPage(PAGE);
  const toggle = await screen.findByRole("button", { name: "Why nina was chosen for approve" });
  expect(toggle).toHaveAttribute("aria-expanded", "false");
  toggle.focus();
  await userEvent.keyboard("{Enter}");

  expect(toggle).toHaveAttribute("aria-expanded", "true");
  expect(screen.getByText("lack skill netops>=3")).toBeVisible();
  expect(screen.getByText(/omar, petra, …/u)).toBeVisible();
  expect(screen.getByText("chosen")).toBeVisible();
  expect(screen.getByText("0.650")).toBeVisible();
  expect(screen.getByText("priority 0.30 + skill 0.20 + workload 0.15")).toBeVisible();
});

test("the past can be asked for", async () => {
  const seen = serveAssignments();
  renderPage(PAGE);
  await userEvent.selectOptions(await screen.findByLabelText("When"), "past");

  await waitFor(() => expect(lastQuery(seen, "/v1/assignments")?.get("is_active")).toBe("false"));
});

test("work can be reassigned to whom the strategy chooses; its holder is not offered", async () => {
  const seen = serveAssignments({ [`POST ${ITEM}/reassign`]: WAITING_DETAIL });
  renderPage(PAGE);
  await userEvent.click(await screen.findByRole("button", { name: "Actions for approve" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Reassign…" }));
  expect(await screen.findByRole("radio", { name: /sven/u })).toBeInTheDocument();
  expect(screen.queryByRole("radio", { name: /nina/u })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Reassign" }));

  await waitFor(() =>
    expect(seen.find(({ method }) => method === "POST")?.body).toEqual({ agent: null, assignment_id: 7, reason: "" }),
  );
});

test("work can be released, after a confirmation", async () => {
  const seen = serveAssignments({ [`POST ${ITEM}/release`]: WAITING_DETAIL });
  renderPage(PAGE);
  await userEvent.click(await screen.findByRole("button", { name: "Actions for approve" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Release…" }));
  expect(await screen.findByText(/taken from nina/u)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Release" }));

  await waitFor(() =>
    expect(seen.find(({ method }) => method === "POST")?.body).toEqual({ assignment_id: 7, reason: "" }),
  );
});

test("a viewer is offered no change", async () => {
  serveAssignments({ "GET /ui/summary": summaryFor("viewer") });
  renderPage(PAGE);

  await screen.findByText("nina");
  expect(screen.queryByRole("button", { name: "Actions for approve" })).toBeNull();
});
