import { z } from 'zod';
import {
  addCouponCodes,
  type CouponPoolView,
  listCouponPools,
  saveCouponPool,
  showCouponPool,
  withdrawCouponCodes,
} from '../templates/coupon-pools.ts';
import { ifTooLong, Problem } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { cursorAt, iso, page, paging, plainLine, shape, slug, time } from './http/shapes.ts';

const MOST_CODES = 2000;
const MOST_SHOWN = 100;

export const couponCode = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,40}$/, 'It must be 1 to 40 letters, digits and "-".')
  .meta({ description: 'A coupon code: 1 to 40 letters, digits and hyphens.' });
const poolParams = z.strictObject({ id: slug.meta({ description: 'Id of the coupon pool.' }) });
const poolsQuery = z.strictObject(paging('coupon-pools', /^[a-z0-9-]{1,40}$/));
const poolBody = shape('UpdateCouponPoolRequest', {
  name: plainLine(1, 80).meta({ description: 'Name of the pool, as staff read it.' }),
});
const codesBody = shape('CouponCodesRequest', {
  codes: z
    .array(couponCode)
    .min(1)
    .max(MOST_CODES)
    .meta({
      description: `The codes, at most ${MOST_CODES} in one request.`,
      examples: [['SPRING-7QX2', 'SPRING-9KD4']],
    }),
});

const count = z.number();
const poolAnswer = shape('CouponPool', {
  id: z.string(),
  name: z.string(),
  free: count.meta({ description: 'Codes that nobody has.' }),
  claimed: count.meta({ description: 'Codes that a delivery has. They stay with it for good.' }),
  updated_at: time,
});
const poolsAnswer = page(poolAnswer);
const codesAnswer = shape('AddedCouponCodes', {
  added: count,
  refused: count.meta({ description: 'Codes that the pool had already, or that came twice.' }),
  places: z
    .array(count)
    .meta({ description: 'The places of the first hundred refused codes in the request, counted from 0.' }),
});

const withdrawnAnswer = shape('WithdrawnCouponCodes', {
  withdrawn: count,
  claimed: count.meta({ description: 'Codes that a delivery has. They stay in the pool.' }),
  claimed_places: z
    .array(count)
    .meta({ description: 'The places of the first hundred of these codes in the request, counted from 0.' }),
  unknown: count.meta({ description: 'Codes that the pool does not have.' }),
});

export async function listPools({ context, query }: ApiRequest<{ query: typeof poolsQuery }>) {
  const asked = { after: query.cursor ?? '', limit: query.limit };
  const { pools, next } = await listCouponPools(context, asked).catch(pageUncounted);
  const next_cursor = next === null ? null : cursorAt('coupon-pools', next);
  return { items: pools.map(shown), next_cursor };
}

const TOO_LONG = 'Counting the codes of this pool took too long.';
const pageUncounted = ifTooLong(
  'Counting the codes of a pool of this page took too long.',
  'Ask again later, or for fewer: "limit".',
);

export async function showPool({ context, params }: ApiRequest<{ params: typeof poolParams }>) {
  return shown(unlessMissing(await showCouponPool(context, params.id).catch(poolUncounted)));
}

const poolUncounted = ifTooLong(TOO_LONG, 'Ask again later.');

type SaveRequest = ApiRequest<{ params: typeof poolParams; body: typeof poolBody }>;

export async function putPool({ context, key, params, body }: SaveRequest) {
  const saving = saveCouponPool(context, { actor: actorOf(key), id: params.id, name: body.name });
  return shown(await saving.catch(savedPoolUncounted));
}

const savedPoolUncounted = ifTooLong(
  `The pool was saved. ${TOO_LONG}`,
  'Do not ask for the change again. GET /coupon-pools/{id} shows it later.',
);

type Codes = ApiRequest<{ params: typeof poolParams; body: typeof codesBody }>;

async function addCodes({ context, key, params, body }: Codes) {
  const asked = { actor: actorOf(key), pool: params.id, codes: body.codes };
  const { added, refused } = unlessMissing(await addCouponCodes(context, asked));
  return { added, refused: refused.length, places: refused.slice(0, MOST_SHOWN) };
}

async function withdrawCodes({ context, key, params, body }: Codes) {
  const asked = { actor: actorOf(key), pool: params.id, codes: body.codes };
  const { claimedPlaces, ...counts } = unlessMissing(await withdrawCouponCodes(context, asked));
  return { ...counts, claimed_places: claimedPlaces.slice(0, MOST_SHOWN) };
}

function unlessMissing<T>(found: T | null): T {
  if (found === null) throw new Problem('not-found', 'There is no coupon pool of this id. PUT makes one.');
  return found;
}

const shown = ({ updatedAt, ...pool }: CouponPoolView) => ({ ...pool, updated_at: iso(updatedAt) });

/** Coupon pools: each delivery takes one code. */
export const COUPON_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/coupon-pools',
    id: 'listCouponPools',
    returns: 'One page of coupon pools, in the order of their ids.',
    scope: 'programs:read',
    summary: 'List the coupon pools, each with how many codes are left.',
    query: poolsQuery,
    answer: poolsAnswer,
    handle: listPools,
  }),
  defineRoute({
    method: 'get',
    path: '/coupon-pools/{id}',
    id: 'getCouponPool',
    returns: 'The coupon pool, and how many of its codes are left.',
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
    id: 'updateCouponPool',
    returns: 'The coupon pool as it was saved.',
    scope: 'programs:write',
    summary: 'Create a coupon pool, or change its name. Its codes stay.',
    params: poolParams,
    body: poolBody,
    answer: poolAnswer,
    handle: putPool,
  }),
  defineRoute({
    method: 'post',
    path: '/coupon-pools/{id}/codes',
    id: 'addCouponCodes',
    returns: 'How many codes were added, and which were refused.',
    scope: 'programs:write',
    summary: 'Add codes to a pool. Only codes that the pool already has are refused, with their places.',
    params: poolParams,
    body: codesBody,
    answer: codesAnswer,
    problems: ['not-found'],
    handle: addCodes,
  }),
  defineRoute({
    method: 'post',
    path: '/coupon-pools/{id}/codes/withdraw',
    id: 'withdrawCouponCodes',
    returns: 'How many codes were withdrawn, and which stay.',
    scope: 'programs:write',
    summary: 'Withdraw codes of a pool that no delivery has. The answer names the others, which stay.',
    params: poolParams,
    body: codesBody,
    answer: withdrawnAnswer,
    problems: ['not-found'],
    handle: withdrawCodes,
  }),
];
