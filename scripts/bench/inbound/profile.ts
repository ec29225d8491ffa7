import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

type Node = { id: number; callFrame: { functionName: string; url: string; lineNumber: number } };
type Profile = { nodes: Node[]; samples: number[]; timeDeltas: number[] };

/** Busy time of the main thread whose profile lies in a folder, by package and by function, one line each. */
export async function topOfProfile(dir: string, most: number): Promise<string[]> {
  const paths = (await readdir(dir)).map((name) => join(dir, name));
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  // Loader threads write one each too; theirs are the small ones.
  const path = paths[sizes.indexOf(Math.max(...sizes))] ?? '';
  const profile = JSON.parse(await readFile(path, 'utf8')) as Profile;
  return [
    ...shares(profile, packageOf).slice(0, most),
    'by function:',
    ...shares(profile, functionOf).slice(0, most),
  ];
}

/** Own time under each label, largest first; idle time left out. */
function shares({ nodes, samples, timeDeltas }: Profile, labelOf: (node: Node) => string): string[] {
  const labels = new Map(nodes.map((node) => [node.id, labelOf(node)]));
  const times = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, at) => {
    const label = labels.get(id) ?? '';
    if (label.startsWith('(idle)')) return;
    const micros = timeDeltas[at] ?? 0;
    busy += micros;
    times.set(label, (times.get(label) ?? 0) + micros);
  });
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .map(([label, micros]) => `${((100 * micros) / busy).toFixed(1).padStart(5)} %  ${label}`);
}

function packageOf({ callFrame }: Node): string {
  const { functionName, url } = callFrame;
  if (url === '') return functionName.startsWith('(') ? functionName : `native ${functionName}`;
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? placeOf(url).replace(/\/[^/]*$/, '');
}

function functionOf({ callFrame }: Node): string {
  const { functionName, url, lineNumber } = callFrame;
  return `${functionName || '(anonymous)'} ${url === '' ? '' : `${placeOf(url)}:${lineNumber + 1}`}`.trim();
}

const placeOf = (url: string): string =>
  url.replace(/^.*\/(?:node_modules|dist)\//, '').replace(/^file:.*\/scripts\//, 'scripts/');
