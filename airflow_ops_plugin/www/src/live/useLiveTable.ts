/** Rows that are loaded anew whenever the summary says that something has changed, and now and then besides. */
import { useSummary } from "./SummaryContext";
import { type Live, useLive } from "./useLive";

const EVERY_MS = 30_000;

/**
 * The rows do not wait for the first summary. They are asked for once more when it comes, for they may be older than it.
 *
 * @param key what is loaded: filters, order, page.
 */
export const useLiveTable = <T>(key: string, load: (signal: AbortSignal) => Promise<T>): Live<T> =>
  useLive(load, { everyMs: EVERY_MS, key, version: useSummary().data?.version });
