/** A table of one page of rows, with headers that sort, and with its loading, empty and error states. */
import { Box, Button, Skeleton, Table } from "@chakra-ui/react";
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
  const { columns, empty, isLoading, label, onOrder, order, renderBelow, rowKey, rows } = props;
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
        <Table.Body opacity={isLoading && rows !== undefined ? 0.6 : 1}>
          {rows === undefined ? (
            <SkeletonRows columns={columns} />
          ) : (
            rows.map((row) => (
              <Fragment key={rowKey(row)}>
                <DataRow columns={columns} row={row} />
                {renderBelow?.(row)}
              </Fragment>
            ))
          )}
        </Table.Body>
      </Table.Root>
    </Table.ScrollArea>
  );
};

interface RowProps<Row> {
  readonly columns: ReadonlyArray<Column<Row>>;
  readonly row: Row;
}

const Cells = <Row,>({ columns, row }: RowProps<Row>) => (
  <Table.Row _hover={{ bg: "bg.subtle" }}>
    {columns.map((column) => (
      <Table.Cell
        hideBelow={column.hideBelow}
        key={column.key}
        textAlign={column.isNumeric ? "end" : undefined}
        width={column.width}
      >
        {column.cell(row)}
      </Table.Cell>
    ))}
  </Table.Row>
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

const SkeletonRows = <Row,>({ columns }: { readonly columns: ReadonlyArray<Column<Row>> }) =>
  [0, 1, 2, 3, 4].map((row) => (
    <Table.Row key={row}>
      {columns.map((column) => (
        <Table.Cell hideBelow={column.hideBelow} key={column.key}>
          <Skeleton height={5} />
        </Table.Cell>
      ))}
    </Table.Row>
  ));
