import browse from "../examples/browse.graphql?raw";
import walk from "../examples/walk.graphql?raw";
import evaluate from "../examples/evaluate.graphql?raw";
import calculate from "../examples/calculate.graphql?raw";
import lineage from "../examples/lineage.graphql?raw";

/** The queries the page opens with, one per tab; a tab is named after its operation. */
export const examples: { query: string }[] = [browse, walk, evaluate, calculate, lineage].map(
  (query) => ({ query }),
);
