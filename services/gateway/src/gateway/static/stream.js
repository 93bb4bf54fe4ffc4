// Server-Sent Events read with fetch, because EventSource cannot send an Authorization header.

const TERMINAL = new Set(["job.succeeded", "job.failed", "job.cancelled"]);
const FIRST_DELAY = 500; // ms
const LONGEST_DELAY = 15000;
const SILENCE = 40000; // the server pings every 15 s, so this long without a byte is a dead connection

export class Problem extends Error {
  constructor(document) {
    super(document.title);
    this.document = document;
  }

  static async of(response) {
    try {
      return new Problem(await response.json());
    } catch {
      return new Problem({ type: "about:blank", title: `The server answered ${response.status}`, status: response.status });
    }
  }
}

// Follow a job until its terminal event. Reconnects by itself with Last-Event-ID, once with a renewed session; throws a
// Problem when that cannot help.
export async function follow(url, { session, renew, signal, onEvent, onState }) {
  let lastId = null;
  let delay = FIRST_DELAY;
  let renewable = true;
  while (!signal.aborted) {
    try {
      const headers = { Authorization: `Bearer ${session.access_token}`, Accept: "text/event-stream" };
      if (lastId !== null) headers["Last-Event-ID"] = lastId;
      const line = new AbortController();
      const hangUp = () => line.abort();
      signal.addEventListener("abort", hangUp, { once: true });
      try {
        const response = await fetch(url, { headers, signal: line.signal, cache: "no-store" });
        if (response.status === 204) return;
        if (response.status === 401 && renewable) {
          renewable = false;
          await renew(session);
          continue;
        }
        if (!response.ok) throw await Problem.of(response);
        onState("open");
        renewable = true;
        for await (const event of events(response.body, hangUp)) {
          if (event.id !== null) lastId = event.id;
          delay = FIRST_DELAY;
          onEvent(event.body);
          if (TERMINAL.has(event.body.type)) return;
        }
      } finally {
        signal.removeEventListener("abort", hangUp);
        line.abort();
      }
    } catch (error) {
      if (error instanceof Problem && error.document.status < 500) throw error;
    }
    if (signal.aborted) return;
    onState("waiting");
    await new Promise((resolve) => setTimeout(resolve, delay * (0.5 + Math.random())));
    delay = Math.min(delay * 2, LONGEST_DELAY);
  }
}

// Yields {id, name, body} of each event; `hangUp` is called when the line is dead.
export async function* events(body, hangUp) {
  let [id, name, data] = [null, "message", []];
  for await (const line of lines(body, hangUp)) {
    if (line === "") {
      if (data.length) yield { id, name, body: JSON.parse(data.join("\n")) };
      [id, name, data] = [null, "message", []];
    } else if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("id:")) id = line.slice(3).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
}

async function* lines(body, hangUp) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const timer = setTimeout(hangUp, SILENCE);
    const { value, done } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const part of parts) yield part.replace(/\r$/, "");
  }
}
