/** Rows that are loaded anew whenever the summary says that something has changed, and now and then besides. */
import { useSummary } from "./SummaryContext";
import { type Live, useLive } from "./useLive";

const EVERY_MS = 30_000;

/**
 * The rows are asked for beside the first summary and shown with it, since it says what a row offers. They are asked for
 * once more then, for they may be older than it.
 *
 * @param key what is loaded: filters, order, page.
 */
export const useLiveTable = <T>(key: string, load: (signal: AbortSignal) => Promise<T>): Live<T> => {
  const summary = useSummary();
  const live = useLive(load, { everyMs: EVERY_MS, key, version: summary.data?.version });
  const isEarly = summary.data === undefined && summary.error === undefined;

  return isEarly ? { ...live, data: undefined, isLoading: true } : live;
};
