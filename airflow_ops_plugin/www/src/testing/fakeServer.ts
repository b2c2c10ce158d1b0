/** A server that answers requests of the pages: the only thing in these tests that is not real. */
import { vi } from "vitest";

export interface SeenRequest {
  readonly body: unknown;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

type Reply = Response | object;

/** Answers by method and path, such as `GET /v1/agents`; a function is asked for each request. */
export type Replies = Record<string, Reply | ((request: SeenRequest) => Reply)>;

/** Answer with a status and a message, as the API does when it refuses. */
export const refusal = (status: number, detail: unknown): Response =>
  new Response(JSON.stringify({ detail }), { headers: { "content-type": "application/json" }, status });

/** Put the server in place and return what it is asked, as it is asked. */
export const serve = (replies: Replies): Array<SeenRequest> => {
  const seen: Array<SeenRequest> = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    const text = await request.text();
    const path = decodeURIComponent(url.pathname.slice(url.pathname.indexOf("/ops") + "/ops".length));
    const one = {
      body: text === "" ? undefined : JSON.parse(text),
      method: request.method,
      path,
      query: url.searchParams,
    };
    seen.push(one);
    const reply = replies[`${request.method} ${path}`];
    const found = typeof reply === "function" && !(reply instanceof Response) ? reply(one) : reply;
    if (found === undefined) return refusal(404, `nothing is served at ${request.method} ${path}`);

    return found instanceof Response ? found.clone() : Response.json(found);
  });

  return seen;
};

/** The query of the latest request for a path. */
export const lastQuery = (seen: ReadonlyArray<SeenRequest>, path: string): URLSearchParams | undefined =>
  seen.findLast((one) => one.path === path)?.query;
