import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import type { AgentView } from "../api/types";
import { SummaryProvider } from "../live/SummaryContext";
import { NINA, pageOf, SUMMARY, summaryFor } from "../testing/examples";
import { lastQuery, refusal, type Replies, serve } from "../testing/fakeServer";
import { renderPage } from "../testing/renderPage";
import { AgentsTab } from "./AgentsTab";

const PAGE = (
  <SummaryProvider>
    <AgentsTab />
  </SummaryProvider>
);

const serveAgents = (agents: Array<AgentView>, more: Replies = {}) =>
  serve({ "GET /ui/summary": SUMMARY, "GET /v1/agents": pageOf(...agents), ...more });

const openMenu = async (item: string) => {
  await userEvent.click(await screen.findByRole("button", { name: "Actions for nina" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: item }));

  return screen.findByRole("button", { name: "Cancel" });
};

test("an agent is shown with kind, host, status, load, skills and hours", async () => {
  serveAgents([NINA]);
  renderPage(PAGE);

  const row = within((await screen.findByText("nina", { selector: "button" })).closest("tr")!);
  for (const text of ["Person", "Available", "1 / 2", "netops 3", "Mon–Wed 09:00–17:00"]) {
    expect(row.getByText(text)).toBeInTheDocument();
  }
  expect(row.getByRole("progressbar", { name: "Load of nina" })).toHaveAttribute("aria-valuenow", "1");
});

test("an available agent that is given nothing says why", async () => {
  serveAgents([{ ...NINA, hindrance: "off duty until Monday" }]);
  renderPage(PAGE);

  expect(await screen.findByText("off duty until Monday")).toBeVisible();
});

test("the server filters, sorts and pages", async () => {
  const seen = serve({ "GET /ui/summary": SUMMARY, "GET /v1/agents": { items: [NINA], total: 60 } });
  renderPage(PAGE);
  await userEvent.type(await screen.findByLabelText("Search agents"), "ni");
  await waitFor(() => expect(lastQuery(seen, "/v1/agents")?.get("q")).toBe("ni"));
  await userEvent.selectOptions(screen.getByLabelText("Status"), "draining");
  await waitFor(() => expect(lastQuery(seen, "/v1/agents")?.get("status")).toBe("draining"));
  await userEvent.click(screen.getByRole("button", { name: "Load" }));
  await waitFor(() => expect(lastQuery(seen, "/v1/agents")?.get("order_by")).toBe("load"));
  await userEvent.click(screen.getByRole("button", { name: "Load" }));
  await waitFor(() => expect(lastQuery(seen, "/v1/agents")?.get("order_by")).toBe("-load"));
  expect(screen.getByRole("columnheader", { name: "Load" })).toHaveAttribute("aria-sort", "descending");
  await userEvent.click(screen.getByRole("button", { name: "Next page" }));
  await waitFor(() => expect(lastQuery(seen, "/v1/agents")?.get("offset")).toBe("25"));
  expect(lastQuery(seen, "/v1/agents")?.get("q")).toBe("ni");
});

test("a viewer is offered no change", async () => {
  serveAgents([NINA], { "GET /ui/summary": summaryFor("viewer") });
  renderPage(PAGE);

  await screen.findByText("nina", { selector: "button" });
  for (const name of ["Register agent", "Import", "Actions for nina"]) {
    expect(screen.queryByRole("button", { name })).toBeNull();
  }
  expect(screen.getByRole("button", { name: "Export" })).toBeVisible();
});

test("an operator may drain but neither edit nor remove", async () => {
  serveAgents([NINA], { "GET /ui/summary": summaryFor("op") });
  renderPage(PAGE);

  await userEvent.click(await screen.findByRole("button", { name: "Actions for nina" }));
  expect(await screen.findByRole("menuitem", { name: "Drain…" })).toBeInTheDocument();
  expect(screen.queryByRole("menuitem", { name: "Edit…" })).toBeNull();
  expect(screen.queryByRole("menuitem", { name: "Remove…" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Register agent" })).toBeNull();
});

test("draining asks for confirmation and a reason", async () => {
  const seen = serveAgents([NINA], { "POST /v1/agents/nina/status": { ...NINA, status: "draining" } });
  renderPage(PAGE);
  await openMenu("Drain…");

  expect(screen.getByText(/It holds 1 of 2 now/u)).toBeVisible();
  await userEvent.type(screen.getByLabelText("Reason"), "hand-over");
  await userEvent.click(screen.getByRole("button", { name: "Drain" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(seen.find(({ method }) => method === "POST")?.body).toEqual({ reason: "hand-over", status: "draining" });
});

test("leaving a confirmation changes nothing", async () => {
  const seen = serveAgents([NINA]);
  renderPage(PAGE);
  await userEvent.click(await openMenu("Take offline…"));

  await waitFor(() => expect(screen.queryByText("Take nina offline?")).toBeNull());
  expect(seen.every(({ method }) => method === "GET")).toBe(true);
});

test("an agent that holds work cannot be removed, and the dialog says what to do", async () => {
  serveAgents([NINA]);
  renderPage(PAGE);
  await openMenu("Remove…");

  expect(screen.getByText(/Drain it and wait/u)).toBeVisible();
  expect(screen.getByRole("button", { name: "Remove" })).toBeDisabled();
});

test("without agents the page says what to do", async () => {
  serveAgents([]);
  renderPage(PAGE);

  expect(await screen.findByText("No agents yet")).toBeVisible();
  expect(screen.getAllByRole("button", { name: "Register agent" }).length).toBeGreaterThan(0);
});

test("an error is shown with its reason, and the next try shows the rows", async () => {
  let isUp = false;
  serveAgents([], { "GET /v1/agents": () => (isUp ? pageOf(NINA) : refusal(503, "the database is busy or away")) });
  renderPage(PAGE);

  expect(await screen.findByText("the database is busy or away")).toBeVisible();
  isUp = true;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("nina", { selector: "button" })).toBeVisible();
});
