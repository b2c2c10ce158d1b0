/** Which rows of how many are shown, and the way to the others. */
import { ButtonGroup, HStack, IconButton, Pagination, Text } from "@chakra-ui/react";
import { FiChevronLeft, FiChevronRight } from "react-icons/fi";

interface Props {
  readonly limit: number;
  readonly noun: string;
  readonly offset: number;
  readonly onOffset: (offset: number) => void;
  readonly total: number;
}

export const Pager = ({ limit, noun, offset, onOffset, total }: Props) => {
  if (total === 0) return undefined;
  const last = Math.min(offset + limit, total);

  return (
    <HStack flexWrap="wrap" justify="space-between" py={2}>
      <Text aria-live="polite" color="fg.muted" fontSize="sm">
        {(offset + 1).toLocaleString()}–{last.toLocaleString()} of {total.toLocaleString()} {noun}
      </Text>
      {total > limit ? (
        <Pagination.Root
          count={total}
          onPageChange={({ page }) => onOffset((page - 1) * limit)}
          page={Math.floor(offset / limit) + 1}
          pageSize={limit}
        >
          <ButtonGroup size="sm" variant="ghost">
            <Pagination.PrevTrigger asChild>
              <IconButton aria-label="Previous page">
                <FiChevronLeft />
              </IconButton>
            </Pagination.PrevTrigger>
            <Pagination.Items
              render={(page) => (
                <IconButton aria-label={`Page ${page.value}`} variant={{ _selected: "outline", base: "ghost" }}>
                  {page.value}
                </IconButton>
              )}
            />
            <Pagination.NextTrigger asChild>
              <IconButton aria-label="Next page">
                <FiChevronRight />
              </IconButton>
            </Pagination.NextTrigger>
          </ButtonGroup>
        </Pagination.Root>
      ) : undefined}
    </HStack>
  );
};
