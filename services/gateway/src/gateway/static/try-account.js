// The account part of the page at /try: what comes next after signing in, the birthday, and the sessions of a person.
import { $, element, keepSession } from "/try/page.js";
import { leave, startAccount } from "/try/session.js";
import { attempt, call, changed, on, state } from "/try/shared.js";

// The form is gone then, so the focus goes to what a person does next.
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

export function startOwn() {
  startAccount();
  on("change", () => { $("sessions").hidden = !state.session; });
  on("signed-in", () => {
    focusNext();
    attempt(showSessions);
  });
  on("signed-out", () => setTimeout(() => $("account-title").focus()));
  $("birthday").addEventListener("submit", saveBirthday);
  $("sign-out-everywhere").addEventListener("click", () => leave(true));
}
