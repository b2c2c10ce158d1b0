/** A dialog with a form: focus moves in and back, Escape leaves, Enter sends, a refusal is shown where it happened. */
import { Button, CloseButton, Dialog, Portal } from "@chakra-ui/react";
import { type FormEvent, type ReactNode, useState } from "react";

import { ErrorNotice } from "./ErrorNotice";

interface Props {
  readonly children: ReactNode;
  readonly isDangerous?: boolean;
  readonly isSubmitDisabled?: boolean;
  readonly onClose: () => void;
  /** Does what the dialog is for; the dialog closes when it resolves and shows the error when it rejects. */
  readonly onSubmit: () => Promise<void>;
  readonly size?: "lg" | "md" | "sm" | "xl";
  readonly submitLabel: string;
  readonly title: string;
}

export const FormDialog = (props: Props) => {
  const {
    children,
    isDangerous = false,
    isSubmitDisabled = false,
    onClose,
    onSubmit,
    size,
    submitLabel,
    title,
  } = props;
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setBusy(true);
    setError(undefined);
    try {
      await onSubmit();
      onClose();
    } catch (reason) {
      setError(reason instanceof Error ? reason : new Error(String(reason)));
      setBusy(false);
    }
  };

  return (
    <Dialog.Root
      lazyMount
      onOpenChange={({ open }) => (open || isBusy ? undefined : onClose())}
      open
      role={isDangerous ? "alertdialog" : "dialog"}
      scrollBehavior="inside"
      size={size ?? "md"}
    >
      <Portal>
        <Dialog.Backdrop />
        <Dialog.Positioner>
          <Dialog.Content asChild>
            <form onSubmit={(event) => void submit(event)}>
              <Dialog.Header>
                <Dialog.Title>{title}</Dialog.Title>
              </Dialog.Header>
              <Dialog.Body display="flex" flexDirection="column" gap={4}>
                {children}
                {error === undefined ? undefined : <ErrorNotice error={error} title="That was refused" />}
              </Dialog.Body>
              <Dialog.Footer>
                <Button disabled={isBusy} onClick={onClose} type="button" variant="outline">
                  Cancel
                </Button>
                <Button
                  colorPalette={isDangerous ? "danger" : undefined}
                  disabled={isSubmitDisabled}
                  loading={isBusy}
                  type="submit"
                >
                  {submitLabel}
                </Button>
              </Dialog.Footer>
              <Dialog.CloseTrigger asChild>
                <CloseButton disabled={isBusy} size="sm" type="button" />
              </Dialog.CloseTrigger>
            </form>
          </Dialog.Content>
        </Dialog.Positioner>
      </Portal>
    </Dialog.Root>
  );
};
