"""How fast the Operations pages are with many agents and a long queue: real API server, PostgreSQL and Chromium.

``python benchmarks/pages.py [--agents 1000] [--queued 10000] [--loads 7] [--sqlite]``

Every agent is full, so that each row of the queue says why it waits. **Cold** is a page opened in a new browser as the
first thing that a new API server is asked; **warm** is the same page opened again. A page counts as shown when all rows
of its first page stand there. **bundle** is when Airflow's own page has asked for the plugin's: what comes before it is
Airflow's. **cpu** is what the page's main thread has computed until it was shown, which holds on a busy machine too.
Actions are counted from the click to the new rows, calls of the API from outside. The last line is one JSON object,
explained in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="benchmark-"))

import requests
import sqlalchemy as sa
from busy_database import fill_database
from ops_database import engine_of
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from postgres_server import new_database, postgres_url
from served_airflow import ServedAirflow

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync")
PATIENCE_MS = 120_000
ROWS = 25
TABS = {"agents": "Agents", "queue": "Queue", "assignments": "Assignments"}
CALLS = {
    "summary": "/ui/summary",
    "agents": "/v1/agents?limit=25",
    "agents_skill": "/v1/agents?limit=25&skill=netops&order_by=-load",
    "queue": "/v1/work-items?limit=25&state=queued",
    "queue_last": "/v1/work-items?limit=25&state=queued&offset={last}",
    "queue_search": "/v1/work-items?limit=25&state=queued&q=step_7",
    "queue_500": "/v1/work-items?limit=500&state=queued",
    "assignments": "/v1/assignments?limit=25",
    "assignments_agent": "/v1/assignments?limit=25&order_by=agent",
    "assignments_search": "/v1/assignments?limit=25&q=agent-0042",
}
COLD_CALLS = ("agents", "queue", "assignments")
CALL_REPEATS = 15

MARK = """() => [...document.querySelectorAll("[aria-live=polite]")].map((one) => one.innerText).join()
  + [...document.querySelectorAll("th[aria-sort]")].map((one) => one.innerText + one.ariaSort).join()"""
"""What of a table follows its page, filter and order."""
IS_NEW = f"""(before) => document.querySelector("table[aria-busy=false]") && ({MARK})() !== before"""
BUNDLE_AT = (
    """() => performance.getEntriesByType("resource").find((one) => one.name.includes("operations.umd"))?.startTime"""
)


@dataclass(frozen=True, slots=True)
class Load:
    """One opening of a page, in milliseconds.

    :param bundle: until Airflow's page asked for the plugin's bundle.
    :param shown: until all rows stood there.
    :param cpu: processor time of the page's main thread until then.
    """

    bundle: float
    shown: float
    cpu: float


class Window:
    """A browser of its own with nothing in its cache, in which the administrator is logged in."""

    def __init__(self, context: BrowserContext, airflow: ServedAirflow) -> None:
        self._context = context
        self._url = airflow.url
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": "_token", "value": airflow.token(), "url": airflow.url}])

    def open(self, tab: str) -> tuple[Page, Load]:
        """Open a tab of the page in a new page of the browser."""
        page = self._context.new_page()
        session = self._context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        started = time.perf_counter()
        page.goto(f"{self._url}/plugin/operations?tab={tab}", wait_until="commit")
        page.wait_for_selector(f'table[aria-label="{TABS[tab]}"][aria-busy=false] tbody tr:nth-child({ROWS})')
        shown = (time.perf_counter() - started) * 1000
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        return page, Load(bundle=float(page.evaluate(BUNDLE_AT)), shown=shown, cpu=metrics["ThreadTime"] * 1000)


Action = Callable[[Page], object]
ACTIONS: dict[str, dict[str, Action]] = {
    "agents": {
        "page": lambda page: page.get_by_label("Next page").click(),
        "filter": lambda page: page.get_by_label("Kind", exact=True).select_option("person"),
        "sort": lambda page: page.get_by_role("button", name="Load", exact=True).click(),
    },
    "queue": {
        "page": lambda page: page.get_by_label("Next page").click(),
        "filter": lambda page: page.get_by_label("Kind of agent").select_option("person"),
        "sort": lambda page: page.get_by_role("button", name="Priority", exact=True).click(),
    },
    "assignments": {
        "page": lambda page: page.get_by_label("Next page").click(),
        "filter": lambda page: page.get_by_label("When").select_option("now"),
        "sort": lambda page: page.get_by_role("button", name="Agent", exact=True).click(),
    },
}


def main() -> None:
    """Measure, print tables, and as the last line one JSON object."""
    arguments = _arguments()
    home = Path(tempfile.mkdtemp(prefix="pages-"))
    with _database(home, is_sqlite=arguments.sqlite) as database, sync_playwright() as playwright:
        airflow = ServedAirflow(home, database)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            airflow.migrate()
            airflow.start()
            engine = engine_of(database)
            filled = fill_database(engine, agents=arguments.agents, queued=arguments.queued)
            engine.dispose()
            print(f"{filled.agents:,} agents, {filled.queued:,} queued, {filled.assignments:,} assignments")
            result = _measure_pages(airflow, browser, arguments.loads) | _measure_calls(airflow, arguments.queued)
        finally:
            browser.close()
            airflow.stop()
            shutil.rmtree(home, ignore_errors=True)
    print(json.dumps({"agents": filled.agents, "queued": filled.queued} | result))


def _measure_pages(airflow: ServedAirflow, browser: Browser, loads: int) -> dict[str, float]:
    """Open each tab cold and warm, and do in it what people do."""
    result: dict[str, float] = {}
    columns = ("cold", "bundle", "warm", "bundle", "cpu", "worst", "page", "filter", "sort")
    print(f"\n{'page, ms':<16}" + "".join(f"{column:>8}" for column in columns), flush=True)
    for tab in TABS:
        airflow.restart()
        window = Window(browser.new_context(viewport={"width": 1440, "height": 900}), airflow)
        page, cold = window.open(tab)
        page.close()
        warm: list[Load] = []
        actions: dict[str, list[float]] = {name: [] for name in ACTIONS[tab]}
        for _ in range(loads):
            page, load = window.open(tab)
            warm.append(load)
            for name, act in ACTIONS[tab].items():
                actions[name].append(_time_action(page, act))
            page.close()
        figures = {
            "cold": cold.shown,
            "cold_bundle": cold.bundle,
            "warm": statistics.median(one.shown for one in warm),
            "warm_bundle": statistics.median(one.bundle for one in warm),
            "warm_cpu": statistics.median(one.cpu for one in warm),
            "warm_worst": max(one.shown for one in warm),
            **{name: statistics.median(values) for name, values in actions.items()},
        }
        print(f"{tab:<16}" + "".join(f"{value:>8.0f}" for value in figures.values()), flush=True)
        result |= {f"{tab}_{name}_ms": round(value, 1) for name, value in figures.items()}
    return result


def _time_action(page: Page, act: Action) -> float:
    """Return the milliseconds from an action to its rows, in a page that does nothing else."""
    page.wait_for_load_state("networkidle")
    before = page.evaluate(MARK)
    started = time.perf_counter()
    act(page)
    page.wait_for_function(IS_NEW, arg=before)
    return (time.perf_counter() - started) * 1000


def _measure_calls(airflow: ServedAirflow, queued: int) -> dict[str, float]:
    """Time calls of the API; some also as the first that a new server gets."""
    result: dict[str, float] = {}
    colds = {}
    for name in COLD_CALLS:
        airflow.restart()
        colds[name] = _time_call(airflow, CALLS[name])
    print(f"\n{'API call, ms':<24}{'cold':>8}{'first':>8}{'p50':>8}{'worst':>8}")
    for name, path in CALLS.items():
        first, *times = (_time_call(airflow, path.format(last=queued - 25)) for _ in range(CALL_REPEATS + 1))
        figures = {"first": first, "p50": statistics.median(times), "worst": max(times)}
        if name in colds:
            figures = {"cold": colds[name], **figures}
        shown = f"{colds[name]:>8.0f}" if name in colds else " " * 8
        print(f"{name:<24}{shown}{first:>8.0f}{figures['p50']:>8.0f}{figures['worst']:>8.0f}", flush=True)
        result |= {f"call_{name}_{figure}_ms": round(value, 1) for figure, value in figures.items()}
    return result


def _time_call(airflow: ServedAirflow, path: str) -> float:
    headers = {"Authorization": f"Bearer {airflow.token()}"}
    started = time.perf_counter()
    answer = requests.get(f"{airflow.url}/ops{path}", headers=headers, timeout=120)
    duration = (time.perf_counter() - started) * 1000
    assert answer.ok, answer.text
    return duration


@contextmanager
def _database(home: Path, *, is_sqlite: bool) -> Iterator[sa.URL]:
    """Give the address of an empty database."""
    if is_sqlite:
        yield sa.make_url(f"sqlite:///{home / 'airflow.db'}")
        return
    with postgres_url() as server, new_database(server) as url:
        yield url


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=1_000)
    parser.add_argument("--queued", type=int, default=10_000)
    parser.add_argument("--loads", type=int, default=7, help="how often each page is opened warm, and each action done")
    parser.add_argument("--sqlite", action="store_true", help="use SQLite instead of PostgreSQL")
    return parser.parse_args()


if __name__ == "__main__":
    main()
