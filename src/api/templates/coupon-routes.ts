import { entry, type Route } from '../route.ts';
import * as pools from './coupon-pools.ts';

/** Codes of which each delivery takes one. */
export const COUPON_ROUTES: readonly Route[] = [
  entry({
    method: 'get',
    path: '/coupon-pools',
    scope: 'programs:read',
    summary: 'List the coupon pools, each with how many codes are left.',
    query: pools.poolsQuery,
    answer: pools.poolsAnswer,
    handle: pools.listPools,
  }),
  entry({
    method: 'get',
    path: '/coupon-pools/{id}',
    scope: 'programs:read',
    summary: 'Show a coupon pool, and how many codes are left.',
    params: pools.poolParams,
    answer: pools.poolAnswer,
    problems: ['not-found'],
    handle: pools.showPool,
  }),
  entry({
    method: 'put',
    path: '/coupon-pools/{id}',
    scope: 'programs:write',
    summary: 'Make a coupon pool, or name it anew; its codes stay.',
    params: pools.poolParams,
    body: pools.poolBody,
    answer: pools.poolAnswer,
    handle: pools.putPool,
  }),
  entry({
    method: 'post',
    path: '/coupon-pools/{id}/codes',
    scope: 'programs:write',
    summary: 'Add codes to a pool; those it has already are refused alone, with their places.',
    params: pools.poolParams,
    body: pools.codesBody,
    answer: pools.codesAnswer,
    problems: ['not-found'],
    handle: pools.addCodes,
  }),
  entry({
    method: 'post',
    path: '/coupon-pools/{id}/codes/withdraw',
    scope: 'programs:write',
    summary: 'Take codes out of a pool that no delivery has; the others stay and are told.',
    params: pools.poolParams,
    body: pools.codesBody,
    answer: pools.withdrawnAnswer,
    problems: ['not-found'],
    handle: pools.withdrawCodes,
  }),
];
