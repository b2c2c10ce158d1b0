"""AirflowWindow: a browser window with Airflow's UI, as one user sees it."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Locator, Page


class AirflowWindow:
    """One user's window.

    :param errors: what the page has logged as an error, or thrown, so far.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.errors: list[str] = []
        page.on("console", self._record)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def log_in(self, user: str) -> None:
        """Log in on Airflow's own page; the password is the user's name."""
        self.page.goto(f"{self.url}/auth/login")
        self.page.locator("input[name=username]").fill(user)
        self.page.locator("input[name=password]").fill(user)
        self.page.locator("button[type=submit]").click()
        self.page.wait_for_url(lambda url: "/auth/login" not in url)

    def open_operations(self, tab: str) -> None:
        """Open the page Operations at ``agents``, ``queue`` or ``assignments``."""
        self.page.goto(f"{self.url}/plugin/operations?tab={tab}")

    def open_run(self, dag_id: str, run_id: str) -> None:
        """Open the tab "Who does what" of a Dag run."""
        self.page.goto(f"{self.url}/dags/{dag_id}/runs/{run_id}")
        self.page.get_by_role("link", name="Who does what").click()

    def row(self, *texts: str) -> Locator:
        """Return the table row that holds all ``texts``."""
        found = self.page.get_by_role("row")
        for text in texts:
            found = found.filter(has_text=text)
        return found

    def choose(self, subject: str, action: str) -> None:
        """Choose an action from the menu of an agent, a task, ..."""
        self.page.get_by_role("button", name=f"Actions for {subject}").click()
        self.page.get_by_role("menuitem", name=action).click()

    def button(self, name: str) -> Locator:
        """Return a button by its exact name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def _record(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")
