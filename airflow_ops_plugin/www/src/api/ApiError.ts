/** A request that was refused or failed, with a message fit to show. */
export class ApiError extends Error {
  /** @param status 0 where no answer came. */
  constructor(
    readonly status: number,
    body: unknown,
  ) {
    super(detailOf(body) ?? messageOf(status));
    this.name = "ApiError";
  }
}

/** Read FastAPI's `detail`: a sentence, or a list of what is wrong with which field. */
const detailOf = (body: unknown): string | undefined => {
  if (typeof body !== "object" || body === null || !("detail" in body)) return undefined;
  const { detail } = body;
  if (typeof detail === "string") return detail;
  if (!Array.isArray(detail)) return undefined;

  return detail
    .map(({ loc, msg }: { loc: Array<number | string>; msg: string }) => `${fieldOf(loc)}: ${msg}`)
    .join("\n");
};

const fieldOf = (loc: ReadonlyArray<number | string>): string => loc.slice(1).join(".") || String(loc[0]);

const messageOf = (status: number): string => {
  if (status === 0) return "The server does not answer. Check the connection, and whether the API server runs.";
  if (status === 401) return "Your session has ended. Reload the page to log in again.";
  if (status === 403) return "You may not do this.";

  return `The server answered with status ${status}.`;
};
