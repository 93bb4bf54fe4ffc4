// The page for admins at /account/forms: the signed forms that wait, each with its file, to be approved or refused.
import { $, element } from "/try/page.js";
import { attempt, call, on, startAccount, state } from "/try/session.js";
import { Problem } from "/try/stream.js";

const AT_ONCE = 20;

// The file is never shown within this page, where it could act in its name: it is saved, and opened by another program.
async function save(form) {
  const response = await fetch(`/admin/evidence/${form.id}/form`, { headers: { Authorization: `Bearer ${state.session.access_token}` }, cache: "no-store" });
  if (!response.ok) throw await Problem.of(response);
  const link = element("a", undefined, { href: URL.createObjectURL(await response.blob()), download: `form-${form.id}` });
  link.click();
  URL.revokeObjectURL(link.href);
}

function shown(form) {
  const section = element("section", undefined, { "aria-labelledby": `form-${form.id}` });
  section.append(element("h2", `Sent on ${new Date(form.sent_at).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" })}`, { id: `form-${form.id}` }));
  const pairs = form.waiting.map((each) => `${each.purpose} by ${each.recipient}`).join(", ");
  section.append(element("p", `Child ${form.child_id}, guardian ${form.guardian_id}`, { class: "hint" }));
  section.append(element("p", pairs ? `Says yes to: ${pairs}` : "Nothing waits for it yet: the guardian has not chosen what it is for."));
  const file = element("button", `Save the file (${form.media_type}, ${Math.ceil(form.size / 1024)} KiB)`, { type: "button", class: "quiet" });
  file.addEventListener("click", () => attempt(() => save(form)));
  const label = element("label", "Why ");
  const reason = element("input", undefined, { type: "text", maxlength: "500", required: "", autocomplete: "off" });
  label.append(reason);
  const actions = element("form", undefined, { class: "actions" });
  actions.append(label, decision(form, reason, true), decision(form, reason, false));
  actions.addEventListener("submit", (event) => event.preventDefault());
  section.append(file, actions);
  return section;
}

function decision(form, reason, approve) {
  const made = element("button", approve ? "Approve" : "Refuse", { type: "submit", class: approve ? "" : "quiet" });
  made.addEventListener("click", () => {
    if (!reason.reportValidity()) return;
    attempt(async () => {
      await call(`/admin/evidence/${form.id}`, { method: "POST", body: { approve, reason: reason.value } });
      await showForms();
      $("done").textContent = `${approve ? "Approved" : "Refused"}. The file is deleted.`;
      $("main").focus();
    });
  });
  return made;
}

async function showForms() {
  const { items } = await call(`/admin/evidence?limit=${AT_ONCE}`);
  $("forms").replaceChildren(...items.map(shown));
  if (!items.length) $("forms").append(element("p", "No form waits."));
  if (items.length === AT_ONCE) $("forms").append(element("p", "There may be more: they follow once these are decided."));
}

startAccount();
on("signed-in", () => attempt(async () => {
  await showForms();
  $("main").focus();
}));
on("signed-out", () => $("forms").replaceChildren());
if (state.session) attempt(showForms);
