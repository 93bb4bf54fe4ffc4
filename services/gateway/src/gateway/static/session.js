// Who is signed in on a page: the form to sign up or log in, the name in the head, the way out, and calls in their name.
import { $, keepSession, keptSession, randomKey, send, showTrouble } from "/try/page.js";
import { Problem } from "/try/stream.js";

export const state = { session: keptSession() };

// Tells `change` after the state has changed, `signed-in` when somebody has signed in on this page, `signed-out` when the
// session has ended.
const told = new EventTarget();

export function on(name, listener, options) {
  told.addEventListener(name, listener, options);
}

function tell(name) {
  told.dispatchEvent(new Event(name));
}

export function changed() {
  tell("change");
}

export async function call(path, options) {
  return (await send(path, { ...options, session: state.session })).body;
}

// Runs something that a person asked for; what goes wrong is said at the top of the page.
export async function attempt(work) {
  showTrouble($("trouble"), null);
  try {
    return await work();
  } catch (error) {
    showTrouble($("trouble"), error);
    if (error instanceof Problem && error.document.status === 401 && state.session) signOut();
    return undefined;
  }
}

// Under this name the page keeps which channel the pushes to this browser are.
export const PUSH_CHANNEL = "voxbus.push-channel";

// What is pushed to this browser is for whoever is signed in here: who signs out takes it along. What fails is made up for by
// the next person who is told here: the server knows the browser again.
async function letGoOfPushes() {
  const id = localStorage.getItem(PUSH_CHANNEL);
  localStorage.removeItem(PUSH_CHANNEL);
  try {
    const there = await navigator.serviceWorker?.getRegistration("/try/lessons");
    await (await there?.pushManager?.getSubscription())?.unsubscribe();
    if (id) await call(`/notifications/channels/${id}`, { method: "DELETE", headers: { "Idempotency-Key": randomKey() } });
  } catch (error) {
    console.warn("The pushes to this browser could not be ended.", error);
  }
}

export function signOut() {
  state.session = null;
  keepSession(null);
  tell("signed-out");
  changed();
}

// Ends the session at the server first: from its answer on, no token of it is accepted anywhere.
export async function leave(everywhere) {
  await attempt(async () => {
    await letGoOfPushes();
    await call("/auth/logout", { method: "POST", body: { everywhere } });
    signOut();
  });
}

export function startSession(session) {
  state.session = session;
  keepSession(session);
  $("account-form").reset();
  showMode();
  changed();
  tell("signed-in");
}

// --- the form: of those who are new too, or of those who have an account

function mode() {
  return document.querySelector("input[name=mode]:checked")?.value ?? "login";
}

function showMode() {
  if (!$("username")) return;
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
    body.time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
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

function showSession() {
  const user = state.session?.user;
  $("account").hidden = Boolean(user);
  $("who").hidden = !user;
  $("unproven").hidden = !user || !user.email || user.email_verified;
  $("who-name").textContent = user?.username ? `Hello, ${user.username}!` : "";
}

export function startAccount() {
  showMode();
  on("change", showSession);
  for (const each of document.querySelectorAll("input[name=mode]")) each.addEventListener("change", showMode);
  $("account-form").addEventListener("submit", signIn);
  $("forgot")?.addEventListener("click", forgot);
  $("send-again").addEventListener("click", sendAgain);
  $("sign-out").addEventListener("click", () => leave(false));
  showSession();
}
