/** Short notices of what was done, in a corner of the page. */
import { Toaster as ChakraToaster, createToaster, Portal, Stack, Toast } from "@chakra-ui/react";

const toaster = createToaster({ pauseOnPageIdle: true, placement: "bottom-end" });

/** Say that something was done. */
export const announce = (title: string): void => {
  toaster.create({ closable: true, duration: 5000, title, type: "success" });
};

export const Toaster = () => (
  <Portal>
    <ChakraToaster insetInline={{ mdDown: "4" }} toaster={toaster}>
      {(toast) => (
        <Toast.Root width={{ md: "sm" }}>
          <Toast.Indicator />
          <Stack flex="1" gap="1" maxWidth="100%">
            <Toast.Title>{toast.title}</Toast.Title>
          </Stack>
          <Toast.CloseTrigger />
        </Toast.Root>
      )}
    </ChakraToaster>
  </Portal>
);
