// Keeps what a learner did on this device until the server has taken it: each event once, whatever is cut off, loaded again or
// opened in two tabs. Keeps also what was read last, so that a lesson can be gone on with while the line is away.
import { randomKey, send } from "/try/page.js";
import { Problem } from "/try/stream.js";

const DATABASE = "voxbus-learning";
const MOST_EVENTS = 100; // in a hand-in
const MOST_CHARACTERS = 100_000; // of JSON in a hand-in: the server takes 512 KiB, and a character may be four bytes
const LONGEST_MS = 20_000; // that the server may take for a hand-in

// --- the database of this browser: `events` in the order in which they happened, `kept` by person and name

let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("events", { keyPath: "at", autoIncrement: true }).createIndex("person", "person");
      asked.result.createObjectStore("kept");
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

// Runs one transaction; answers what `work` asked for once everything in it is on disk.
async function within(store, mode, work) {
  const transaction = (await database()).transaction(store, mode, { durability: "strict" });
  return new Promise((resolve, reject) => {
    const asked = work(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(asked?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

// What waits of a person; nothing in a browser that keeps nothing.
export function waiting(person) {
  return within("events", "readonly", (store) => store.index("person").getAll(person)).catch(() => []);
}

// Answers what `load` reads, which is kept; without a line what was kept last.
export async function through(person, name, load) {
  try {
    const value = await load();
    await within("kept", "readwrite", (store) => store.put(value, [person, name])).catch(() => {});
    return value;
  } catch (error) {
    const kept = isAway(error) ? await within("kept", "readonly", (store) => store.get([person, name])).catch(() => {}) : undefined;
    if (kept === undefined) throw error;
    return kept;
  }
}

// Forgets what was read; what waits to be handed in stays.
export function forget() {
  return within("kept", "readwrite", (store) => store.clear()).catch(() => {});
}

// --- handing in

const told = new EventTarget();
const otherTabs = new BroadcastChannel(DATABASE);

otherTabs.onmessage = ({ data }) => tell(data);

// Tells `change` when more or fewer events wait, and `taken` {events, answer} for what was handed in.
export function onQueue(name, listener, options) {
  told.addEventListener(name, (event) => listener(event.detail), options);
}

function tell({ name, detail }) {
  told.dispatchEvent(new CustomEvent(name, { detail }));
}

function tellAll(name, detail = null) {
  tell({ name, detail });
  otherTabs.postMessage({ name, detail });
}

// Tells whether the server was not reached, or cannot answer now.
export function isAway(error) {
  if (error instanceof Problem) return error.document.status >= 500 || error.document.status === 429;
  return error instanceof TypeError || error.name === "TimeoutError";
}

// Takes an event and hands in all that waits: `taken` brings the result. Tells whether nothing waits any more. In a browser that
// keeps nothing the event is handed in at once or lost, which is thrown.
export async function record(session, event) {
  const made = { client_id: newId(), happened_at: new Date().toISOString(), ...event };
  const isKept = await within("events", "readwrite", (store) => store.add({ person: session.user.id, event: made })).then(() => true, () => false);
  if (isKept) {
    tellAll("change");
    return handIn(session);
  }
  await handOver(session, [made]);
  return true;
}

async function handOver(session, events, done = async () => {}) {
  const body = { events, sent_at: new Date().toISOString() };
  const headers = { "Idempotency-Key": randomKey() };
  const { body: answer } = await send("/progress", { method: "POST", body, headers, session, signal: AbortSignal.timeout(LONGEST_MS) });
  await done();
  tellAll("taken", { person: session.user.id, events, answer });
  tellAll("change");
}

// Hands in what waits of a person, one tab at a time. Tells whether nothing waits any more.
export function handIn(session) {
  const inTurn = navigator.locks ? (work) => navigator.locks.request(DATABASE, work) : (work) => work();
  return inTurn(async () => {
    try {
      for (;;) {
        const batch = fitting(await waiting(session.user.id));
        if (!batch.length) return true;
        await handOver(session, batch.map((each) => each.event), () => (
          within("events", "readwrite", (store) => batch.forEach((each) => store.delete(each.at)))
        ));
      }
    } catch (error) {
      if (isAway(error)) return false;
      throw error;
    }
  });
}

function fitting(events) {
  let characters = 0;
  const batch = events.slice(0, MOST_EVENTS);
  const over = batch.findIndex((each) => (characters += JSON.stringify(each.event).length) > MOST_CHARACTERS);
  return over < 0 ? batch : batch.slice(0, Math.max(1, over));
}

function newId() {
  const hex = randomKey();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
