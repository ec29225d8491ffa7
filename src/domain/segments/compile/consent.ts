import type { LeafOf } from '../tree.ts';
import { ageBounds, among, between, type Filter, scalar } from './filter.ts';

/** One subscription that is all of it at once: `$elemMatch`, since no two of them may share the answer. */
export function compileSubscription(leaf: LeafOf<'subscription'>, now: Date): Filter {
  const one: Filter = {
    state: { $eq: scalar(leaf.state) },
    ...(leaf.program === undefined ? {} : { program: { $eq: scalar(leaf.program) } }),
    ...(leaf.topics === undefined ? {} : among('topics', leaf.topics)),
    ...(leaf.channels === undefined ? {} : among('basis.channel', leaf.channels)),
    ...(leaf.purposes === undefined ? {} : among('purposes', leaf.purposes)),
    ...between('basis.at', ageBounds(leaf, now)),
  };
  return { subscriptions: { $elemMatch: one } };
}
