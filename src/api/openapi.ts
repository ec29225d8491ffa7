import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { PROBLEMS, type ProblemKind } from './problem.ts';
import type { Route } from './route.ts';

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    next_step: z.string().optional(),
    suppressed: z.boolean().optional(),
  })
  .meta({ id: 'Problem', description: 'A problem by RFC 9457. `errors` names each field at fault.' });

/** Problems that every route may answer with. */
const ALWAYS: ProblemKind[] = [
  'invalid-request',
  'unauthorized',
  'missing-scope',
  'too-many-requests',
  'internal',
  'unavailable',
];
const WITH_BODY: ProblemKind[] = ['too-large', 'unsupported-media-type', 'unprocessable'];

/** The OpenAPI 3.1 description, made of the schemas that check the requests. */
export function openApi(routes: readonly Route[], base: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = base + route.path;
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Assent API',
      version: '1',
      description:
        'Consent of people who are texted: who agreed to what, and who must not be texted. Numbers travel in bodies, never in addresses.',
    },
    servers: [{ url: '/' }],
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'ak_<id>_<secret>' } },
    },
    paths,
  });
}

function operation(route: Route): ZodOpenApiOperationObject {
  const { body, answer, summary, scope, status } = route;
  const kinds = [...ALWAYS, ...(body === null ? [] : WITH_BODY), ...route.problems];
  const requestParams = { path: route.params, query: route.query };
  return {
    operationId: operationId(route),
    summary,
    description: `Needs the scope ${scope}.`,
    security: [{ key: [scope] }],
    requestParams,
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: !body.safeParse({}).success,
            content: { 'application/json': { schema: body } },
          },
        }),
    responses: {
      [`${status}`]: { description: 'Done.', content: { 'application/json': { schema: answer } } },
      ...Object.fromEntries(kinds.map((kind) => [String(PROBLEMS[kind].status), refusal(kind)])),
    },
  };
}

function refusal(kind: ProblemKind) {
  return {
    description: PROBLEMS[kind].title,
    content: { 'application/problem+json': { schema: problem } },
  };
}

/** "post /contacts/lookup" becomes postContactsLookup. */
function operationId({ method, path }: Route): string {
  const words = path.split(/[^A-Za-z]+/).filter(Boolean);
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
