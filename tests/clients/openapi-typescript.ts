// Ordinary use of what openapi-typescript generates, with openapi-fetch.
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/schema";

type ProblemType = components["schemas"]["ProblemType"];

// @ts-expect-error: the types of problem are known
export const nothing: ProblemType = "/problems/nothing-like-it";

const voxbus = createClient<paths>({ baseUrl: "http://localhost:8000" });

export async function practise(recording: Blob): Promise<string> {
  const session = await voxbus.POST("/auth/login", { body: { email: "robin@example.org", password: "correct horse" } });
  if (session.error) {
    const wrong: ProblemType = "/problems/wrong-credentials";
    return session.error.type === wrong ? "wrong password" : session.error.title;
  }
  const headers = { Authorization: `Bearer ${session.data.access_token}` };
  const twisters = await voxbus.GET("/twisters", { params: { query: { difficulty: 3, sound: "R", limit: 5 } } });
  const twister = twisters.data?.items[0];
  const body = new FormData(); // openapi-fetch sends it as it is
  body.append("recording", recording);
  body.append("text", twister?.text ?? "Red lorry, yellow lorry");
  const sent = await voxbus.POST("/attempts", {
    headers,
    params: { header: { Prefer: "wait=30", "Idempotency-Key": "one" } },
    body: body as never,
  });
  if (!sent.data) return sent.error.type;
  if ("job" in sent.data) return `follow ${sent.data.job.id}: ${sent.data.job.kind}`;
  switch (sent.data.status) {
    case "assessed":
    case "not_heard":
      return sent.data.transcript ?? "nothing was heard";
    case "failed":
    case "cancelled":
      return sent.data.problem?.type ?? "it did not work";
  }
}

export async function correct(id: string, etag: string): Promise<number | undefined> {
  const { data, error, response } = await voxbus.PATCH("/twisters/{id}", {
    params: { path: { id }, header: { "If-Match": etag } },
    body: { difficulty: 4 },
  });
  return error?.type === "/problems/version-conflict" ? Number(response.headers.get("ETag")) : data?.version;
}

export function told(event: components["schemas"]["JobEvent"]): string {
  switch (event.type) {
    case "attempt.assessed":
      return event.data.words.map(({ word, verdict }) => `${word}: ${verdict}`).join(", ");
    case "feedback.given":
      return event.data.summary;
    case "job.failed":
      return event.data.problem.title;
    case "progress":
      return event.data.transcript ?? "";
    default:
      return `${event.seq ?? "-"} ${event.type}`;
  }
}
