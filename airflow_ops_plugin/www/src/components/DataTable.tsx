/** A table of one page of rows, with headers that sort, and with its loading, empty and error states. */
import { Box, Button, Skeleton, Table, useTableStyles } from "@chakra-ui/react";
import { Fragment, memo, type ReactNode } from "react";
import { FiArrowDown, FiArrowUp } from "react-icons/fi";

export interface Column<Row> {
  readonly cell: (row: Row) => ReactNode;
  readonly header: string;
  /** Screens narrower than this do without the column. */
  readonly hideBelow?: "2xl" | "lg" | "md" | "sm" | "xl";
  readonly isHeaderHidden?: boolean;
  readonly isNumeric?: boolean;
  readonly key: string;
  /** Name of the order, where the server can sort by this column. */
  readonly order?: string;
  readonly width?: string;
}

interface Props<Row> {
  /** The same array as long as the columns are the same: another one renders every row anew. */
  readonly columns: ReadonlyArray<Column<Row>>;
  readonly empty: ReactNode;
  readonly isLoading: boolean;
  readonly label: string;
  readonly onOrder?: (order: string) => void;
  /** The current order: its name, with a minus in front where it is descending. */
  readonly order?: string;
  readonly renderBelow?: (row: Row) => ReactNode;
  readonly rowKey: (row: Row) => string;
  readonly rows: ReadonlyArray<Row> | undefined;
}

export const DataTable = <Row,>(props: Props<Row>) => {
  const { columns, empty, isLoading, label, onOrder, order, rows } = props;
  if (rows?.length === 0 && !isLoading) return empty;

  return (
    <Table.ScrollArea borderRadius="md" borderWidth="1px">
      <Table.Root aria-busy={isLoading} aria-label={label} size="sm">
        <Table.Header>
          <Table.Row bg="bg.muted">
            {columns.map((column) => (
              <Header column={column} key={column.key} onOrder={onOrder} order={order} />
            ))}
          </Table.Row>
        </Table.Header>
        <Rows {...props} />
      </Table.Root>
    </Table.ScrollArea>
  );
};

const Rows = <Row,>({ columns, isLoading, renderBelow, rowKey, rows }: Props<Row>) => {
  const { cell, row: line } = useTableStyles();

  return (
    <Table.Body
      css={{ [LINE]: line, [`${LINE}:hover`]: { bg: "bg.subtle" }, [`${LINE} > td`]: cell, ...HIDDEN_BELOW }}
      opacity={isLoading && rows !== undefined ? 0.6 : 1}
    >
      {rows === undefined ? (
        <SkeletonRows width={columns.length} />
      ) : (
        rows.map((row) => (
          <Fragment key={rowKey(row)}>
            <DataRow columns={columns} row={row} />
            {renderBelow?.(row)}
          </Fragment>
        ))
      )}
    </Table.Body>
  );
};

const LINE = "& > .ops-line";

const HIDDEN_BELOW = Object.fromEntries(
  (["sm", "md", "lg", "xl", "2xl"] as const).map((width) => [
    `${LINE} > td[data-hide-below='${width}']`,
    { hideBelow: width },
  ]),
);

interface RowProps<Row> {
  readonly columns: ReadonlyArray<Column<Row>>;
  readonly row: Row;
}

/** Plain elements that the table's body styles: rendering a styled component for each cell takes longer than all requests. */
const Cells = <Row,>({ columns, row }: RowProps<Row>) => (
  <tr className="ops-line">
    {columns.map((column) => (
      <td
        data-hide-below={column.hideBelow}
        key={column.key}
        style={{ textAlign: column.isNumeric ? "end" : undefined, width: column.width }}
      >
        {column.cell(row)}
      </td>
    ))}
  </tr>
);

/** Rendered again only with another row or other columns, not with every look at the summary. */
const DataRow = memo(Cells) as typeof Cells;

interface HeaderProps<Row> {
  readonly column: Column<Row>;
  readonly onOrder?: (order: string) => void;
  readonly order?: string;
}

const Header = <Row,>({ column, onOrder, order }: HeaderProps<Row>) => {
  const direction = directionOf(column.order, order);

  return (
    <Table.ColumnHeader
      aria-sort={direction}
      hideBelow={column.hideBelow}
      textAlign={column.isNumeric ? "end" : undefined}
      whiteSpace="nowrap"
      width={column.width}
    >
      {column.isHeaderHidden ? (
        <Box srOnly>{column.header}</Box>
      ) : column.order === undefined || onOrder === undefined ? (
        column.header
      ) : (
        <Button
          color="inherit"
          fontWeight="inherit"
          height="auto"
          minW={0}
          onClick={() => onOrder(direction === "ascending" ? `-${column.order}` : column.order!)}
          px={0}
          size="sm"
          variant="plain"
        >
          {column.header}
          {direction === "ascending" ? <FiArrowUp aria-hidden /> : undefined}
          {direction === "descending" ? <FiArrowDown aria-hidden /> : undefined}
        </Button>
      )}
    </Table.ColumnHeader>
  );
};

const directionOf = (own: string | undefined, order: string | undefined) => {
  if (own === undefined || order === undefined || order.replace("-", "") !== own) return undefined;

  return order.startsWith("-") ? "descending" : "ascending";
};

const SkeletonRows = ({ width }: { readonly width: number }) =>
  [0, 1, 2, 3, 4].map((row) => (
    <tr className="ops-line" key={row}>
      <td colSpan={width}>
        <Skeleton height={5} />
      </td>
    </tr>
  ));
