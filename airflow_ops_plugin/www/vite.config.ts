/** Builds one UMD bundle that uses the React, router and Chakra of Airflow's own UI. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** What Airflow's UI shares with its plugins: module name to global name. */
const HOST_GLOBALS = {
  react: "React",
  "react-dom": "ReactDOM",
  "react/jsx-runtime": "ReactJSXRuntime",
  "react-router-dom": "ReactRouterDOM",
  "@chakra-ui/react": "ChakraUI",
  "@emotion/react": "EmotionReact",
};

export default defineConfig(({ mode }) => ({
  plugins: [react()],
  define: mode === "test" ? {} : { "process.env.NODE_ENV": JSON.stringify("production") },
  build: {
    lib: { entry: "src/index.ts", formats: ["umd"], name: "AirflowPlugin", fileName: () => "operations.umd.js" },
    rollupOptions: { external: Object.keys(HOST_GLOBALS), output: { globals: HOST_GLOBALS } },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/testing/setup.ts"],
    restoreMocks: true,
    testTimeout: 120_000,
  },
}));
