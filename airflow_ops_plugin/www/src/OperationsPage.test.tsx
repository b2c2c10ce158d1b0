import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { OperationsPage } from "./OperationsPage";
import { NINA, pageOf, SUMMARY, WAITING } from "./testing/examples";
import { refusal, serve } from "./testing/fakeServer";
import { renderPage } from "./testing/renderPage";

test("the head says how many agents are available, what waits and for how long", async () => {
  serve({ "GET /ui/summary": SUMMARY, "GET /v1/agents": pageOf(NINA) });
  renderPage(<OperationsPage />);

  expect(await screen.findByText("1 of 1")).toBeVisible();
  expect(screen.getByText("The oldest for 1 min")).toBeVisible();
});

test("a banner says so when the engine is down, and what to do", async () => {
  const engine = { ...SUMMARY.engine, is_alive: false, message: "Start it with: airflow ops engine" };
  serve({ "GET /ui/summary": { ...SUMMARY, engine }, "GET /v1/agents": pageOf(NINA) });
  renderPage(<OperationsPage />);

  expect(await screen.findByText("The engine is down")).toBeVisible();
  expect(screen.getByText(/airflow ops engine/u)).toBeVisible();
});

test("no banner is shown while the engine runs", async () => {
  serve({ "GET /ui/summary": SUMMARY, "GET /v1/agents": pageOf(NINA) });
  renderPage(<OperationsPage />);

  await screen.findByText("1 of 1");
  expect(screen.queryByText("The engine is down")).toBeNull();
});

test("the address names the tab", async () => {
  serve({ "GET /ui/summary": SUMMARY, "GET /v1/assignments": pageOf(), "GET /v1/work-items": pageOf(WAITING) });
  renderPage(<OperationsPage />, "/?tab=queue");

  expect(await screen.findByRole("table", { name: "Queue" })).toBeVisible();
  await userEvent.click(screen.getByRole("tab", { name: /Assignments/u }));
  expect(await screen.findByText("No assignments yet")).toBeVisible();
});

test("a refused summary is shown with a way to try again", async () => {
  let isUp = false;
  serve({
    "GET /ui/summary": () => (isUp ? SUMMARY : refusal(503, "the database is busy or away")),
    "GET /v1/agents": pageOf(NINA),
  });
  renderPage(<OperationsPage />);

  expect(await screen.findByText("What you see may be out of date")).toBeVisible();
  expect(screen.getByText("the database is busy or away")).toBeVisible();
  isUp = true;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("1 of 1")).toBeVisible();
  expect(screen.queryByText("What you see may be out of date")).toBeNull();
});
