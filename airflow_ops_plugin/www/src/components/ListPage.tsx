/** One page of rows with all around it: filters, what went wrong, the table, and the way to the other pages. */
import type { ReactElement, ReactNode } from "react";

import type { Live } from "../live/useLive";
import { type Column, DataTable } from "./DataTable";
import { EmptyNotice } from "./EmptyNotice";
import { ErrorNotice } from "./ErrorNotice";
import { type Filter, FilterRow } from "./FilterRow";
import { Pager } from "./Pager";
import type { TableState } from "./useTableState";

/** How many rows a page has. */
export const LIMIT = 25;

interface Props<Row> {
  /** What else stands in the row of filters. */
  readonly children?: ReactNode;
  readonly columns: ReadonlyArray<Column<Row>>;
  /** What stands in the place of the table where there is nothing at all. */
  readonly empty: ReactNode;
  readonly failure: string;
  readonly filters: ReadonlyArray<Filter>;
  readonly icon: ReactElement;
  readonly label: string;
  readonly live: Live<{ readonly items: ReadonlyArray<Row>; readonly total: number }>;
  /** What the rows are called after their number. */
  readonly noun: string;
  /** What is said where no row matches the filters. */
  readonly nothingMatches: string;
  readonly renderBelow?: (row: Row) => ReactNode;
  readonly rowKey: (row: Row) => string;
  readonly table: TableState;
}

export const ListPage = <Row,>(props: Props<Row>) => {
  const { children, columns, empty, failure, filters, icon, label, live, noun, nothingMatches, rowKey, table } = props;
  const isFiltered = filters.some(({ name }) => table.filter(name) !== "");

  return (
    <>
      <FilterRow filters={filters} table={table}>
        {children}
      </FilterRow>
      {live.error === undefined ? undefined : <ErrorNotice error={live.error} onRetry={live.refresh} title={failure} />}
      {live.data === undefined && live.error !== undefined ? undefined : (
        <DataTable
          columns={columns}
          empty={
            isFiltered ? (
              <EmptyNotice description="Clear a filter to see more." icon={icon} title={nothingMatches} />
            ) : (
              empty
            )
          }
          isLoading={live.isLoading}
          label={label}
          onOrder={table.setOrder}
          order={table.order}
          renderBelow={props.renderBelow}
          rowKey={rowKey}
          rows={live.data?.items}
        />
      )}
      <Pager limit={LIMIT} noun={noun} offset={table.offset} onOffset={table.setOffset} total={live.data?.total ?? 0} />
    </>
  );
};
