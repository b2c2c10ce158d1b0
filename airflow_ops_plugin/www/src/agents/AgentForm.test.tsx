import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { SummaryProvider } from "../live/SummaryContext";
import { NINA, SUMMARY } from "../testing/examples";
import { refusal, serve } from "../testing/fakeServer";
import { renderPage } from "../testing/renderPage";
import { AgentForm } from "./AgentForm";

const renderForm = (agent?: typeof NINA) => {
  const onClose = vi.fn();
  renderPage(
    <SummaryProvider>
      <AgentForm agent={agent} onClose={onClose} />
    </SummaryProvider>,
  );

  return onClose;
};

test("an agent is registered with what was typed", async () => {
  const seen = serve({ "GET /ui/summary": SUMMARY, "POST /v1/agents": NINA });
  const onClose = renderForm();
  await userEvent.type(await screen.findByLabelText(/^Name/u), "docker-1");
  await userEvent.selectOptions(screen.getByLabelText(/^Kind/u), "docker_host");
  await userEvent.type(screen.getByLabelText(/^Connection/u), "docker_1");
  await userEvent.click(screen.getByRole("button", { name: "Add skill" }));
  await userEvent.type(screen.getByLabelText("Skill 1"), "gpu");
  await userEvent.selectOptions(screen.getByLabelText("Level of skill 1"), "4");
  await userEvent.type(screen.getByLabelText("Labels"), "berlin, rack-7");
  await userEvent.click(screen.getByRole("button", { name: "Add hours" }));
  await userEvent.click(screen.getByRole("button", { name: "Sat" }));
  await userEvent.click(screen.getByRole("button", { name: "Register" }));

  await waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(seen.find(({ method }) => method === "POST")?.body).toMatchObject({
    address: "docker_1",
    capacity: 1,
    kind: "docker_host",
    labels: ["berlin", "rack-7"],
    login: null,
    name: "docker-1",
    skills: { gpu: 4 },
    working_hours: [{ days: ["mon", "tue", "wed", "thu", "fri", "sat"], end: "17:00", start: "09:00" }],
  });
});

test("editing begins with the agent as it is, and keeps what is not touched", async () => {
  const seen = serve({ "GET /ui/summary": SUMMARY, "PUT /v1/agents/nina": NINA });
  const onClose = renderForm(NINA);
  const capacity = await screen.findByLabelText(/^Capacity/u);
  await userEvent.clear(capacity);
  await userEvent.type(capacity, "5");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));

  await waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(seen.find(({ method }) => method === "PUT")?.body).toMatchObject({
    capacity: 5,
    labels: NINA.labels,
    skills: NINA.skills,
    working_hours: [{ days: ["mon", "tue", "wed"], end: "17:00", start: "09:00" }],
  });
});

test("a refusal names the field, and the form stays open with what was typed", async () => {
  const detail = [{ loc: ["body", "time_zone"], msg: "unknown time zone 'Mars'" }];
  serve({ "GET /ui/summary": SUMMARY, "PUT /v1/agents/nina": refusal(422, detail) });
  const onClose = renderForm(NINA);
  await userEvent.click(await screen.findByRole("button", { name: "Save" }));

  expect(await screen.findByText("time_zone: unknown time zone 'Mars'")).toBeVisible();
  expect(onClose).not.toHaveBeenCalled();
  expect(screen.getByLabelText(/^Name/u)).toHaveValue("nina");
});
