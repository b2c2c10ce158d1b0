/** Renders a page as Airflow's UI does: below its router and its theme. */
import { ChakraProvider, defaultSystem } from "@chakra-ui/react";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router-dom";

/** @param address path and search, such as `/?tab=queue`. */
export const renderPage = (page: ReactNode, address = "/") =>
  render(
    <ChakraProvider value={defaultSystem}>
      <MemoryRouter initialEntries={[address]}>{page}</MemoryRouter>
    </ChakraProvider>,
  );
