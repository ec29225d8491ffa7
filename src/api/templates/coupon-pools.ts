import { z } from 'zod';
import { countCodes, insertCodes, removeCodes } from '../../store/campaigns/coupon-codes.ts';
import {
  type CouponPoolDoc,
  findCouponPool,
  raiseLongest,
  readCouponPools,
  writeCouponPool,
} from '../../store/campaigns/coupon-pools.ts';
import { iso, plainLine, slug, time } from '../fields.ts';
import { cut, page, paging } from '../paging.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';
import { ifTooLong } from '../too-long.ts';

const MOST_CODES = 2000;
const MOST_SHOWN = 100;

export const couponCode = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,40}$/, 'It must be 1 to 40 letters, digits and "-".');
export const poolParams = z.strictObject({ id: slug });
export const poolsQuery = z.strictObject(paging('coupon-pools', /^[a-z0-9-]{1,40}$/));
export const poolBody = z.strictObject({ name: plainLine(1, 80) });
export const codesBody = z.strictObject({
  codes: z
    .array(couponCode)
    .min(1, 'At least one.')
    .max(MOST_CODES, `At most ${MOST_CODES} at once.`)
    .meta({ examples: [['SPRING-7QX2', 'SPRING-9KD4']] }),
});

const count = z.number();
export const poolAnswer = z.strictObject({
  id: z.string(),
  name: z.string(),
  free: count.meta({ description: 'Codes that nobody has.' }),
  claimed: count.meta({ description: 'Codes that a delivery has, for good.' }),
  updated_at: time,
});
export const poolsAnswer = page(poolAnswer);
export const codesAnswer = z.strictObject({
  added: count,
  refused: count.meta({ description: 'Codes that the pool had already, or that came twice.' }),
  places: z.array(count).meta({ description: 'Of the first hundred refused, from 0.' }),
});

export const withdrawnAnswer = z.strictObject({
  withdrawn: count,
  claimed: count.meta({ description: 'Codes that a delivery has, which stay.' }),
  claimed_places: z.array(count).meta({ description: 'Of the first hundred of them, from 0.' }),
  unknown: count.meta({ description: 'Codes that the pool does not have.' }),
});

export async function listPools({ desk, query }: Call<{ query: typeof poolsQuery }>) {
  const found = (await readCouponPools(desk.store)).filter(({ _id }) => _id > (query.cursor ?? ''));
  const { rows, next_cursor } = cut('coupon-pools', found, query.limit, ({ _id }) => _id);
  const items: Awaited<ReturnType<typeof shown>>[] = [];
  // Texts that come in meanwhile need connections to the database, too.
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const counted = Promise.all(rows.slice(at, at + AT_ONCE).map((row) => shown(desk, row)));
    items.push(...(await counted.catch(pageUncounted)));
  }
  return { items, next_cursor };
}

/** Pools of a list whose codes are counted at once. */
const AT_ONCE = 4;

const TOO_LONG = 'Counting the codes of this pool took too long.';
const pageUncounted = ifTooLong(
  'Counting the codes of a pool of this page took too long.',
  'Ask again later, or for fewer: "limit".',
);

export async function showPool({ desk, params }: Call<{ params: typeof poolParams }>) {
  const pool = await poolOr404(desk, params.id);
  return shown(desk, pool).catch(ifTooLong(TOO_LONG, 'Ask again later.'));
}

type Put = Call<{ params: typeof poolParams; body: typeof poolBody }>;

export async function putPool({ desk, key, params, body }: Put) {
  const pool = await writeCouponPool(desk.store, { id: params.id, name: body.name }, desk.now());
  desk.log.info({ key: key.id, pool: pool._id }, 'a coupon pool was saved');
  return shown(desk, pool).catch(
    ifTooLong(
      `The pool was saved. ${TOO_LONG}`,
      'Do not ask for the change again. GET /coupon-pools/{id} shows it later.',
    ),
  );
}

type Add = Call<{ params: typeof poolParams; body: typeof codesBody }>;

/** Adds codes. Those that are there stay as they are, so the same request twice adds nothing the second time. */
export async function addCodes({ desk, key, params, body }: Add) {
  const pool = await poolOr404(desk, params.id);
  const { codes } = body;
  await raiseLongest(desk.store, pool._id, Math.max(...codes.map(({ length }) => length)));
  const unique = [...new Set(codes)];
  const known = new Set(await insertCodes(desk.store, pool._id, unique, desk.now()));
  const fresh = new Set(unique.filter((_, at) => !known.has(at)));
  const places = codes.flatMap((code, at) => (fresh.delete(code) ? [] : [at]));
  const added = codes.length - places.length;
  desk.log.info({ key: key.id, pool: pool._id, added, refused: places.length }, 'coupon codes were added');
  return { added, refused: places.length, places: places.slice(0, MOST_SHOWN) };
}

/** Takes codes back that no delivery has. The same request again finds them unknown. */
export async function withdrawCodes({ desk, key, params, body }: Add) {
  const pool = await poolOr404(desk, params.id);
  const codes = [...new Set(body.codes)];
  const { removed: withdrawn, claimed } = await removeCodes(desk.store, pool._id, codes);
  const places = body.codes.flatMap((code, at) => (claimed.has(code) ? [at] : []));
  const unknown = Math.max(0, codes.length - withdrawn - claimed.size);
  const counts = { withdrawn, claimed: claimed.size, unknown };
  desk.log.info({ key: key.id, pool: pool._id, ...counts }, 'coupon codes were withdrawn');
  return { ...counts, claimed_places: places.slice(0, MOST_SHOWN) };
}

async function poolOr404(desk: Call<object>['desk'], id: string): Promise<CouponPoolDoc> {
  const pool = await findCouponPool(desk.store, id);
  if (pool === null) throw new Problem('not-found', 'There is no coupon pool of this id. PUT makes one.');
  return pool;
}

async function shown(desk: Call<object>['desk'], { _id: id, name, updatedAt }: CouponPoolDoc) {
  return { id, name, ...(await countCodes(desk.store, id)), updated_at: iso(updatedAt) };
}
