/** What went wrong with a request, and a way to try again. */
import { Alert, Button } from "@chakra-ui/react";
import { FiRefreshCw } from "react-icons/fi";

interface Props {
  readonly error: Error;
  readonly onRetry?: () => void;
  readonly title: string;
}

export const ErrorNotice = ({ error, onRetry, title }: Props) => (
  <Alert.Root status="error">
    <Alert.Indicator />
    <Alert.Content>
      <Alert.Title>{title}</Alert.Title>
      <Alert.Description whiteSpace="pre-line">{error.message}</Alert.Description>
    </Alert.Content>
    {onRetry === undefined ? undefined : (
      <Button alignSelf="center" onClick={onRetry} size="sm" variant="outline">
        <FiRefreshCw /> Try again
      </Button>
    )}
  </Alert.Root>
);
