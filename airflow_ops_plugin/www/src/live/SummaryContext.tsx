/** The head of the Operations page for everything below it: the version of the data, and what the user may do. */
import { createContext, type ReactNode, useContext, useMemo } from "react";

import { fetchSummary } from "../api/operations";
import type { Rights, Summary } from "../api/types";
import { type Live, useLive } from "./useLive";

const EVERY_MS = 2000;

const NO_RIGHTS: Rights = { can_change: false, can_configure: false, user_id: "", user_name: "" };

const SummaryContext = createContext<Live<Summary> | undefined>(undefined);

/** Asks for the summary every two seconds while the page is visible. */
export const SummaryProvider = ({ children }: { readonly children: ReactNode }) => {
  const { data, error, isLoading, refresh } = useLive(fetchSummary, { everyMs: EVERY_MS, key: "summary" });
  const value = useMemo(() => ({ data, error, isLoading, refresh }), [data, error, isLoading, refresh]);

  return <SummaryContext.Provider value={value}>{children}</SummaryContext.Provider>;
};

export const useSummary = (): Live<Summary> => {
  const summary = useContext(SummaryContext);
  if (summary === undefined) throw new Error("useSummary is used outside of a SummaryProvider");

  return summary;
};

/** What the user may do; nothing until the server has said so. */
export const useRights = (): Rights => useSummary().data?.rights ?? NO_RIGHTS;
