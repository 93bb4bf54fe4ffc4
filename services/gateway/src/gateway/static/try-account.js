// The account part of the page at /try: sign-up, log-in, the birthday, and the sessions of a person.
import { $, element, keepSession, send } from "/try/page.js";
import { attempt, call, changed, on, signOut, state } from "/try/shared.js";

function mode() {
  return document.querySelector("input[name=mode]:checked").value;
}

function showMode() {
  const isNew = mode() === "signup";
  for (const each of document.querySelectorAll("[data-signup]")) each.hidden = !isNew;
  $("username").required = isNew;
  $("password").autocomplete = isNew ? "new-password" : "current-password";
  $("account-send").textContent = isNew ? "Sign up" : "Log in";
  $("forgot").hidden = isNew;
  $("forgot-told").textContent = "";
}

async function signIn(event) {
  event.preventDefault();
  const body = { email: $("email").value, password: $("password").value };
  if (mode() === "signup") {
    body.username = $("username").value;
    body.birth_date = $("birth-date").value || null;
  }
  const session = await attempt(() => call(`/auth/${mode()}`, { method: "POST", body }));
  if (session?.access_token) startSession(session);
  else if (session) tellToConfirm();
}

// Where another server keeps the accounts, it may want the address confirmed before anybody signs in.
function tellToConfirm() {
  document.querySelector("input[name=mode][value=login]").checked = true;
  showMode();
  $("forgot-told").textContent = "A mail is on its way to you. Open the link in it, then log in here.";
}

// The form is gone then, so the focus goes to what a person does next.
export function startSession(session) {
  state.session = session;
  keepSession(session);
  $("account-form").reset();
  showMode();
  changed();
  focusNext();
  attempt(showSessions);
}

function focusNext() {
  $("speak").scrollIntoView({ block: "start" });
  const next = ["record", "birthday-date", "guardian"].map($).find((each) => !each.disabled && each.checkVisibility());
  (next ?? $("speak-title")).focus({ preventScroll: true });
}

// Asks somebody who is not signed in who they are.
export function askWho() {
  $("account").scrollIntoView({ block: "nearest" });
  $("email").focus();
}

async function saveBirthday(event) {
  event.preventDefault();
  const body = { birth_date: $("birthday-date").value };
  const user = await attempt(() => call("/me", { method: "PATCH", body }));
  if (!user) return;
  state.session.user = user;
  keepSession(state.session);
  changed();
  focusNext();
}

async function forgot() {
  if (!$("email").reportValidity()) return;
  await attempt(async () => {
    await send("/auth/password/forgot", { method: "POST", body: { email: $("email").value } });
    $("forgot-told").textContent = "If there is such an account, a link to choose a new password is on its way.";
  });
}

async function sendAgain() {
  await attempt(async () => {
    await call("/auth/verify/send", { method: "POST" });
    $("unproven").hidden = true;
    $("sign-out").focus();
  });
}

// Ends the session at the server first: from its answer on, no token of it is accepted anywhere.
async function leave(everywhere) {
  await attempt(async () => {
    await call("/auth/logout", { method: "POST", body: { everywhere } });
    signOut();
  });
}

function showSession() {
  const user = state.session?.user;
  $("account").hidden = Boolean(user);
  $("who").hidden = !user;
  $("sessions").hidden = !user;
  $("unproven").hidden = !user || !user.email || user.email_verified;
  $("who-name").textContent = user?.username ? `Hello, ${user.username}!` : "";
}

export async function showSessions() {
  const { items } = await call("/me/sessions");
  $("session-list").replaceChildren(...items.map(sessionItem));
}

function sessionItem(session) {
  const item = element("li");
  const used = new Date(session.last_used_at).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
  const words = element("div");
  words.append(element("strong", session.device ?? "Unknown device"));
  words.append(element("p", session.current ? "This device" : `Last used ${used}`, { class: "hint" }));
  const end = element("button", "Sign out", { type: "button", class: "quiet" });
  end.setAttribute("aria-label", `Sign out ${session.device ?? "the unknown device"}`);
  end.addEventListener("click", () => (session.current ? leave(false) : attempt(() => endSession(session.id))));
  item.append(words, end);
  return item;
}

async function endSession(id) {
  await call(`/me/sessions/${id}`, { method: "DELETE" });
  await showSessions();
  $("sessions-title").focus();
}

export function startAccount() {
  showMode();
  on("change", showSession);
  on("signed-out", () => setTimeout(() => $("account-title").focus()));
  for (const each of document.querySelectorAll("input[name=mode]")) each.addEventListener("change", showMode);
  $("account-form").addEventListener("submit", signIn);
  $("birthday").addEventListener("submit", saveBirthday);
  $("forgot").addEventListener("click", forgot);
  $("send-again").addEventListener("click", sendAgain);
  $("sign-out").addEventListener("click", () => leave(false));
  $("sign-out-everywhere").addEventListener("click", () => leave(true));
}
