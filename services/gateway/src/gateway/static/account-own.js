// The page at /account: one says there who may get something, takes a copy of everything, or deletes one's account and follows with
// the receipt what becomes of everything.
import { choicesPart } from "/account/choices.js";
import { copyPart } from "/account/export.js";
import { $, element, keepSession, keptSession, send, showTrouble } from "/try/page.js";

const EVERY_MS = 1500;
const STATES = { done: "Deleted", not_kept: "Nothing is kept", asked: "Up to you", not_possible: "Not possible" };

let following = 0;
let offered = null; // the session for which the page offers a copy

function kept() {
  const erasure = sessionStorage.getItem("erasure");
  return erasure ? JSON.parse(erasure) : null;
}

function showWho() {
  const session = keptSession();
  const erasure = kept();
  const hasPassword = session?.user?.issuers?.includes("voxbus") ?? false;
  $("form").hidden = !session;
  $("out").hidden = Boolean(session || erasure);
  $("who").textContent = session ? `You are signed in as ${session.user.username}.` : "";
  $("with-password").hidden = !hasPassword;
  $("password").required = hasPassword;
  $("without-password").hidden = hasPassword;
  $("copy-part").hidden = !session;
  const decides = session?.user.age_band === "of_age";
  $("choices-part").hidden = !decides;
  $("guardian-chooses").hidden = !session || decides;
  if (session && offered !== session.user.id) {
    $("copy").replaceChildren(copyPart({ session, ask: "/me/export", attempt }));
    $("choices").replaceChildren(...(decides ? [choicesPart({ session, attempt })] : []));
  }
  offered = session?.user.id ?? null;
}

async function attempt(work) {
  showTrouble($("trouble"), null);
  try {
    await work();
  } catch (error) {
    showTrouble($("trouble"), error);
  }
}

async function remove(event) {
  event.preventDefault();
  showTrouble($("trouble"), null);
  $("send").disabled = true;
  const body = $("password").required ? { password: $("password").value } : undefined;
  try {
    const answer = await send("/me", { method: "DELETE", body, session: keptSession() });
    keepSession(null);
    $("form").reset();
    follow(answer.body.erasure);
  } catch (error) {
    showTrouble($("trouble"), error);
  }
  $("send").disabled = false;
}

function follow(erasure) {
  sessionStorage.setItem("erasure", JSON.stringify(erasure));
  showWho();
  $("follow").hidden = true;
  $("erasure").hidden = false;
  $("erasure-id").textContent = erasure.id;
  $("receipt").textContent = erasure.receipt;
  $("state").textContent = "Your account is deleted.";
  $("state").focus();
  following += 1;
  look(erasure, following);
}

async function look(erasure, mine) {
  if (mine !== following) return;
  let ended = false;
  try {
    const headers = { Authorization: `Bearer ${erasure.receipt}` };
    const { body } = await send(`/erasures/${encodeURIComponent(erasure.id)}`, { headers });
    showTrouble($("trouble"), null);
    show(body);
    ended = body.state === "completed";
  } catch (error) {
    showTrouble($("trouble"), error);
    if (error.document?.status < 500) return forget();
  }
  if (!ended) setTimeout(() => look(erasure, mine), EVERY_MS);
}

function forget() {
  sessionStorage.removeItem("erasure");
  $("erasure").hidden = true;
  $("follow").hidden = false;
  showWho();
}

function show(erasure) {
  const confirmations = erasure.services.filter((each) => each.state === "confirmed").length;
  const parts = `${confirmations} of ${erasure.services.length} parts have confirmed.`;
  const told = erasure.state === "completed" ? "Everything is deleted." : parts;
  if ($("state").textContent !== told) $("state").textContent = told;
  $("services").replaceChildren(...erasure.services.flatMap((each) => pair(each.service, confirmed(each))));
  $("outside").replaceChildren(
    ...erasure.outside.flatMap((each) => pair(each.recipient, `${STATES[each.state] ?? each.state}. ${each.detail}`)),
  );
  $("outside-part").hidden = erasure.outside.length === 0;
  $("certificate").value = erasure.certificate ?? "";
  $("certificate-part").hidden = erasure.certificate === null;
}

function confirmed(service) {
  if (service.state === "pending") return "not confirmed yet";
  const recordings = service.media ? ` and ${service.media} recordings` : "";
  return `${service.rows} rows${recordings} deleted`;
}

function pair(name, text) {
  return [element("dt", name), element("dd", text)];
}

$("form").addEventListener("submit", remove);
$("follow").addEventListener("submit", (event) => {
  event.preventDefault();
  follow({ id: $("follow-id").value.trim(), receipt: $("follow-receipt").value.trim() });
});
showWho();
if (kept()) follow(kept());
