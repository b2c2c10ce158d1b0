/** Rows that are loaded anew whenever the summary says that something has changed, and now and then besides. */
import { useSummary } from "./SummaryContext";
import { type Live, useLive } from "./useLive";

const EVERY_MS = 30_000;

/** @param key what is loaded: filters, order, page. */
export const useLiveTable = <T>(key: string, load: (signal: AbortSignal) => Promise<T>): Live<T> => {
  const { data, error } = useSummary();
  // Rows that are older than the version would miss what changed in between.
  const isWaiting = data === undefined && error === undefined;

  return useLive(load, { everyMs: EVERY_MS, isWaiting, key, version: data?.version });
};
