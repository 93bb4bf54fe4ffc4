// The page for guardians, at /guardian and, with the token of a mail, at /account/consent: the notice, the answer to a child, and
// for each child what is agreed to. Nothing is chosen beforehand; each purpose and recipient is a press of its own.
import { copyPart } from "/account/export.js";
import { $, element, renew, send } from "/try/page.js";
import { attempt, call, on, startAccount, state } from "/try/session.js";
import { follow } from "/try/stream.js";

const CHOICES = [
  ["assess_voice", "voxbus", "Listen to my child read, and say how it went", "Without this your child cannot record."],
  ["keep_recordings", "voxbus", "Keep the recordings", "Not needed. We keep each one for a year at most, and delete all of them when you say no."],
  ["publish", "voxbus", "Show what my child writes to others here", "Not needed."],
  ["notify", "email", "Tell my child by e-mail", "Not needed."],
  ["notify", "push", "Tell my child on the phone", "Not needed. Goes to somebody else."],
  ["notify", "webhook", "Tell a web address that my child chose", "Not needed. Goes to somebody else."],
  ["ai_text", "openai", "Send my child's words to OpenAI", "Not needed. Goes to somebody else."],
  ["ai_text", "anthropic", "Send my child's words to Anthropic", "Not needed. Goes to somebody else."],
  ["ai_text", "gemini", "Send my child's words to Google (Gemini)", "Not needed. Goes to somebody else."],
  ["ai_voice", "openai", "Send my child's voice to OpenAI", "Not needed. Goes to somebody else."],
  ["ai_voice", "gemini", "Send my child's voice to Google (Gemini)", "Not needed. Goes to somebody else."],
  ["learning_record", "lrs", "Tell a store of what was learned (LRS) what my child did in lessons", "Not needed. Goes to somebody else."],
  ["publish", "x", "Show what my child writes on X", "Not needed. Goes to somebody else."],
];
const BY_MAIL = new Set(["voxbus", "email"]);
const HERE = "Your form is here. Choose above what it is for.";
const STATES = { granted: "You said yes", pending: "We have not looked at your form yet", revoked: "You said no" };
const CLASSES = {
  recording: "Recordings", account: "Name, birth date and how to sign in", transcript: "Texts that we heard", assessment: "Results", feedback: "Tips",
  twister_progress: "What has got better", notification: "Notes", webhook_delivery: "Calls of web hooks", job_log: "Tasks in the log", session: "Sign-ins", security_event: "Notes on safety",
  consent: "Your choices", idempotency: "Marks against doing things twice", ticket: "Tickets for live results",
  mailed_link: "Links that we mailed", guardian_address: "Address of somebody who was asked", oauth_state: "Sign-ins under way",
  learning_event: "What was done in lessons", hint: "Hints in lessons", conversation_session: "Talks that were kept", decision: "Why your child was told something, or not", export: "Copies of all of it",
};

let notice = null;
const forms = new Map(); // by child, the signed form that was sent here and may be named
const shown = new Map(); // by child, the parts of the page that change while it is open
let watching = new AbortController();

function token() {
  return new URLSearchParams(location.hash.slice(1)).get("token");
}

function show() {
  $("invitation").hidden = !token();
  $("accept").hidden = !state.session;
}

function day(time) {
  return new Date(time).toLocaleDateString("en", { dateStyle: "medium" });
}

function storedOf({ class: kind, items, oldest_at: oldest, deleted_by: until }) {
  const since = oldest ? `, the oldest from ${day(oldest)}` : "";
  const goes = until ? `deleted on ${day(until)} at the latest` : "kept as long as the account";
  return `${CLASSES[kind] ?? kind}: ${items}${since}; ${goes}`;
}

// The notice has changed, so what was said before does not count any more.
function isAskedAgain(consent) {
  return consent?.state === "pending" && consent.notice_version < notice.version;
}

function said(consent) {
  if (!consent) return "You have not said yes";
  if (isAskedAgain(consent)) return "What we tell you has changed. Please read it below and choose again.";
  const at = consent.state === "revoked" ? consent.revoked_at : consent.granted_at;
  return at ? `${STATES[consent.state]} on ${day(at)}` : STATES[consent.state];
}

function row(child, [purpose, recipient, what, note]) {
  const consent = child.consents.find((each) => each.purpose === purpose && each.recipient === recipient);
  const line = element("tr");
  const name = element("th", what, { scope: "row" });
  name.append(element("p", note, { class: "hint" }));
  const state = element("td", said(consent), { "data-state": consent?.state ?? "none" });
  const cell = element("td");
  const yes = consent?.state === "granted" || (consent?.state === "pending" && !isAskedAgain(consent));
  const path = `/guardian/children/${child.id}/consents/${purpose}/${recipient}`;
  if (yes) {
    cell.append(button("Take it back", `Take back: ${what}`, path, { method: "DELETE" }, child));
  } else if (BY_MAIL.has(recipient)) {
    const body = { notice_version: notice.version, method: "email_plus" };
    cell.append(button("Say yes", `Say yes to: ${what}`, path, { method: "PUT", body }, child));
  } else if (forms.has(child.id)) {
    const body = { notice_version: notice.version, method: "signed_form", evidence_id: forms.get(child.id) };
    cell.append(button("Say yes with the form", `Say yes with the form to: ${what}`, path, { method: "PUT", body }, child));
  } else {
    cell.append(element("p", "Needs a signed form. Send it below first.", { class: "hint" }));
  }
  line.append(name, state, cell);
  return line;
}

function button(text, label, path, options, child) {
  const made = element("button", text, { type: "button", class: options.method === "DELETE" ? "quiet" : "", "aria-label": label });
  made.addEventListener("click", () => attempt(async () => {
    made.disabled = true;
    try {
      await call(path, options);
    } finally {
      made.disabled = false;
      await refresh();
    }
    if (document.activeElement === document.body) $(`child-${child.id}`)?.focus(); // the button is another one now
  }));
  return made;
}

function formOf(child) {
  const made = element("form");
  made.append(element("h3", "A signed form"));
  made.append(element("p", "Only for what goes to somebody else. Print this page, mark what you say yes to, and sign it. Send us a photo of "
    + "it or a PDF, of 5 MB at most. A person looks at it, and deletes it then.", { class: "hint" }));
  const label = element("label", `The form for ${child.username} `);
  const file = element("input", undefined, { type: "file", accept: "application/pdf,image/jpeg,image/png", required: "" });
  label.append(file);
  const told = element("p", forms.has(child.id) ? HERE : "", { role: "status" });
  const submit = element("button", "Send the form", { type: "submit" });
  made.append(label, element("p"), submit, told);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    submit.disabled = true;
    attempt(async () => {
      const body = new FormData();
      body.set("child_id", child.id);
      body.set("form", file.files[0]);
      forms.set(child.id, (await call("/guardian/evidence", { method: "POST", body })).id);
      made.reset();
      told.textContent = HERE;
      await refresh();
      $(`child-${child.id}`)?.focus();
    }).finally(() => { submit.disabled = false; });
  });
  return made;
}

// As for one's own account at /account: the guardian's own password, or a sign-in of the last minutes.
function deletionOf(child) {
  const made = element("form");
  const part = element("details");
  part.append(element("summary", `Delete everything about ${child.username}`), made);
  made.append(element("p", "The child's account and everything in it goes for ever, and cannot be brought back. Other guardians are "
    + "told. If you want to keep something, take a copy first."));
  const password = element("input", undefined, { type: "password", autocomplete: "current-password", required: "" });
  const hasPassword = state.session.user.issuers.includes("voxbus");
  const label = element("label", "Your own password ");
  label.append(password);
  made.append(hasPassword ? label : element("p", "Sign in again first, if that was more than five minutes ago.", { class: "hint" }));
  const submit = element("button", `Delete ${child.username} for ever`, { type: "submit", class: "quiet" });
  made.append(element("p"), submit);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    submit.disabled = true;
    attempt(async () => {
      const body = hasPassword ? { password: password.value } : undefined;
      const { erasure } = await call(`/guardian/children/${child.id}`, { method: "DELETE", body });
      await showChildren();
      $("deleted").textContent = `${child.username} is deleted. To follow what becomes of the rest, keep this: number ${erasure.id}, `
        + `receipt ${erasure.receipt}. Enter both at ${location.origin}/account.`;
      $("deleted").hidden = false;
      $("deleted").focus();
    }).finally(() => { submit.disabled = false; });
  });
  return part;
}

function shownChild(child) {
  const section = element("section", undefined, { "aria-labelledby": `child-${child.id}` });
  section.append(element("h2", child.username, { id: `child-${child.id}`, tabindex: "-1" }));
  const table = element("table", undefined, { class: "choices" });
  table.append(element("caption", "What you are asked, and what you said", { class: "hint" }));
  const head = element("thead");
  const names = element("tr");
  for (const name of ["May Voxbus …", "Now", "Change"]) names.append(element("th", name, { scope: "col" }));
  head.append(names);
  const [body, kept] = [element("tbody"), element("div")];
  shown.set(child.id, { body, kept, text: "" });
  fill(child);
  table.append(head, body);
  section.append(table, formOf(child), element("h3", "What is kept"), kept);
  const end = element("button", "I am not the guardian any more", { type: "button", class: "quiet" });
  end.addEventListener("click", () => attempt(async () => {
    if (!confirm("Your choices end then, and the child cannot record any more. Go on?")) return;
    await call(`/guardian/children/${child.id}/link`, { method: "DELETE" });
    await showChildren();
  }));
  section.append(element("h3", "Take a copy"));
  section.append(element("p", "One file with everything about your child, and a text in it that says what each part means.", { class: "hint" }));
  section.append(copyPart({ session: state.session, ask: `/guardian/children/${child.id}/export`, child: child.id, attempt }));
  section.append(element("p"), end, element("p"), deletionOf(child));
  return section;
}

// Writes what has been agreed to and what is kept. What somebody is typing stays, and so does the place of the keyboard.
function fill(child) {
  const parts = shown.get(child.id);
  const text = JSON.stringify([child.consents, child.stored, forms.get(child.id)]);
  if (text === parts.text) return;
  parts.text = text;
  const pressed = parts.body.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
  parts.body.replaceChildren(...CHOICES.map((each) => row(child, each)));
  const list = element("ul");
  list.append(...child.stored.map((each) => element("li", storedOf(each))));
  parts.kept.replaceChildren(child.stored.length ? list : element("p", "Nothing."));
  const same = [...parts.body.querySelectorAll("button")].find((each) => each.getAttribute("aria-label") === pressed);
  if (pressed) (same ?? $(`child-${child.id}`)).focus();
}

// Follows what becomes of the children while the page is open: jobs that end, and what is decided elsewhere.
function watch() {
  watching.abort();
  watching = new AbortController();
  const look = () => refresh().catch((error) => console.warn("The children could not be read again.", error));
  follow("/events", {
    session: state.session, renew, signal: watching.signal,
    onEvent: ({ type }) => { if (type === "children.changed") look(); },
    onState: (now) => { if (now === "open") look(); },
  }).catch((error) => console.warn("Changes show on reload alone.", error));
}

async function refresh() {
  const { items } = await call("/guardian/children?limit=100");
  const isSame = items.length === shown.size && items.every((each) => shown.has(each.id));
  if (isSame) items.forEach(fill);
  else showAll(items);
}

async function showChildren() {
  const { items } = await call("/guardian/children?limit=100");
  showAll(items);
}

function showAll(items) {
  shown.clear();
  $("children").replaceChildren(...items.map(shownChild));
  if (!items.length && !token()) $("children").append(element("p", "No child has asked you yet, or the mail is not answered."));
}

async function answer(path, done) {
  await attempt(async () => {
    await call(`/guardian/invitations/${path}`, { method: "POST", body: { token: token() } });
    history.replaceState(null, "", location.pathname); // the token is used up
    show();
    await done();
  });
}

async function start() {
  startAccount();
  on("change", show);
  on("signed-in", () => attempt(async () => {
    await showChildren();
    watch();
    (token() ? $("accept") : $("main")).focus();
  }));
  on("signed-out", () => {
    watching.abort();
    forms.clear();
    shown.clear();
    $("children").replaceChildren();
  });
  $("accept").addEventListener("click", () => answer("accept", showChildren));
  $("decline").addEventListener("click", () => answer("decline", async () => { $("declined").hidden = false; $("declined").focus(); }));
  show();
  await attempt(async () => {
    notice = (await send("/notices/current")).body;
    $("notice").textContent = notice.text;
    if (state.session) {
      await showChildren();
      watch();
    }
  });
}

start();
