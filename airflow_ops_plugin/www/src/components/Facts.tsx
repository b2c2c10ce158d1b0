/** Names and values in two columns. */
import { DataList } from "@chakra-ui/react";
import type { ReactNode } from "react";

export type Fact = readonly [label: string, value: ReactNode];

export const Facts = ({ facts }: { readonly facts: ReadonlyArray<Fact> }) => (
  <DataList.Root orientation="horizontal" size="sm">
    {facts.map(([label, value]) => (
      <DataList.Item key={label}>
        <DataList.ItemLabel>{label}</DataList.ItemLabel>
        <DataList.ItemValue overflowWrap="anywhere">{value}</DataList.ItemValue>
      </DataList.Item>
    ))}
  </DataList.Root>
);
