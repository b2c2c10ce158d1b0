import { ChakraProvider, defaultSystem, Menu } from "@chakra-ui/react";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { ActionsMenu } from "./ActionsMenu";

const show = (onSelect = vi.fn()) => {
  render(
    <ChakraProvider value={defaultSystem}>
      <ActionsMenu subject="ann">
        <Menu.Item onSelect={onSelect} value="drain">
          Drain…
        </Menu.Item>
      </ActionsMenu>
    </ChakraProvider>,
  );

  return onSelect;
};

test.each(["{Enter}", " ", "{ArrowDown}"])("the key %o opens the menu", async (key) => {
  const user = userEvent.setup();
  const onSelect = show();

  await user.tab();
  await user.keyboard(key);
  const item = await screen.findByRole("menuitem", { name: "Drain…" });
  await user.hover(item);
  await user.click(item);
  expect(onSelect).toHaveBeenCalledOnce();
});

test("Escape closes the menu and gives the focus back to its button, which opens it again", async () => {
  const user = userEvent.setup();
  show();

  await user.click(screen.getByRole("button", { name: "Actions for ann" }));
  await screen.findByRole("menuitem", { name: "Drain…" });
  await user.keyboard("{Escape}");
  await vi.waitFor(() => expect(screen.queryByRole("menuitem")).toBeNull());
  await vi.waitFor(() => expect(screen.getByRole("button", { name: "Actions for ann" })).toHaveFocus());
  await user.keyboard("{Enter}");
  expect(await screen.findByRole("menuitem", { name: "Drain…" })).toBeInTheDocument();
});
