"""Tests the page at /try/lessons/admin in a real Chromium, on the whole product."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.axe import fetch_axe, violations
from tests.e2e.browser import sign_out
from tests.e2e.conftest import PASSWORD
from tests.e2e.try_page import WITHIN, Page


class AdminPage(Page):
    """Represents the page as an author uses it."""

    def __init__(self, driver: WebDriver, address: str, email: str) -> None:
        self.driver = driver
        self.address = address
        self.wait = WebDriverWait(driver, WITHIN)
        sign_out(driver, address)
        driver.get(f"{address}/try/lessons/admin")
        self.wait.until(lambda _: self["account"].is_displayed())
        self["email"].send_keys(email)
        self["password"].send_keys(PASSWORD + Keys.ENTER)
        self.wait.until(lambda _: self["work"].is_displayed() and self["count"].text)

    def write(self, text: str) -> None:
        """Replaces what stands in the editor."""
        script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))"
        self.driver.execute_script(script, self["source"], text)

    def save(self, told: str) -> None:
        self["source"].send_keys(Keys.CONTROL, "s")
        self.wait.until(lambda _: self["done"].text == told)

    def source(self) -> str:
        return str(self["source"].get_property("value"))


@pytest.fixture(autouse=True)
def window(driver: WebDriver) -> Iterator[None]:
    """Makes the window as it was, after a test that resized it."""
    yield
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_an_author_writes_a_draft(driver: WebDriver, all_in_one: str, author: str) -> None:
    page = AdminPage(driver, all_in_one, author)
    page.resize(360, 780)
    page["new"].click()
    assert page.focused() == "editor-title"
    key = f"internet/draft-{uuid4().hex[:12]}"
    page.write(page.source().replace("topic/slug", key).replace("topic: topic", "topic: internet"))
    page.wait.until(lambda _: page["problems-count"].text.startswith("What stands here has"))  # before it is saved
    page.save("Saved as revision 1.")
    first = page.texts("#problems [data-kind=problem]")
    line = int(first[0].split()[1])
    page.driver.find_element(By.CSS_SELECTOR, "#problems button").send_keys(Keys.ENTER)
    before = "return arguments[0].value.slice(0, arguments[0].selectionStart).split('\\n').length"
    assert driver.execute_script(before, page["source"]) == line
    assert not page["publish"].is_displayed() and page["delete"].is_displayed()
    assert page.flaws() == [] and not page.overflows()

    mine = page.source().replace("What it says", "My title")
    somebody_saves(page, all_in_one, author, key, page.source().replace("What it says", "Their title"))
    page.write(mine)
    page["save"].click()
    page.wait.until(lambda _: page["conflict"].is_displayed())
    assert page.focused() == "take-theirs"
    assert "Their title" in str(page["theirs"].get_property("value")) and page.source() == mine
    assert page.flaws() == [] and not page.overflows()
    page["keep-mine"].send_keys(Keys.ENTER)
    page.wait.until(lambda _: page["done"].text == "Saved as revision 3.")
    page["diff-form"].find_element(By.CSS_SELECTOR, "[type=submit]").send_keys(Keys.ENTER)
    page.wait.until(lambda _: page["diff"].is_displayed())
    assert page.texts("#diff [data-kind=removed]")[1:] == ["-title: Their title\n"]
    assert page.texts("#diff [data-kind=added]")[1:] == ["+title: My title\n"]
    page["delete"].send_keys(Keys.ENTER)
    page["confirm-yes"].send_keys(Keys.ENTER)
    page.wait.until(lambda _: page["done"].text.startswith("Deleted"))
    log = driver.get_log("browser")  # type: ignore[no-untyped-call]
    assert [each for each in log if each["level"] == "SEVERE" and each["source"] != "network"] == []


def somebody_saves(page: AdminPage, address: str, email: str, key: str, source: str) -> None:
    """Saves a draft meanwhile, as the same author does in another window."""
    with httpx2.Client(base_url=address, timeout=60) as client:
        session = client.post("/auth/login", json={"email": email, "password": PASSWORD}).json()
        client.headers["Authorization"] = f"Bearer {session['access_token']}"
        items = client.get("/admin/content", params={"limit": 100}).json()["items"]
        id = next(each["content_id"] for each in items if each["key"] == key)
        headers = {"If-Match": client.get(f"/admin/content/{id}").headers["ETag"], "Idempotency-Key": str(uuid4())}
        client.put(f"/admin/content/{id}", json={"source": source}, headers=headers).raise_for_status()


@pytest.mark.in_full
def test_an_admin_sees_published_lessons(driver: WebDriver, all_in_one: str, admin: str, tmp_path: Path) -> None:
    page = AdminPage(driver, all_in_one, admin)
    page.driver.find_element(By.CSS_SELECTOR, "[data-key='internet/ip-addresses'] button").click()
    page.wait.until(lambda _: page["editor"].is_displayed() and "ip-addresses" in page.source())
    assert page["problems-count"].text == "The saved draft has no problems."
    assert page["retire"].is_displayed() and not page["delete"].is_displayed()
    page["publish"].click()
    page.wait.until(lambda _: page["confirm"].is_displayed())
    page.press(Keys.ESCAPE)
    assert "learners read revision 1" in page["about"].text
    script = fetch_axe(tmp_path)
    if script is None:
        pytest.skip("npm does not provide axe-core here")
    for width, height in ((360, 780), (1280, 900)):
        page.resize(width, height)
        assert violations(driver, script) == [] and not page.overflows(), width
