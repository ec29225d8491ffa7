import { type Fault, isGroup, type Tree } from '../tree.ts';
import type { SavedSegment } from './check.ts';

/** Where a tree itself names a segment that was put aside: what is saved anew speaks of none. */
export function archivedFaults(tree: Tree, segments: readonly SavedSegment[], path = ''): Fault[] {
  if (isGroup(tree))
    return tree.of.flatMap((child, at) => archivedFaults(child, segments, `${path}/of/${at}`));
  if (tree.kind !== 'segment') return [];
  const named = segments.find((one) => one.id === tree.id);
  if (named?.archived !== true) return [];
  const problem = `The segment “${named.name}” is archived. Name another, or bring it back: POST /segments/${named.id}/restore.`;
  return [{ path: `${path}/id`, problem }];
}
