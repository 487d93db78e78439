// A program by somebody who has nothing but the description of the API: typed paths, typed bodies, typed answers.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

declare const process: { env: Record<string, string>; exit(code: number): void };

const { QUERIST_URL: baseUrl, QUERIST_TOKEN: token } = process.env;
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } });

const made = await client.POST("/api/v1/projects", {
  body: { slug: "typed", classes: ["a", "b"], task: "single", seed: 1 },
});
if (made.error) throw new Error(made.error.error.message);

const state = await client.GET("/api/v1/projects/{slug}", { params: { path: { slug: made.data.slug } } });
const classes: components["schemas"]["Class"][] = state.data!.classes;

const leases = await client.POST("/api/v1/projects/{slug}/leases", {
  params: { path: { slug: "typed" } },
  body: { count: 1 },
});
// @ts-expect-error a field that is not there is found when the program is compiled
const nothing = leases.data!.lease;

const refused = await client.GET("/api/v1/projects/{slug}", { params: { path: { slug: "nowhere" } } });
console.log(
  JSON.stringify({
    names: classes.map((one) => one.name),
    empty: leases.data!.empty!.reason.length > 0 && nothing === undefined,
    code: refused.error!.error.code,
  }),
);
