"""Tests the pages that mailed links lead to in a real Chromium: links act on the press of a button, and once."""

from __future__ import annotations

import email
import email.policy
import json
import re
import time
import uuid
import zipfile
from pathlib import Path

import httpx2
import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.browser import sign_out

WITHIN = 30.0  # seconds
ERASED_WITHIN = 120.0  # seconds: every service vacuums its tables
PASSWORD, OTHER = "correct horse", "staple of paper"


class Somebody:
    """Represents a person with a browser, and the folder that mails are written to."""

    def __init__(self, driver: WebDriver, address: str, mails: Path) -> None:
        self.driver = driver
        self.address = address
        self.mails = mails
        self.email = f"{uuid.uuid4().hex[:12]}@example.org"  # a browser takes a hundredth of a second for each key
        self.wait = WebDriverWait(driver, WITHIN)

    def open(self, path: str) -> None:
        url = f"{self.address}{path}"
        if self.driver.current_url.partition("#")[0] == url.partition("#")[0]:
            self.driver.get("about:blank")  # a new fragment alone would load nothing
        self.driver.get(url)

    def press(self, id: str) -> None:
        self.driver.find_element(By.ID, id).click()

    def fill(self, id: str, text: str) -> None:
        self.driver.find_element(By.ID, id).send_keys(text)

    def shown(self, id: str) -> bool:
        return self.driver.find_element(By.ID, id).is_displayed()

    def text(self, id: str) -> str:
        return self.driver.find_element(By.ID, id).text

    def overflows(self) -> bool:
        script = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
        found: bool = self.driver.execute_script(script)
        return found

    def link(self, template: str, to: str | None = None) -> str:
        """Waits for the mail of a template, and returns path and fragment of its link."""
        until = time.monotonic() + WITHIN
        while time.monotonic() < until:
            for path in self.mails.glob("*.eml"):
                mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                if (mail["To"], mail["X-Voxbus-Template"]) == (to or self.email, template):
                    part = mail.get_body(("plain",))
                    assert part is not None
                    text = part.get_content()
                    [found] = re.findall(r"^http://\S+?(/account/\S+)\s*$", text, re.MULTILINE)
                    return str(found)
            time.sleep(0.1)
        raise AssertionError(f"no mail {template}")

    def log_in(self, password: str) -> httpx2.Response:
        body = {"email": self.email, "password": password}
        return httpx2.post(f"{self.address}/auth/login", json=body, timeout=60)


@pytest.mark.parametrize("width", [pytest.param(1000, marks=pytest.mark.in_full), 390])
def test_somebody_proves_their_address_and_chooses_a_new_password(
    driver: WebDriver, all_in_one: str, data_dir: Path, width: int
) -> None:
    driver.set_window_size(width, 1400)
    who = Somebody(driver, all_in_one, data_dir / "mail")
    sign_out(driver, all_in_one)
    who.open("/try")
    for id, text in (("email", who.email), ("password", PASSWORD), ("username", "Robin")):
        who.fill(id, text)
    who.press("account-send")
    who.wait.until(lambda _: who.shown("unproven"))

    link = who.link("verify-email")
    for method in ("GET", "HEAD", "GET"):  # as a mail scanner does
        assert httpx2.request(method, f"{all_in_one}{link}", timeout=60).status_code == 200
    assert who.log_in(PASSWORD).json()["user"]["email_verified"] is False
    who.open(link)
    assert not who.overflows()
    who.press("send")
    who.wait.until(lambda _: who.shown("done"))
    assert who.log_in(PASSWORD).json()["user"]["email_verified"] is True
    assert "#" not in driver.current_url
    who.open(link)
    who.press("send")
    who.wait.until(lambda _: "does not work any more" in who.text("trouble"))

    who.open("/try")
    who.wait.until(lambda _: who.shown("who"))
    who.wait.until(lambda _: not who.shown("unproven"))
    who.press("sign-out")
    who.wait.until(lambda _: who.shown("account"))
    driver.find_element(By.CSS_SELECTOR, "input[value=login]").click()
    who.fill("email", who.email)
    who.press("forgot")
    who.wait.until(lambda _: "on its way" in who.text("forgot-told"))
    who.open(who.link("reset-password"))
    assert not who.overflows()
    who.fill("password", "12345678")
    who.press("send")
    who.wait.until(lambda _: "common" in who.text("trouble"))
    driver.find_element(By.ID, "password").clear()
    who.fill("password", OTHER)
    who.press("send")
    who.wait.until(lambda _: who.shown("done"))
    assert [who.log_in(each).status_code for each in (PASSWORD, OTHER)] == [401, 200]


def test_somebody_changes_their_address(driver: WebDriver, all_in_one: str, data_dir: Path) -> None:
    who = Somebody(driver, all_in_one, data_dir / "mail")
    body = {"email": who.email, "password": PASSWORD, "username": "Robin"}
    session = httpx2.post(f"{all_in_one}/auth/signup", json=body, timeout=60).json()
    headers = {"Authorization": f"Bearer {session['access_token']}"}
    new = f"{uuid.uuid4()}@example.org"
    change = {"email": new, "password": PASSWORD}
    asked = httpx2.post(f"{all_in_one}/me/email", json=change, headers=headers, timeout=60)
    assert (asked.status_code, asked.content) == (202, b"")
    who.open(who.link("change-email", to=new))
    who.press("send")
    who.wait.until(lambda _: who.shown("done"))
    me = httpx2.get(f"{all_in_one}/me", headers=headers, timeout=60).json()
    assert (me["email"], me["email_verified"]) == (new, True)


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.in_full), 390])
def test_somebody_deletes_their_account_and_follows_it_to_the_certificate(
    driver: WebDriver, all_in_one: str, data_dir: Path, width: int
) -> None:
    driver.set_window_size(width, 1400)
    who = Somebody(driver, all_in_one, data_dir / "mail")
    sign_out(driver, all_in_one)
    who.open("/account")
    who.wait.until(lambda _: who.shown("out"))
    assert not who.shown("form")
    body = {"email": who.email, "password": PASSWORD, "username": "Robin"}
    session = httpx2.post(f"{all_in_one}/auth/signup", json=body, timeout=60)
    driver.execute_script("sessionStorage.setItem('session', arguments[0])", session.text)
    who.open("/account")
    who.wait.until(lambda _: who.shown("form"))
    assert "Robin" in who.text("who")
    who.fill("password", OTHER)
    who.press("sure")
    who.press("send")
    who.wait.until(lambda _: "password is wrong" in who.text("trouble"))
    assert who.log_in(PASSWORD).status_code == 200
    driver.find_element(By.ID, "password").clear()
    who.fill("password", PASSWORD)
    who.press("send")
    WebDriverWait(driver, ERASED_WITHIN).until(lambda _: who.text("state") == "Everything is deleted.")
    assert not who.overflows()
    assert not who.shown("form")
    assert len(driver.find_elements(By.CSS_SELECTOR, "#services dt")) == 5
    assert str(driver.find_element(By.ID, "certificate").get_property("value")).count(".") == 2
    assert who.log_in(PASSWORD).status_code == 401
    id, receipt = who.text("erasure-id"), who.text("receipt")

    driver.execute_script("sessionStorage.clear()")
    who.open("/account")
    who.fill("follow-id", id)
    who.fill("follow-receipt", "vxe_0")
    driver.find_element(By.CSS_SELECTOR, "#follow button").click()
    who.wait.until(lambda _: "Sign in first" in who.text("trouble"))
    driver.find_element(By.ID, "follow-receipt").clear()
    who.fill("follow-receipt", receipt)
    driver.find_element(By.CSS_SELECTOR, "#follow button").click()
    who.wait.until(lambda _: who.text("state") == "Everything is deleted.")


def test_a_grown_up_says_who_may_get_something_and_takes_it_back(
    driver: WebDriver, all_in_one: str, data_dir: Path
) -> None:
    driver.set_window_size(360, 1400)
    driver.get_log("browser")  # type: ignore[no-untyped-call]  # what other tests left there
    who = Somebody(driver, all_in_one, data_dir / "mail")

    def signed_in(email: str, born: str) -> None:
        body = {"email": email, "password": PASSWORD, "username": "Robin", "birth_date": born}
        session = httpx2.post(f"{all_in_one}/auth/signup", json=body, timeout=60)
        sign_out(driver, all_in_one)
        driver.execute_script("sessionStorage.setItem('session', arguments[0])", session.text)
        who.open("/account")
        who.wait.until(lambda _: who.shown("form"))

    def states() -> set[str]:  # in one script, because the page draws its table anew after each answer
        script = "return [...document.querySelectorAll('#choices td[data-state]')].map((cell) => cell.dataset.state)"
        return set(driver.execute_script(script))

    signed_in(who.email, "1985-02-03")
    who.wait.until(lambda _: states() == {"none"})
    assert not who.shown("guardian-chooses")
    openai = (By.CSS_SELECTOR, "[data-choice='ai_text/openai']")
    driver.find_element(*openai).send_keys(Keys.SPACE)
    who.wait.until(lambda _: states() == {"granted", "none"})
    assert driver.switch_to.active_element.accessible_name == "Take back: Send my words to OpenAI"
    assert not who.overflows()
    assert unlabelled(driver) == []
    driver.switch_to.active_element.send_keys(Keys.SPACE)
    who.wait.until(lambda _: states() == {"revoked", "none"})
    driver.find_element(By.CSS_SELECTOR, "#choices summary").send_keys(Keys.SPACE)
    who.wait.until(lambda _: "What Voxbus would like" in driver.find_element(By.CSS_SELECTOR, "#choices .notice").text)
    assert not who.overflows()
    signed_in(f"{uuid.uuid4()}@example.org", "2018-04-05")
    who.wait.until(lambda _: who.shown("guardian-chooses"))
    assert not who.shown("choices-part")
    console = driver.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry for entry in console if entry["level"] == "SEVERE"] == []


def unlabelled(driver: WebDriver) -> list[str]:
    """Returns what can be seen and used, and has no name that a screen reader could say."""
    usable = driver.find_elements(By.CSS_SELECTOR, "button, input, select, textarea, a[href]")
    return [
        each.get_attribute("outerHTML") or "" for each in usable if each.is_displayed() and not each.accessible_name
    ]


def approve_form(driver: WebDriver, address: str, email: str) -> None:
    """Approves as an admin, on the page for that, the form that waits for webhooks."""
    admin = Somebody(driver, address, Path())
    admin.email = email
    driver.execute_script("sessionStorage.clear()")
    admin.open("/account/forms")
    assert unlabelled(driver) == []
    admin.fill("email", admin.email)
    admin.fill("password", PASSWORD + Keys.ENTER)
    admin.wait.until(lambda _: "Says yes to: notify by webhook" in admin.text("forms"))
    assert not admin.overflows()
    assert unlabelled(driver) == []
    [why] = driver.find_elements(By.XPATH, "//section[contains(., 'notify by webhook')]//input")
    why.send_keys("Signed." + Keys.ENTER)
    admin.wait.until(lambda _: "Approved." in admin.text("done"))
    assert "Says yes to: notify by webhook" not in admin.text("forms")


def take_back_elsewhere(address: str, email: str) -> None:
    """Takes a guardian's consent for webhooks back, as on another device."""
    with httpx2.Client(base_url=address, timeout=60) as client:
        session = client.post("/auth/login", json={"email": email, "password": PASSWORD}).json()
        headers = {"Authorization": f"Bearer {session['access_token']}"}
        [child] = client.get("/guardian/children", headers=headers).json()["items"]
        client.delete(f"/guardian/children/{child['id']}/consents/notify/webhook", headers=headers).raise_for_status()


def test_somebody_takes_a_copy_of_everything(
    driver: WebDriver, all_in_one: str, data_dir: Path, tmp_path: Path
) -> None:
    driver.set_window_size(360, 1400)
    who = Somebody(driver, all_in_one, data_dir / "mail")
    body = {"email": who.email, "password": PASSWORD, "username": "Robin"}
    session = httpx2.post(f"{all_in_one}/auth/signup", json=body, timeout=60)
    who.open("/account")
    driver.execute_script("sessionStorage.setItem('session', arguments[0])", session.text)
    saves = {"behavior": "allow", "downloadPath": str(tmp_path)}
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", saves)
    who.open("/account")
    who.wait.until(lambda _: who.shown("copy-part"))
    take, save = driver.find_elements(By.CSS_SELECTOR, "#copy button")
    assert not save.is_displayed()
    take.click()
    who.wait.until(lambda _: save.is_displayed())
    assert "is ready, until" in who.text("copy")
    assert not who.overflows()
    save.click()
    saved = tmp_path / "voxbus-export.zip"
    who.wait.until(lambda _: saved.exists())
    with zipfile.ZipFile(saved) as archive:
        assert json.loads(archive.read("account.json"))["email"] == who.email
    take.click()  # a second one: the first stays to be fetched by its id
    who.wait.until(lambda _: save.is_displayed() and take.is_enabled())
    headers = {"Authorization": f"Bearer {session.json()['access_token']}"}
    items = httpx2.get(f"{all_in_one}/me/export", headers=headers, timeout=60).json()["items"]
    assert [each["state"] for each in items] == ["ready", "ready"]


def test_a_child_asks_a_grown_up_who_says_yes_and_takes_it_back(
    driver: WebDriver, all_in_one: str, data_dir: Path, tmp_path: Path, admin: str
) -> None:
    driver.set_window_size(360, 1400)
    driver.get_log("browser")  # type: ignore[no-untyped-call]  # what other tests left there
    child, parent = (Somebody(driver, all_in_one, data_dir / "mail") for _ in range(2))
    sign_out(driver, all_in_one)
    child.open("/try")
    for id, text in (("email", child.email), ("password", PASSWORD), ("username", "Sam")):
        child.fill(id, text)
    driver.execute_script("document.getElementById('birth-date').value = '2018-04-05'")
    child.press("account-send")
    child.wait.until(lambda _: child.shown("guardian"))
    child.fill("guardian-email", parent.email)
    driver.find_element(By.CSS_SELECTOR, "#ask-guardian button").click()
    child.wait.until(lambda _: "on its way" in child.text("guardian-told"))
    assert not child.overflows()

    body = {"email": parent.email, "password": PASSWORD, "username": "Marian", "birth_date": "1985-02-03"}
    httpx2.post(f"{all_in_one}/auth/signup", json=body, timeout=60).raise_for_status()
    token = parent.link("verify-email").partition("#token=")[2]
    httpx2.post(f"{all_in_one}/auth/verify", json={"token": token}, timeout=60).raise_for_status()
    driver.execute_script("sessionStorage.clear()")
    parent.open(parent.link("guardian-invitation"))
    parent.wait.until(lambda _: parent.shown("invitation") and "What Voxbus would like" in parent.text("notice"))
    assert not parent.overflows()
    assert not parent.shown("accept"), "whoever answers yes is signed in"
    parent.fill("email", parent.email)
    parent.fill("password", PASSWORD)
    driver.find_element(By.CSS_SELECTOR, "#account-form button").click()
    parent.wait.until(lambda _: parent.shown("accept"))
    parent.press("accept")

    def states() -> set[str]:  # in one script, because the page draws its table anew after each answer
        script = "return [...document.querySelectorAll('td[data-state]')].map((cell) => cell.dataset.state)"
        return set(driver.execute_script(script))

    def choose(words: str) -> None:
        def press(_: WebDriver) -> bool:  # as a person does with the keyboard, so only what can be seen
            driver.find_element(By.CSS_SELECTOR, f"button[aria-label^='{words}']").send_keys(Keys.SPACE)
            return True

        WebDriverWait(driver, WITHIN, ignored_exceptions=[StaleElementReferenceException]).until(press)

    parent.wait.until(lambda _: states() == {"none"})
    assert "#" not in driver.current_url
    assert not parent.overflows()
    choose("Say yes to: Listen")
    parent.wait.until(lambda _: states() == {"granted", "none"})
    assert re.search(r"Name, birth date and how to sign in: \d.*; deleted on .* at the latest", parent.text("children"))
    assert "Your choices: 1, the oldest from" in parent.text("children")
    choose("Take back: Listen")
    parent.wait.until(lambda _: states() == {"revoked", "none"})
    driver.find_element(By.XPATH, "//button[text()='Take a copy of everything']").click()
    parent.wait.until(lambda _: driver.find_elements(By.CSS_SELECTOR, "[data-copy=ready]"))
    assert not parent.overflows()

    file = tmp_path / "form.pdf"
    file.write_bytes(b"%PDF-1.7 signed")
    driver.find_element(By.CSS_SELECTOR, "#children input[type=file]").send_keys(str(file))
    driver.find_element(By.XPATH, "//button[text()='Send the form']").click()
    parent.wait.until(lambda _: "Your form is here" in parent.text("children"))
    choose("Say yes with the form to: Tell a web")
    parent.wait.until(lambda _: states() == {"revoked", "pending", "none"})
    assert not parent.overflows()
    assert unlabelled(driver) == []
    approve_form(driver, all_in_one, admin)
    driver.execute_script("sessionStorage.clear()")
    parent.open("/guardian")
    parent.fill("email", parent.email)
    parent.fill("password", PASSWORD + Keys.ENTER)
    parent.wait.until(lambda _: states() == {"revoked", "granted", "none"})
    form = "#children details form"
    assert not driver.find_element(By.CSS_SELECTOR, form).is_displayed(), "it takes a step to get there"
    driver.find_element(By.CSS_SELECTOR, "#children summary").send_keys(Keys.SPACE)
    parent.wait.until(lambda _: driver.find_element(By.CSS_SELECTOR, form).is_displayed())
    assert not parent.overflows()
    assert unlabelled(driver) == []
    driver.find_element(By.CSS_SELECTOR, f"{form} input[type=password]").send_keys(PASSWORD)
    take_back_elsewhere(all_in_one, parent.email)
    parent.wait.until(lambda _: states() == {"revoked", "none"})  # without reload, and what was typed stays
    driver.find_element(By.CSS_SELECTOR, f"{form} input[type=password]").send_keys(Keys.ENTER)
    parent.wait.until(lambda _: re.search(r"^Sam is deleted\. .* receipt vxe_\w{64}\.", parent.text("deleted")))
    assert not parent.overflows()
    assert "No child has asked you yet" in parent.text("children")
    console = driver.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry for entry in console if entry["level"] == "SEVERE"] == []
