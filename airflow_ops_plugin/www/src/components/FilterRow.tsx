/** The filters of a table, each kept in the address under its name. */
import { Flex } from "@chakra-ui/react";
import type { ReactNode } from "react";

import { FilterSelect } from "./FilterSelect";
import { SearchBox } from "./SearchBox";
import type { TableState } from "./useTableState";

/** A text to search for or, where it has options, a choice of one of them. */
export interface Filter {
  readonly allLabel?: string;
  readonly label: string;
  readonly maxW?: string;
  readonly name: string;
  readonly options?: ReadonlyArray<{ readonly label: string; readonly value: string }>;
}

interface Props {
  /** What else stands in the row, at its end. */
  readonly children?: ReactNode;
  readonly filters: ReadonlyArray<Filter>;
  readonly table: TableState;
}

export const FilterRow = ({ children, filters, table }: Props) => (
  <Flex gap={2} wrap="wrap">
    {filters.map(({ allLabel = "All", label, maxW, name, options }) => {
      const bound = { label, onChange: (value: string) => table.setFilter(name, value), value: table.filter(name) };

      return options === undefined ? (
        <SearchBox key={name} maxW={maxW} {...bound} />
      ) : (
        <FilterSelect allLabel={allLabel} key={name} options={options} {...bound} />
      );
    })}
    {children}
  </Flex>
);
