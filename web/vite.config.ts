import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  build: {
    outDir: "dist",
    assetsDir: "assets",
    target: "es2022",
    // The editor is one large piece of code that is loaded once and then cached.
    chunkSizeWarningLimit: 3000,
    reportCompressedSize: false,
    rolldownOptions: {
      // "use client" and the like mean nothing in a page that runs in the browser only.
      checks: { moduleLevelDirective: false },
      // GraphiQL reads the titles of its icons from the names of their functions.
      output: { keepNames: true },
    },
  },
  worker: { format: "es" },
});
