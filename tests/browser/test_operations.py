"""The pages of the plugin in Airflow's own UI, as a viewer, an operator and an administrator use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import OpenWindow
    from running_airflow import RunningAirflow

DAG_ID = "network_change"


def register(airflow: RunningAirflow, name: str, *, address: str, level: int = 3, **facts: Any) -> None:
    """Register a person with the skill ``netops``."""
    body = {"name": name, "kind": "person", "address": address, "skills": {"netops": level}} | facts
    answer = airflow.call("POST", "/v1/agents", body, below="/ops")
    assert answer.ok, answer.text


def test_an_administrator_registers_an_agent_and_sees_it_given_the_work_of_a_template(
    airflow: RunningAirflow, open_window: OpenWindow
) -> None:
    window = open_window("admin")
    window.page.get_by_role("link", name="Operations").click()
    expect(window.page.get_by_text("No agents yet")).to_be_visible()

    window.button("Register agent").first.click()
    form = window.page.get_by_role("dialog")
    form.get_by_label("Name").fill("oliver")
    form.get_by_label("User").fill("op")
    window.button("Add skill").click()
    window.page.get_by_label("Skill 1", exact=True).fill("netops")
    window.page.get_by_label("Level of skill 1").select_option("3")
    window.button("Register").click()
    expect(window.row("oliver")).to_contain_text("netops 3")
    expect(window.row("oliver")).to_contain_text("0 / 1")

    run_id = airflow.trigger(DAG_ID)
    expect(window.row("oliver")).to_contain_text("1 / 1")
    window.page.get_by_role("tab", name="Assignments").click()
    expect(window.row(run_id)).to_contain_text("oliver")
    window.button("Why oliver was chosen for approve").click()
    expect(window.page.get_by_text("1 of 1 eligible")).to_be_visible()
    expect(window.page.get_by_text("chosen", exact=True)).to_be_visible()


def test_work_that_nobody_can_do_waits_with_its_reason_until_somebody_can(
    airflow: RunningAirflow, open_window: OpenWindow
) -> None:
    register(airflow, "nina", address="user", level=1)
    window = open_window("op")
    window.open_operations("queue")
    expect(window.page.get_by_text("Nothing waits")).to_be_visible()

    run_id = airflow.trigger(DAG_ID)
    expect(window.row(run_id)).to_contain_text("0 of 1 eligible: 1 lack skill netops>=2")
    window.choose("approve", "Change priority…")
    window.page.get_by_label("Priority, 0 to 10").fill("9")
    window.button("Change").click()
    expect(window.row(run_id).get_by_text("9", exact=True)).to_be_visible()

    register(airflow, "oliver", address="op")
    expect(window.page.get_by_text("Nothing waits")).to_be_visible()


def test_an_operator_reassigns_work_and_drains_an_agent(airflow: RunningAirflow, open_window: OpenWindow) -> None:
    register(airflow, "oliver", address="op")
    run_id = airflow.trigger(DAG_ID)
    window = open_window("op")
    window.open_operations("assignments")
    expect(window.row(run_id)).to_contain_text("oliver")
    register(airflow, "una", address="user")

    window.choose("approve", "Reassign…")
    window.page.get_by_role("dialog").get_by_text("una", exact=True).click()
    window.button("Reassign").click()
    expect(window.row("una", run_id)).to_contain_text("Active")
    expect(window.row("oliver", run_id)).to_contain_text("Reassigned")

    window.page.get_by_role("tab", name="Agents").click()
    window.choose("una", "Drain…")
    window.page.get_by_label("Reason").fill("hand-over")
    window.button("Drain").click()
    expect(window.row("una", "Draining")).to_contain_text("hand-over")

    window.open_run(DAG_ID, run_id)
    expect(window.row("approve").last).to_contain_text("una")
    expect(window.page.get_by_text("Why, and who had it before (1)")).to_be_visible()


def test_the_answer_of_a_person_is_seen_on_the_run(airflow: RunningAirflow, open_window: OpenWindow) -> None:
    register(airflow, "oliver", address="op")
    run_id = airflow.trigger(DAG_ID)
    airflow.wait_for_task(DAG_ID, run_id, "approve", "awaiting_input")
    window = open_window("op")
    window.open_run(DAG_ID, run_id)
    expect(window.row("approve").last).to_contain_text("oliver")

    path = f"/dags/{DAG_ID}/dagRuns/{run_id}/taskInstances/approve/-1/hitlDetails"
    answer = {"chosen_options": ["Approve"], "params_input": {}}
    assert airflow.call("PATCH", path, answer, user="admin").status_code == 403, "only the agent may answer"
    assert airflow.call("PATCH", path, answer, user="op").ok
    expect(window.row("approve").last).to_contain_text("Completed")


def test_a_viewer_sees_everything_and_is_offered_no_change(airflow: RunningAirflow, open_window: OpenWindow) -> None:
    register(airflow, "oliver", address="op")
    run_id = airflow.trigger(DAG_ID)
    window = open_window("viewer")
    window.open_operations("assignments")
    expect(window.row(run_id)).to_contain_text("oliver")
    expect(window.button("Actions for approve")).to_have_count(0)

    window.page.get_by_role("tab", name="Agents").click()
    expect(window.row("oliver", "Available")).to_be_visible()
    for name in ("Register agent", "Import", "Actions for oliver"):
        expect(window.button(name)).to_have_count(0)
    refused = airflow.call("POST", "/v1/agents/oliver/status", {"status": "draining"}, user="viewer", below="/ops")
    assert refused.status_code == 403


def test_an_operator_is_not_offered_what_only_administrators_may(
    airflow: RunningAirflow, open_window: OpenWindow
) -> None:
    register(airflow, "oliver", address="op")
    window = open_window("op")
    window.open_operations("agents")
    window.button("Actions for oliver").click()
    expect(window.page.get_by_role("menuitem", name="Drain…")).to_be_visible()
    expect(window.page.get_by_role("menuitem", name="Edit…")).to_have_count(0)
    expect(window.button("Register agent")).to_have_count(0)
    assert airflow.call("DELETE", "/v1/agents/oliver", user="op", below="/ops").status_code == 403


def test_agents_go_out_as_yaml_and_come_back(airflow: RunningAirflow, open_window: OpenWindow) -> None:
    register(airflow, "oliver", address="op", labels=["berlin"], capacity=4)
    window = open_window("admin")
    window.open_operations("agents")
    with window.page.expect_download() as download:
        window.button("Export").click()
    text = download.value.path().read_text()
    assert "name: oliver" in text

    window.button("Import").click()
    window.page.get_by_label("Agents as YAML").fill(
        text.replace("oliver", "olga").replace("address: op", "address: ol")
    )
    window.page.get_by_role("dialog").get_by_role("button", name="Import", exact=True).click()
    expect(window.row("olga")).to_contain_text("0 / 4")
    expect(window.row("oliver")).to_contain_text("0 / 4")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_pages_follow_the_colour_mode_of_airflow(
    airflow: RunningAirflow, open_window: OpenWindow, mode: Literal["dark", "light"]
) -> None:
    register(airflow, "oliver", address="op")
    window = open_window("admin", mode)
    window.open_operations("agents")
    expect(window.row("oliver")).to_be_visible()

    brightness = (
        window.row("oliver")
        .get_by_text("0 / 1")
        .evaluate(
            """element => {
            const canvas = document.createElement("canvas").getContext("2d");
            canvas.fillStyle = getComputedStyle(element).color;
            canvas.fillRect(0, 0, 1, 1);
            return canvas.getImageData(0, 0, 1, 1).data.slice(0, 3).reduce((sum, one) => sum + one) / 3;
        }"""
        )
    )
    assert (brightness > 128) == (mode == "dark"), f"text of brightness {brightness} in {mode}"


def test_a_tab_and_a_menu_are_reached_by_the_keyboard_alone(airflow: RunningAirflow, open_window: OpenWindow) -> None:
    register(airflow, "oliver", address="op")
    window = open_window("op")
    window.open_operations("agents")
    window.button("Actions for oliver").focus()
    window.page.keyboard.press("Enter")
    expect(window.page.get_by_role("menuitem", name="Drain…")).to_be_visible()
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("Enter")
    expect(window.page.get_by_role("dialog")).to_be_visible()
    window.page.keyboard.press("Escape")
    expect(window.page.get_by_role("dialog")).to_have_count(0)

    window.page.get_by_role("tab", name="Agents").focus()
    window.page.keyboard.press("ArrowRight")
    expect(window.page.get_by_text("Nothing waits")).to_be_visible()
