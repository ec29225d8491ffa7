import { z } from 'zod';
import {
  type CouponPoolDoc,
  countCodes,
  findCouponPool,
  insertCodes,
  raiseLongest,
  readCouponPools,
  removeCodes,
  writeCouponPool,
} from '../store/templates/coupons.ts';
import { ifTooLong, Problem } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from './http/route.ts';
import { iso, page, paging, plainLine, slug, time, toPage } from './http/shapes.ts';

const MOST_CODES = 2000;
const MOST_SHOWN = 100;

export const couponCode = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,40}$/, 'It must be 1 to 40 letters, digits and "-".');
const poolParams = z.strictObject({ id: slug });
const poolsQuery = z.strictObject(paging('coupon-pools', /^[a-z0-9-]{1,40}$/));
const poolBody = z.strictObject({ name: plainLine(1, 80) });
const codesBody = z.strictObject({
  codes: z
    .array(couponCode)
    .min(1, 'At least one.')
    .max(MOST_CODES, `At most ${MOST_CODES} at once.`)
    .meta({ examples: [['SPRING-7QX2', 'SPRING-9KD4']] }),
});

const count = z.number();
const poolAnswer = z.strictObject({
  id: z.string(),
  name: z.string(),
  free: count.meta({ description: 'Codes that nobody has.' }),
  claimed: count.meta({ description: 'Codes that a delivery has, for good.' }),
  updated_at: time,
});
const poolsAnswer = page(poolAnswer);
const codesAnswer = z.strictObject({
  added: count,
  refused: count.meta({ description: 'Codes that the pool had already, or that came twice.' }),
  places: z.array(count).meta({ description: 'Of the first hundred refused, from 0.' }),
});

const withdrawnAnswer = z.strictObject({
  withdrawn: count,
  claimed: count.meta({ description: 'Codes that a delivery has, which stay.' }),
  claimed_places: z.array(count).meta({ description: 'Of the first hundred of them, from 0.' }),
  unknown: count.meta({ description: 'Codes that the pool does not have.' }),
});

export async function listPools({ context, query }: ApiRequest<{ query: typeof poolsQuery }>) {
  const found = (await readCouponPools(context.store)).filter(({ _id }) => _id > (query.cursor ?? ''));
  const { rows, next_cursor } = toPage('coupon-pools', found, query.limit, ({ _id }) => _id);
  const items: Awaited<ReturnType<typeof shown>>[] = [];
  // In small groups, so that connections to the database stay free for inbound texts.
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const counted = Promise.all(rows.slice(at, at + AT_ONCE).map((row) => shown(context, row)));
    items.push(...(await counted.catch(pageUncounted)));
  }
  return { items, next_cursor };
}

/** Pools whose codes are counted at once. */
const AT_ONCE = 4;

const TOO_LONG = 'Counting the codes of this pool took too long.';
const pageUncounted = ifTooLong(
  'Counting the codes of a pool of this page took too long.',
  'Ask again later, or for fewer: "limit".',
);

export async function showPool({ context, params }: ApiRequest<{ params: typeof poolParams }>) {
  const pool = await poolOr404(context, params.id);
  return shown(context, pool).catch(ifTooLong(TOO_LONG, 'Ask again later.'));
}

type Put = ApiRequest<{ params: typeof poolParams; body: typeof poolBody }>;

export async function putPool({ context, key, params, body }: Put) {
  const pool = await writeCouponPool(context.store, { id: params.id, name: body.name }, context.now());
  context.log.info({ key: key.id, pool: pool._id }, 'a coupon pool was saved');
  return shown(context, pool).catch(
    ifTooLong(
      `The pool was saved. ${TOO_LONG}`,
      'Do not ask for the change again. GET /coupon-pools/{id} shows it later.',
    ),
  );
}

type Add = ApiRequest<{ params: typeof poolParams; body: typeof codesBody }>;

/** Adds codes. Existing codes stay as they are, so the request is idempotent. */
async function addCodes({ context, key, params, body }: Add) {
  const pool = await poolOr404(context, params.id);
  const { codes } = body;
  await raiseLongest(context.store, pool._id, Math.max(...codes.map(({ length }) => length)));
  const unique = [...new Set(codes)];
  const known = new Set(await insertCodes(context.store, pool._id, unique, context.now()));
  const fresh = new Set(unique.filter((_, at) => !known.has(at)));
  const places = codes.flatMap((code, at) => (fresh.delete(code) ? [] : [at]));
  const added = codes.length - places.length;
  context.log.info({ key: key.id, pool: pool._id, added, refused: places.length }, 'coupon codes were added');
  return { added, refused: places.length, places: places.slice(0, MOST_SHOWN) };
}

/** Withdraws codes that no delivery has. A repeated request finds them unknown. */
async function withdrawCodes({ context, key, params, body }: Add) {
  const pool = await poolOr404(context, params.id);
  const codes = [...new Set(body.codes)];
  const { removed: withdrawn, claimed } = await removeCodes(context.store, pool._id, codes);
  const places = body.codes.flatMap((code, at) => (claimed.has(code) ? [at] : []));
  const unknown = Math.max(0, codes.length - withdrawn - claimed.size);
  const counts = { withdrawn, claimed: claimed.size, unknown };
  context.log.info({ key: key.id, pool: pool._id, ...counts }, 'coupon codes were withdrawn');
  return { ...counts, claimed_places: places.slice(0, MOST_SHOWN) };
}

async function poolOr404(context: ApiRequest<object>['context'], id: string): Promise<CouponPoolDoc> {
  const pool = await findCouponPool(context.store, id);
  if (pool === null) throw new Problem('not-found', 'There is no coupon pool of this id. PUT makes one.');
  return pool;
}

async function shown(context: ApiRequest<object>['context'], { _id: id, name, updatedAt }: CouponPoolDoc) {
  return { id, name, ...(await countCodes(context.store, id)), updated_at: iso(updatedAt) };
}

/** Coupon pools: each delivery takes one code. */
export const COUPON_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/coupon-pools',
    scope: 'programs:read',
    summary: 'List the coupon pools, each with how many codes are left.',
    query: poolsQuery,
    answer: poolsAnswer,
    handle: listPools,
  }),
  defineRoute({
    method: 'get',
    path: '/coupon-pools/{id}',
    scope: 'programs:read',
    summary: 'Show a coupon pool, and how many codes are left.',
    params: poolParams,
    answer: poolAnswer,
    problems: ['not-found'],
    handle: showPool,
  }),
  defineRoute({
    method: 'put',
    path: '/coupon-pools/{id}',
    scope: 'programs:write',
    summary: 'Make a coupon pool, or name it anew; its codes stay.',
    params: poolParams,
    body: poolBody,
    answer: poolAnswer,
    handle: putPool,
  }),
  defineRoute({
    method: 'post',
    path: '/coupon-pools/{id}/codes',
    scope: 'programs:write',
    summary: 'Add codes to a pool; those it has already are refused alone, with their places.',
    params: poolParams,
    body: codesBody,
    answer: codesAnswer,
    problems: ['not-found'],
    handle: addCodes,
  }),
  defineRoute({
    method: 'post',
    path: '/coupon-pools/{id}/codes/withdraw',
    scope: 'programs:write',
    summary: 'Take codes out of a pool that no delivery has; the others stay and are told.',
    params: poolParams,
    body: codesBody,
    answer: withdrawnAnswer,
    problems: ['not-found'],
    handle: withdrawCodes,
  }),
];
