// A child asks a grown-up on the page at /try, and sees whether one has answered.
import { $ } from "/try/page.js";
import { attempt, call, changed, on, state } from "/try/shared.js";

const TOLD = {
  none: "",
  invited: "The mail is on its way. When they have said yes, load this page again.",
};

let status = { of: null, known: "none" };

export function isGuarded() {
  return Boolean(state.session) && status.of === state.session.user.id && status.known === "linked";
}

async function look() {
  const user = state.session?.user;
  if (!user || user.age_band === "of_age" || status.of === user.id) return;
  status = { of: user.id, known: "none" };
  const found = await call("/me/guardian");
  tell(user, found.status);
}

function tell(user, known) {
  if (state.session?.user.id !== user.id) return; // somebody else by now
  status = { of: user.id, known };
  $("guardian-told").textContent = TOLD[known] ?? "";
  changed();
}

async function ask(event) {
  event.preventDefault();
  const user = state.session.user;
  const asked = await attempt(() => call("/me/guardian", { method: "POST", body: { email: $("guardian-email").value } }));
  if (!asked) return;
  $("ask-guardian").reset();
  tell(user, asked.status);
}

export function startGuardian() {
  $("ask-guardian").addEventListener("submit", ask);
  on("change", () => look().catch(() => {})); // a page without the answer asks again when it is loaded
  look().catch(() => {});
}
