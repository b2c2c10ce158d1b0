import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { SummaryProvider } from "../live/SummaryContext";
import { NINA, pageOf, SUMMARY, summaryFor, WAITING, WAITING_DETAIL } from "../testing/examples";
import { refusal, type Replies, serve } from "../testing/fakeServer";
import { renderPage } from "../testing/renderPage";
import { QueueTab } from "./QueueTab";

const PAGE = (
  <SummaryProvider>
    <QueueTab />
  </SummaryProvider>
);
const ITEM = `/v1/work-items/${WAITING.id}`;

const serveQueue = (more: Replies = {}) =>
  serve({
    "GET /ui/summary": SUMMARY,
    "GET /v1/agents": pageOf(NINA, { ...NINA, id: "2", name: "sven" }),
    "GET /v1/work-items": pageOf(WAITING),
    [`GET ${ITEM}`]: WAITING_DETAIL,
    ...more,
  });

const openMenu = async (item: string) => {
  await userEvent.click(await screen.findByRole("button", { name: "Actions for approve" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: item }));
};

test("what waits is shown in order with its needs, its priority and the reason in words", async () => {
  const seen = serveQueue();
  renderPage(PAGE);

  const row = within((await screen.findByRole("link", { name: "approve" })).closest("tr")!);
  for (const text of [WAITING.reason!, "netops ≥ 3", "rather network; not the requester", "now 5.4"]) {
    expect(row.getByText(text)).toBeInTheDocument();
  }
  expect(row.getByRole("link", { name: "approve" })).toHaveAttribute(
    "href",
    "/dags/network_change/runs/manual__1/tasks/approve",
  );
  const { query } = seen.find(({ path }) => path === "/v1/work-items")!;
  expect([query.get("state"), query.get("order_by")]).toEqual(["queued", "queue"]);
});

test("the priority can be changed", async () => {
  const seen = serveQueue({ [`POST ${ITEM}/priority`]: WAITING_DETAIL });
  renderPage(PAGE);
  await openMenu("Change priority…");
  const field = await screen.findByLabelText("Priority, 0 to 10");
  await userEvent.clear(field);
  await userEvent.type(field, "9");
  await userEvent.click(screen.getByRole("button", { name: "Change" }));

  await waitFor(() => expect(seen.find(({ method }) => method === "POST")?.body).toEqual({ priority: 9 }));
});

test("waiting work can be given to a named agent", async () => {
  const seen = serveQueue({ [`POST ${ITEM}/reassign`]: WAITING_DETAIL });
  renderPage(PAGE);
  await openMenu("Assign…");
  expect(await screen.findByRole("button", { name: "Assign" })).toBeDisabled();
  await userEvent.click(await screen.findByRole("radio", { name: /sven/u }));
  await userEvent.click(screen.getByRole("button", { name: "Assign" }));

  await waitFor(() =>
    expect(seen.find(({ method }) => method === "POST")?.body).toEqual({
      agent: "sven",
      assignment_id: null,
      reason: "",
    }),
  );
});

test("an assignment that the server refuses says why", async () => {
  serveQueue({ [`POST ${ITEM}/reassign`]: refusal(409, "sven cannot have it: full") });
  renderPage(PAGE);
  await openMenu("Assign…");
  await userEvent.click(await screen.findByRole("radio", { name: /sven/u }));
  await userEvent.click(screen.getByRole("button", { name: "Assign" }));

  expect(await screen.findByText("sven cannot have it: full")).toBeVisible();
});

test("a viewer sees the details and is offered nothing else", async () => {
  serveQueue({ "GET /ui/summary": summaryFor("viewer") });
  renderPage(PAGE);
  await userEvent.click(await screen.findByRole("button", { name: "Actions for approve" }));

  expect(await screen.findAllByRole("menuitem")).toHaveLength(1);
  await userEvent.click(screen.getByRole("menuitem", { name: "Details" }));
  expect(await screen.findByText("Nobody yet.")).toBeInTheDocument();
  expect(screen.getByText(/omar, petra/u)).toBeInTheDocument();
});

test("an empty queue says when work comes", async () => {
  serveQueue({ "GET /v1/work-items": pageOf() });
  renderPage(PAGE);

  expect(await screen.findByText("Nothing waits")).toBeVisible();
});
