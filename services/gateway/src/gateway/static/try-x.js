// Signing in with X on the page at /try: the way there, and what comes back.
import { $, element, send } from "/try/page.js";
import { startSession } from "/try/session.js";

const ENDED = {
  denied: "You did not agree at X, so you are not signed in.",
  failed: "X did not sign you in. Try again in a moment.",
};

// Shows the way to X, where this installation has an application there.
export async function offerX() {
  const { body } = await send("/auth/issuers", { tries: 4 });
  const x = body.items.find((each) => each.kind === "twitter");
  if (!x) return;
  const way = element("a", "Sign in with X", { href: `${x.login}?return_to=/try`, class: "button", id: "with-x" });
  $("others").prepend(way);
  $("others").hidden = false;
}

// Signs in whoever comes back from X, and tells whether it has. The address forgets at once what it said.
export async function comeBack() {
  const outcome = new URLSearchParams(location.search).get("x");
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (!outcome) return false;
  history.replaceState(null, "", location.pathname);
  try {
    if (code) {
      startSession((await send("/auth/exchange", { method: "POST", body: { code } })).body);
      return true;
    }
    say(ENDED[outcome]);
  } catch {
    say(ENDED.failed);
  }
  return false;
}

function say(words) {
  $("with-x-told").textContent = words ?? "";
  $("others").hidden = false;
  $("others").scrollIntoView({ block: "nearest" });
}
