import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createRoot } from "react-dom/client";

import { examples } from "./examples";
import { fetcher } from "./fetcher";
import qatlas from "./qatlas.svg";

const plugins = [HISTORY_PLUGIN, explorerPlugin()];

function Page() {
  return (
    <GraphiQL fetcher={fetcher} plugins={plugins} defaultTabs={examples} defaultEditorToolsVisibility={false}>
      <GraphiQL.Logo>
        <span className="logo">
          <img src={qatlas} alt="" />
          Qatlas
        </span>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

const root = document.getElementById("page");
if (!root) throw new Error("index.html has no element with the id `page`.");
createRoot(root).render(<Page />);
