// What a person of age has agreed to, and to whom: each purpose and recipient is a press of its own, and so is taking it back.
import { element, send } from "/try/page.js";

const CHOICES = [
  ["keep_recordings", "voxbus", "Keep my recordings", "Each one for a year at most. All of them are deleted when you take it back."],
  ["publish", "voxbus", "Show what I write to others here", ""],
  ["publish", "x", "Show what I write on X", ""],
  ["notify", "email", "Tell me by e-mail", ""],
  ["notify", "push", "Tell me on my phone or in my browser", "Goes by way of its maker."],
  ["notify", "webhook", "Tell a web address of mine", ""],
  ["ai_text", "openai", "Send my words to OpenAI", ""],
  ["ai_text", "anthropic", "Send my words to Anthropic", ""],
  ["ai_text", "gemini", "Send my words to Google (Gemini)", ""],
  ["ai_voice", "openai", "Send my voice to OpenAI", ""],
  ["ai_voice", "gemini", "Send my voice to Google (Gemini)", ""],
  ["learning_record", "lrs", "Tell a store of what was learned (LRS) what I do in lessons", "Under a number and no name."],
  ["analytics", "mixpanel", "Tell Mixpanel which parts of this site I use", "For people of 18 and over. Under a number and no name."],
  ["analytics", "firebase", "Tell Firebase which parts of this site I use", "For people of 18 and over. Under a number and no name."],
];

function day(time) {
  return new Date(time).toLocaleDateString("en", { dateStyle: "medium" });
}

function said(consent) {
  switch (consent?.state) {
    case "granted": return `You said yes on ${day(consent.granted_at)}`;
    case "revoked": return `You took it back on ${day(consent.revoked_at)}`;
    case "pending": return "What we tell you has changed. Please read it and choose again.";
    default: return "You have not said yes";
  }
}

// Returns the part of a page that shows them. `attempt` runs what may fail and shows why.
export function choicesPart({ session, attempt }) {
  const part = element("div");
  const body = element("tbody");
  const table = element("table", undefined, { class: "choices" });
  const names = element("tr");
  for (const name of ["May Voxbus …", "Now", "Change"]) names.append(element("th", name, { scope: "col" }));
  const head = element("thead");
  head.append(names);
  table.append(head, body);
  const text = element("div", "", { class: "notice" });
  const reading = element("details");
  reading.append(element("summary", "What we tell you about each"), text);
  part.append(table, reading);

  function row(given, notice, [purpose, recipient, what, note]) {
    const consent = given.find((each) => each.purpose === purpose && each.recipient === recipient);
    const line = element("tr");
    const name = element("th", what, { scope: "row" });
    if (note) name.append(element("p", note, { class: "hint" }));
    const path = `/me/consents/${purpose}/${recipient}`;
    const holds = consent?.state === "granted";
    const label = holds ? `Take back: ${what}` : `Say yes to: ${what}`;
    const button = element("button", holds ? "Take it back" : "Say yes", {
      type: "button", class: holds ? "quiet" : "", "aria-label": label, "data-choice": `${purpose}/${recipient}`,
    });
    const options = holds ? { method: "DELETE", session } : { method: "PUT", body: { notice_version: notice.version }, session };
    button.addEventListener("click", () => attempt(async () => {
      button.disabled = true;
      try {
        await send(path, options);
      } finally {
        await look();
        body.querySelector(`[data-choice="${purpose}/${recipient}"]`)?.focus(); // the button is another one now
      }
    }));
    const cell = element("td");
    cell.append(button);
    line.append(name, element("td", said(consent), { "data-state": consent?.state ?? "none" }), cell);
    return line;
  }

  async function look() {
    const [given, notice] = await Promise.all([send("/me/consents", { session }), send("/notices/current")]);
    text.textContent = notice.body.text;
    body.replaceChildren(...CHOICES.map((each) => row(given.body.items, notice.body, each)));
  }

  attempt(look);
  return part;
}
