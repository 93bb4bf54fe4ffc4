"""Represents the page at /try as a person uses it, for tests in a real Chromium."""

from __future__ import annotations

import uuid
from typing import Any

from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.e2e.browser import sign_out

SOUND = "P"
WITHIN = 30.0  # seconds

#: finds what a child cannot read or hit: small letters, faint ones (WCAG 1.4.3), small targets, controls without a name
_AUDIT = """
const found = [];
const visible = (e) => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().width > 0;
const rgb = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
const light = (color) => {
  const [r, g, b] = rgb(color).map((v) => v / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
};
const ground = (e) => {
  for (; e; e = e.parentElement) {
    const color = getComputedStyle(e).backgroundColor, parts = rgb(color);
    if (parts.length < 4 || parts[3] > 0) return color;
  }
  return "rgb(255, 255, 255)";
};
for (const e of document.querySelectorAll("body *")) {
  if (!visible(e) || e.closest(".skip, [disabled]")) continue;
  const style = getComputedStyle(e);
  if ([...e.childNodes].some((each) => each.nodeType === 3 && each.data.trim())) {
    if (parseFloat(style.fontSize) < 16) found.push(`small: ${e.textContent}`);
    const [dark, bright] = [light(style.color), light(ground(e))].sort((a, b) => a - b);
    if ((bright + .05) / (dark + .05) < 4.5) found.push(`faint: ${e.textContent}`);
  }
  if (e.matches("button, input, select, summary, a, audio")) {
    const hit = e.matches("[type=radio], [type=checkbox]") ? e.closest("label") : e;
    const {width, height} = hit.getBoundingClientRect();
    if (Math.min(width, height) < 44) found.push(`target: ${e.id || e.textContent} ${width} by ${height}`);
  }
}
return found;
"""


class Page:
    """Represents the page as a person uses it."""

    def __init__(self, driver: WebDriver, address: str) -> None:
        self.driver = driver
        self.wait = WebDriverWait(driver, WITHIN)
        sign_out(driver, address)
        driver.get(f"{address}/try")
        self.wait.until(lambda _: self.twisters())

    def __getitem__(self, id: str) -> WebElement:
        return self.driver.find_element(By.ID, id)

    def twisters(self) -> list[WebElement]:
        return self.driver.find_elements(By.CLASS_NAME, "twister")

    def texts(self, selector: str) -> list[str]:
        """Returns the texts of all matching elements at one moment: the page may draw them anew at any time."""
        script = "return [...document.querySelectorAll(arguments[0])].map(each => each.innerText)"
        found: list[str] = self.driver.execute_script(script, selector)
        return found

    def steps(self) -> list[str]:
        """Returns the steps that are done."""
        return self.texts("#steps .good")

    def focused(self) -> str:
        """Returns the id of what has the focus."""
        found: str = self.driver.execute_script("return document.activeElement.id")
        return found

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def resize(self, width: int, height: int) -> None:
        """Makes the window that of a phone, or of a computer."""
        size: dict[str, Any] = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def flaws(self) -> list[str]:
        """Returns what is hard to read, to hit or to name, in light and in dark colours."""
        found = [f"no name: {each.get_attribute('id')}" for each in self.controls() if not each.accessible_name]
        for scheme in ("dark", "light"):
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
            found += [f"{scheme}: {each}" for each in self.driver.execute_script(_AUDIT)]
        return found

    def controls(self) -> list[WebElement]:
        """Returns the visible controls, but for most of the long list."""
        script = (
            "return [...document.querySelectorAll('button, input, select, audio, meter, progress, [role=radiogroup]')]"
            ".filter(each => each.checkVisibility() && !each.closest('.twister:nth-child(n+3)'))"
        )
        found: list[WebElement] = self.driver.execute_script(script)
        return found

    def beyond(self) -> int:
        """Returns the pixels that can be scrolled below the footer."""
        script = (
            "return document.documentElement.scrollHeight"
            " - document.querySelector('footer').getBoundingClientRect().bottom - scrollY"
        )
        found: float = self.driver.execute_script(script)
        return round(found)

    def in_view(self, id: str) -> bool:
        """Tells whether the whole element is in the window."""
        script = "const {top, bottom} = arguments[0].getBoundingClientRect(); return top >= 0 && bottom <= innerHeight"
        found: bool = self.driver.execute_script(script, self[id])
        return found

    def words(self) -> list[tuple[str, str]]:
        """Returns each word with what its mark says."""
        lines = [text.split("\n") for text in self.texts("#words .word")]
        return [(word, mark) for word, mark, *_ in lines]

    def count_drawings(self) -> None:
        """Counts from now on how often the words are drawn (`drawings`)."""
        self.driver.execute_script(
            "window.drawings = 0;"
            "new MutationObserver(changes => { window.drawings += changes.length })"
            ".observe(document.getElementById('words'), {childList: true})"
        )

    def drawings(self) -> int:
        count: int = self.driver.execute_script("return window.drawings")
        return count

    def sign_up(self, birth_date: str) -> str:
        """Returns the e-mail address."""
        email = f"{uuid.uuid4().hex[:12]}@example.org"  # a browser takes a hundredth of a second for each key
        self["email"].send_keys(email)
        self["password"].send_keys("correct horse")
        self["username"].send_keys("Robin")
        self.driver.execute_script("arguments[0].value = arguments[1]", self["birth-date"], birth_date)
        self["username"].send_keys(Keys.ENTER)
        self.wait.until(lambda _: self["who"].is_displayed())
        return email

    def pick(self, text: str) -> None:
        """Picks a twister by sound and difficulty, as a child would."""
        before = self["pick-count"].text
        Select(self["sound"]).select_by_value(SOUND)
        self.wait.until(lambda _: self["pick-count"].text != before)
        next(each for each in self.twisters() if text in each.text).click()

    def record(self, seconds: float) -> None:
        self["record"].click()
        self.wait.until(lambda _: float(self["elapsed"].get_attribute("value") or 0) >= seconds)
        self["record"].click()

    def storage(self) -> str:
        found: str = self.driver.execute_script("return sessionStorage.getItem('session')")
        return found

    def run_out(self) -> None:
        """Makes the kept access token one that the server refuses, as when it has expired."""
        self.driver.execute_script(
            "const kept = JSON.parse(sessionStorage.session); kept.access_token = 'run.out.token';"
            "sessionStorage.session = JSON.stringify(kept)"
        )

    def overflows(self) -> bool:
        """Tells whether the page is wider than the window."""
        script = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
        found: bool = self.driver.execute_script(script)
        return found

    def addresses(self) -> list[str]:
        """Returns every address the page has asked for."""
        found: list[str] = self.driver.execute_script("return performance.getEntries().map(each => each.name)")
        return found
