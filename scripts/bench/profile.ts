import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

type Node = { id: number; callFrame: { functionName: string; url: string; lineNumber: number } };
type Profile = { nodes: Node[]; samples: number[]; timeDeltas: number[] };

/** The functions with most time of their own in the newest profile of a folder, one line each; idle time left out. */
export async function topOfProfile(dir: string, most: number): Promise<string[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.cpuprofile')).sort();
  const profile = JSON.parse(await readFile(join(dir, names.at(-1) ?? ''), 'utf8')) as Profile;
  const names_ = new Map(profile.nodes.map((node) => [node.id, labelOf(node)]));
  const own = new Map<string, number>();
  let busy = 0;
  profile.samples.forEach((id, at) => {
    const label = names_.get(id) ?? '';
    const micros = profile.timeDeltas[at] ?? 0;
    if (label.startsWith('(idle)') || label.startsWith('(program)')) return;
    busy += micros;
    own.set(label, (own.get(label) ?? 0) + micros);
  });
  return [...own]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([label, micros]) => `${((100 * micros) / busy).toFixed(1).padStart(5)} %  ${label}`);
}

function labelOf({ callFrame }: Node): string {
  const { functionName, url, lineNumber } = callFrame;
  const file = url.replace(/^.*\/(node_modules|dist)\//, '').replace(/^file:.*\//, '');
  return `${functionName || '(anonymous)'} ${file === '' ? '' : `${file}:${lineNumber + 1}`}`.trim();
}
