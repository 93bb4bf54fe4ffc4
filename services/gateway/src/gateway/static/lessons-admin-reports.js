// What learners say of lessons, and what authors answer. Hidden where the server has none.
import { $, box, element } from "/try/page.js";
import { Problem } from "/try/stream.js";
import { attempt, call, say, write } from "/try/lessons/admin-calls.js";

const PATH = "/admin/content/feedback";
const AT_ONCE = 20;
const STATUSES = { open: "open", in_progress: "in work", resolved: "resolved", rejected: "not taken up" };

export async function showReports() {
  const status = $("report-status").value;
  try {
    const { body } = await call(`${PATH}?limit=${AT_ONCE}${status && `&status=${status}`}`);
    $("reports").replaceChildren(...body.items.map(reportItem));
    $("reports-count").textContent = body.items.length ? "" : "Nobody has said anything like that.";
    $("reports-part").hidden = false;
  } catch (error) {
    if (!(error instanceof Problem) || ![404, 422].includes(error.document.status)) throw error;
    $("reports-part").hidden = true;
  }
}

function reportItem(report) {
  const at = new Date(report.created_at).toLocaleDateString("en", { dateStyle: "medium" });
  const of = report.exercise_id ? `, exercise ${report.exercise_id}` : "";
  const status = element("select");
  status.append(...Object.entries(STATUSES).map(([value, text]) => element("option", text, { value })));
  status.value = report.status;
  const reply = element("textarea", report.reply ?? "", { rows: "2", maxlength: "2000" });
  const form = box("form", {}, box("div", { class: "fields" }, box("label", {}, "Status ", status)), box("label", {}, "Answer ", reply), box("div", { class: "actions" }, element("button", "Save", { type: "submit", class: "quiet" })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const body = { status: status.value };
      if (reply.value.trim()) body.reply = reply.value.trim();
      await write("PATCH", `${PATH}/${report.id}`, body, `"${report.version}"`);
      await showReports();
      say("Answered. Who said it is told.");
      $("reports-title").focus();
    });
  });
  const about = element("p", `${report.kind}${of} · ${at} · ${STATUSES[report.status]}`, { class: "hint" });
  return box("li", { "data-id": report.id }, about, element("blockquote", report.text), box("details", {}, element("summary", "Answer"), form));
}
