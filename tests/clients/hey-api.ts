// Ordinary use of what @hey-api/openapi-ts generates.
import { createAttempt, editTwister, listJobs, listTwisters, logIn } from "./generated/hey-api";
import type { JobEvent, JobKind, ProblemType } from "./generated/hey-api";

// @ts-expect-error: the types of problem are known
export const nothing: ProblemType = "/problems/nothing-like-it";
// @ts-expect-error: so are the kinds of job
export const nobody: JobKind = "nothing_like_it";

export async function practise(recording: Blob): Promise<string> {
  const session = await logIn({ body: { email: "robin@example.org", password: "correct horse" } });
  if (!session.data) {
    const wrong: ProblemType = "/problems/wrong-credentials";
    return session.error.type === wrong ? "wrong password" : session.error.title;
  }
  const auth = session.data.access_token;
  const twisters = await listTwisters({ query: { difficulty: 3, sound: "R", limit: 5 } });
  const sent = await createAttempt({
    auth,
    body: { recording, text: twisters.data?.items[0]?.text ?? "Red lorry, yellow lorry" },
    headers: { Prefer: "wait=30", "Idempotency-Key": "one" },
  });
  if (!sent.data) return sent.error.type;
  if ("job" in sent.data) return `follow ${sent.data.job.id}`;
  switch (sent.data.status) {
    case "assessed":
    case "not_heard":
      return sent.data.transcript ?? "nothing was heard";
    case "failed":
    case "cancelled":
      return sent.data.problem?.type ?? "it did not work";
  }
}

export async function kinds(auth: string): Promise<JobKind[]> {
  const jobs = await listJobs({ auth });
  return jobs.data?.items.map((job) => job.kind) ?? [];
}

export async function correct(auth: string, id: string, etag: string): Promise<number | undefined> {
  const edited = await editTwister({ auth, path: { id }, headers: { "If-Match": etag }, body: { difficulty: 4 } });
  return edited.error?.type === "/problems/version-conflict" ? undefined : edited.data?.version;
}

export function isOver(event: JobEvent): boolean {
  // @ts-expect-error: the types of event are known
  if (event.type === "nothing.like_it") return true;
  return event.type === "job.end" && event.seq === null;
}
