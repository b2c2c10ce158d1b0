/** Says that there is nothing here, why, and what to do about it. */
import { EmptyState, VStack } from "@chakra-ui/react";
import type { ReactNode } from "react";

interface Props {
  readonly children?: ReactNode;
  readonly description: ReactNode;
  readonly icon: ReactNode;
  readonly title: string;
}

export const EmptyNotice = ({ children, description, icon, title }: Props) => (
  <EmptyState.Root>
    <EmptyState.Content>
      <EmptyState.Indicator>{icon}</EmptyState.Indicator>
      <VStack textAlign="center">
        <EmptyState.Title>{title}</EmptyState.Title>
        <EmptyState.Description maxW="lg">{description}</EmptyState.Description>
      </VStack>
      {children}
    </EmptyState.Content>
  </EmptyState.Root>
);
