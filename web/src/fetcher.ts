import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";
import { getOperationAST, parse } from "graphql";

const post = createGraphiQLFetcher({ url: "/graphql" });

/**
 * Sends what the editor holds to this page's own server.
 *
 * For a moment after a change of tabs GraphiQL still names the last tab's operation, so a name
 * that the query does not contain is left out.
 */
export const fetcher: Fetcher = ({ operationName, ...request }, options) =>
  post(contains(request.query, operationName) ? { operationName, ...request } : request, options);

function contains(query: string, operationName: string | null | undefined): boolean {
  try {
    return getOperationAST(parse(query), operationName) != null;
  } catch {
    return true; // The server explains what is wrong with a query that does not parse.
  }
}
