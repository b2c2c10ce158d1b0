/** Filters, order and page of a table, kept in the address so that a link shows the same rows. */
import { useCallback } from "react";
import { useSearchParams } from "react-router-dom";

export interface TableState {
  /** The value of a filter, empty where it is not set. */
  readonly filter: (name: string) => string;
  /** The text of all settings: another text means other rows. */
  readonly key: string;
  readonly offset: number;
  readonly order: string;
  readonly setFilter: (name: string, value: string) => void;
  readonly setOffset: (offset: number) => void;
  readonly setOrder: (order: string) => void;
}

export const useTableState = (defaultOrder: string): TableState => {
  const [params, setParams] = useSearchParams();

  const set = useCallback(
    (changes: Record<string, string>) =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [name, value] of Object.entries(changes)) {
            if (value === "") after.delete(name);
            else after.set(name, value);
          }

          return after;
        },
        { replace: true },
      ),
    [setParams],
  );

  return {
    filter: (name) => params.get(name) ?? "",
    key: params.toString(),
    offset: Math.max(0, Number(params.get("offset")) || 0),
    order: params.get("order") ?? defaultOrder,
    setFilter: (name, value) => set({ [name]: value, offset: "" }),
    setOffset: (offset) => set({ offset: offset === 0 ? "" : String(offset) }),
    setOrder: (order) => set({ offset: "", order: order === defaultOrder ? "" : order }),
  };
};
