"""Superset through a real browser: log in, open a dashboard, wait until it is drawn, collect what went wrong."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Response, TimeoutError, sync_playwright

ARTIFACTS = Path(__file__).parent / "artifacts"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZE = {"width": 1440, "height": 900}


class NoBrowser(RuntimeError):
    """No Chromium on this machine."""


class NotDrawn(AssertionError):
    """Charts were still loading, or showed an error, when the time was over."""


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise NoBrowser("No Chromium: install it by the system's package manager, e.g. `apt-get install chromium`.")


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            yield opened
        finally:
            opened.close()


class SupersetPage:
    """One user's session in a context of its own. `failures` collects bad answers and errors of the page."""

    def __init__(self, opened: Browser, base_url: str) -> None:
        self.base_url = base_url
        self.context = opened.new_context(viewport=SIZE, locale="ru-RU")
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.failures: list[str] = []
        self.page.on("response", self._note_response)
        self.page.on("pageerror", lambda error: self.failures.append(f"page error: {error}"))

    def _note_response(self, response: Response) -> None:
        if response.status >= 400:
            self.failures.append(f"{response.status} {response.request.method} {response.url}")

    def close(self) -> None:
        self.context.close()

    def login(self, username: str, password: str) -> None:
        """Fill the login page in; returns when the page behind it is reached."""
        self.page.goto(f"{self.base_url}/login/", wait_until="domcontentloaded")
        self.page.locator("#username").fill(username)
        self.page.locator("#password").fill(password)
        self.page.locator("#password").press("Enter")
        self.page.wait_for_url(lambda url: "/login" not in url, wait_until="domcontentloaded")

    def open_dashboard(self, slug: str) -> None:
        self.page.goto(f"{self.base_url}/superset/dashboard/{slug}/", wait_until="domcontentloaded")

    def open_tab(self, title: str) -> None:
        self.page.locator(".ant-tabs-tab").filter(has_text=re.compile(f"^{re.escape(title)}$")).click()
        self.wait_until_drawn()

    def choose(self, filter_name: str, option: str) -> None:
        """Choose an option of a dashboard filter and wait for the charts."""
        box = self.page.locator(
            f'xpath=//*[@data-test="filter-control-name" and normalize-space()="{filter_name}"]'
            "/ancestor::*[.//*[@data-test='form-item-value']][1]//*[contains(@class,'ant-select-selector')]"
        )
        if not box.first.is_visible():  # the bar has no room for all filters
            self.page.locator('[data-test="dropdown-container-btn"]').click()
        box.first.click()
        self.page.locator(f'.ant-select-dropdown:visible .ant-select-item-option[title="{option}"]').first.click()
        if (apply := self.page.locator('[data-test="filter-bar__apply-button"]')).count():
            apply.first.click()
        self.wait_until_drawn()

    def wait_until_drawn(self, seconds: float = 60) -> None:
        """Until every chart on the visible tab is there and none is loading. Raises NotDrawn with what is missing."""
        try:
            self.page.locator('[data-test="dashboard-component-chart-holder"]:visible').first.wait_for()
            self.page.wait_for_function(_ALL_DRAWN, timeout=seconds * 1000)
        except TimeoutError:
            raise NotDrawn(f"Not drawn in {seconds} s: {self.page.evaluate(_UNDRAWN)}; {self.failures}") from None
        self.page.wait_for_timeout(1000)  # the entrance animation of ECharts

    def errors(self) -> list[str]:
        """Toasts, errors in charts and bad answers so far; empty when all is well."""
        toasts = self.page.locator('[data-test="toast-container"]').all_inner_texts()
        broken = self.page.locator(".ant-alert-error, [data-test='error-icon']").all_inner_texts()
        return [*self.failures, *toasts, *broken]

    def text(self) -> str:
        """All words on the page that a reader sees outside canvases."""
        return self.page.locator("body").inner_text()

    def chart(self, title: str) -> str:
        """The text of the chart with this title."""
        holder = self.page.locator('[data-test="dashboard-component-chart-holder"]:visible')
        return holder.filter(has=self.page.get_by_text(title, exact=True)).first.inner_text()

    def screenshot(self, name: str, full: bool = False) -> Path:
        """Save what is seen; `full` makes the window as high as the dashboard."""
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        if full:
            grid = "document.querySelector('[data-test=\"grid-content\"]')"
            height = self.page.evaluate(f"{grid}?.scrollHeight || 900")
            self.page.set_viewport_size({"width": SIZE["width"], "height": max(SIZE["height"], int(height) + 260)})
            self.wait_until_drawn()
        self.page.screenshot(path=path)
        self.page.set_viewport_size(SIZE)
        return path


_HOLDERS = """
const holders = [...document.querySelectorAll('[data-test="dashboard-component-chart-holder"]')].filter(
    (one) => one.offsetParent !== null);
const isOnScreen = (one) => { const box = one.getBoundingClientRect();
    return box.top < innerHeight && box.bottom > 0; };
const isEmpty = (chart) => chart !== null && chart.innerText.trim() === '' && !chart.querySelector('canvas, svg, img');
const waits = (one) => one.querySelector('[data-test="loading-indicator"], .loading, [aria-label="loading"]') !== null
    || one.querySelector('[data-test="slice-container"], .ant-alert-error, .ant-empty') === null
    || isEmpty(one.querySelector('[data-test="slice-container"]'));
const open = holders.filter((one) => isOnScreen(one) && waits(one));
"""
_ALL_DRAWN = f"() => {{ {_HOLDERS} return holders.length > 0 && open.length === 0; }}"
_UNDRAWN = f"() => {{ {_HOLDERS} return open.map((one) => one.innerText.slice(0, 60)); }}"
