/** The typed client of the plugin's API, at its place below Airflow's own address. */
import createClient from "openapi-fetch";

import { ApiError } from "./ApiError";
import type { paths } from "./schema";

/** Airflow's page names its own address in its base element; the plugin's API lies below that. */
export const client = createClient<paths>({
  baseUrl: new URL("ops", document.baseURI).href,
  // Looked up for each request, as a test may put another one in its place.
  fetch: (request) => globalThis.fetch(request),
});

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * Return the data of an answer.
 *
 * @throws ApiError the server refused or failed; with its own words where it gave some.
 */
export const dataOf = async <T>(call: Promise<Answer<T>>): Promise<T> => {
  const { data, error, response } = await call.catch((reason: unknown) => {
    if (reason instanceof DOMException && reason.name === "AbortError") throw reason;
    throw new ApiError(0, undefined);
  });
  if (!response.ok) throw new ApiError(response.status, error);

  return data as T;
};
