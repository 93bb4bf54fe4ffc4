// Sends what was said, and reads the answer as it comes. The history is kept here alone, and goes with each message.
import { open } from "/try/page.js";
import { Problem, events } from "/try/stream.js";

const MOST_MESSAGES = 40;
const MOST_BYTES = 30000; // the server takes 32 kB
const LONGEST = 8000;
const LONGEST_DELAY = 15000; // ms

export class Lost extends Error {}

// Returns what of the messages {role, text} fits, the latest.
export function fitting(messages) {
  const encoder = new TextEncoder();
  let left = MOST_BYTES;
  const kept = [];
  for (const { role, text } of messages.filter((each) => each.text.trim()).slice(-MOST_MESSAGES).reverse()) {
    const short = text.trim().slice(0, LONGEST);
    left -= encoder.encode(short).length;
    if (left < 0) break;
    kept.unshift({ role, text: short });
  }
  return kept;
}

// Yields {name, body} of `start`, `delta` and `done`. Throws a Problem, or Lost when the connection was.
// `heard`: {turn, characters} of the last answer of a conversation that is kept, if it was interrupted.
export async function* answer({ message, history, key, model, kept, heard, session, signal }) {
  const body = { message, stream: true };
  if (kept) body.sessionId = kept;
  if (kept && heard) body.heard = heard;
  if (!kept && history.length) body.history = history;
  if (key) body.apiKey = key;
  if (key && model) body.model = model;
  const line = new AbortController();
  const hangUp = () => line.abort();
  signal.addEventListener("abort", hangUp, { once: true });
  try {
    const headers = { Accept: "text/event-stream" };
    const response = await open("/api/conversation", { method: "POST", body, headers, session, signal: line.signal });
    if (!response.ok) throw await Problem.of(response);
    for await (const event of events(response.body, hangUp)) {
      if (event.name === "error") throw new Problem(event.body.problem);
      yield event;
      if (event.name === "done") return;
    }
  } catch (error) {
    if (error instanceof Problem || signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", hangUp);
    line.abort();
  }
  throw new Lost("The connection was lost.");
}

// Waits, less long when the line or the page is back.
export function waited(delay, signal) {
  const over = new AbortController();
  return new Promise((resolve) => {
    const wake = () => { over.abort(); resolve(); };
    setTimeout(wake, Math.min(delay, LONGEST_DELAY));
    for (const [target, name] of [[window, "online"], [document, "visibilitychange"], [signal, "abort"]]) {
      target.addEventListener(name, wake, { signal: over.signal });
    }
  });
}
