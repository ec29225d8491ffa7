import { posix } from 'node:path';

export type Source = { path: string; text: string };

/** From what others rest on to what rests on others; folders of one row are neighbours. */
export const LAYERS = [
  ['src/domain'],
  ['src/store'],
  ['src/sending'],
  ['src/consent'],
  ['src/contacts'],
  ['src/reports', 'src/segments'],
  ['src/receipts', 'src/templates'],
  ['src/campaigns', 'src/journeys'],
  ['src/access', 'src/integrations', 'src/running'],
  ['src/jobs', 'src/api', 'src/console', 'src/public', 'webhooks'],
];
const FREE = ['scripts', 'test'];
const BANNED_FOLDERS = ['utils', 'helpers', 'common', 'core', 'manager'];

/** Packages that may be imported in these places only; scripts and tests are not bound. */
const RESERVED: { packages: RegExp; places: string[]; typesAlso?: string[] }[] = [
  { packages: /^(agenda|@agendajs\/.*)$/, places: ['src/jobs'] },
  { packages: /^mongoose$/, places: ['src/store'] },
  {
    packages: /^mongodb$/,
    places: ['src/store', 'src/running/mongod'],
    typesAlso: ['src/sending', 'src/jobs'],
  },
  { packages: /^mongodb-memory-server-core/, places: ['src/running/mongod'] },
  { packages: /^undici$/, places: ['src/sending', 'src/integrations', 'src/simulator'] },
  {
    packages: /^express$/,
    places: [
      'src/http-app.ts',
      'src/api',
      'src/console',
      'src/public',
      'src/running',
      'src/simulator',
      'webhooks',
    ],
  },
];

/** What the pure rules may use: no input, no output, no clock. `node:module` imports a package's data when first asked for. */
const PURE = /^(zod|croner|libphonenumber-js(\/\w+)?|isbot|node:crypto|node:module)$/;
const IMPURE =
  /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(|\bprocess\.|\brandom(Bytes|UUID|Int)\b/;

/** Every breach of the rules of direction and of place, one line each: "file: what". */
export function breaches(sources: readonly Source[]): string[] {
  return [
    ...sources.flatMap((source) =>
      [...nameBreaches(source.path), ...textBreaches(source), ...importBreaches(source)].map(
        (what) => `${source.path}: ${what}`,
      ),
    ),
    ...cycles(graphOf(sources, runningImportsOf), 'files'),
    ...cycles(folderGraph(sources), 'folders'),
  ];
}

function importBreaches(source: Source): string[] {
  const running = runningImportsOf(source);
  return importsOf(source).flatMap((target) =>
    isLocal(target)
      ? localBreaches(source.path, target)
      : packageBreaches(source.path, target, !running.includes(target)),
  );
}

/** What a file imports: packages as written, files as paths from the root with "./" before them. */
export function importsOf(source: Source): string[] {
  return importsIn(source, source.text);
}

/** Without the imports of types alone, which are gone when the program runs. */
function runningImportsOf(source: Source): string[] {
  return importsIn(source, source.text.replace(/^\s*(?:import|export) type [^'";]*from/gm, ''));
}

function importsIn({ path }: Source, text: string): string[] {
  const found = [
    ...text.matchAll(/^\s*(?:import|export)\s[^'";]*?\bfrom\s*['"]([^'"]+)['"]/gm),
    ...text.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm),
    ...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g),
  ];
  return found.map(([, target = '']) =>
    target.startsWith('.') ? `./${posix.join(posix.dirname(path), target)}` : target,
  );
}

const isLocal = (target: string) => target.startsWith('./');
const isIn = (path: string, places: readonly string[]) =>
  places.some((place) => path === place || path.startsWith(`${place}/`));
/** Files beside the folders put the program together; only the configuration among them is a part itself. */
const isComposition = (path: string) => /^src\/[^/]+\.ts$/.test(path) && path !== 'src/config.ts';
const layerOf = (path: string) => LAYERS.findIndex((folders) => isIn(path, folders));

function nameBreaches(path: string): string[] {
  const folders = path.split('/').slice(0, -1);
  const banned = folders.filter((folder) => BANNED_FOLDERS.includes(folder));
  const found = banned.map((folder) => `a folder may not be called ${folder}`);
  return /(^|\/)index\.[cm]?[jt]s$/.test(path) ? [...found, 'no index files'] : found;
}

function textBreaches({ path, text }: Source): string[] {
  const found = /^\s*export \* /m.test(text) ? ['no barrels'] : [];
  const impure = isIn(path, ['src/domain']) ? IMPURE.exec(text) : null;
  return impure ? [...found, `the domain is pure, without ${impure[0]}`] : found;
}

function localBreaches(path: string, local: string): string[] {
  const target = local.slice(2);
  if (isIn(path, FREE)) return [];
  if (isIn(target, FREE)) return [`${target} is for scripts and tests`];
  if (isIn(target, ['src/simulator']) && !isIn(path, ['src/simulator'])) {
    return ['only scripts and tests import the simulator'];
  }
  if (isComposition(path)) return [];
  if (isComposition(target)) return [`${target} is put together at the top`];
  if (target === 'src/config.ts')
    return isIn(path, ['src/running']) ? [] : ['what it needs of the configuration is passed in'];
  if (isIn(path, ['src/simulator'])) {
    return isIn(target, ['src/simulator', 'src/domain']) ? [] : [`the simulator knows nothing of ${target}`];
  }
  if (isIn(path, ['src/running/mongod']) && !isIn(target, ['src/running/mongod'])) {
    return ['src/running/mongod stands alone'];
  }
  return layerOf(target) > layerOf(path) ? [`imports upwards, ${target}`] : [];
}

function packageBreaches(path: string, target: string, typeOnly: boolean): string[] {
  if (isIn(path, FREE)) return [];
  if (isIn(path, ['src/domain']) && !PURE.test(target)) return [`the domain does not use ${target}`];
  const rule = RESERVED.find(({ packages }) => packages.test(target));
  if (!rule || isIn(path, rule.places) || (typeOnly && isIn(path, rule.typesAlso ?? []))) return [];
  return [`${target} is used in ${rule.places.join(', ')} only`];
}

type Graph = Map<string, Set<string>>;

function graphOf(sources: readonly Source[], imports: (source: Source) => string[]): Graph {
  return new Map(
    sources.map((source) => [
      source.path,
      new Set(
        imports(source)
          .filter(isLocal)
          .map((target) => target.slice(2)),
      ),
    ]),
  );
}

/** Folders under src (and webhooks): neighbours of one layer may use each other in one direction. */
function folderGraph(sources: readonly Source[]): Graph {
  const folderOf = (path: string) => LAYERS.flat().find((folder) => isIn(path, [folder]));
  const graph: Graph = new Map();
  for (const [path, targets] of graphOf(sources, importsOf)) {
    const from = folderOf(path);
    for (const target of targets) {
      const to = folderOf(target);
      if (from && to && from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to));
    }
  }
  return graph;
}

function cycles(graph: Graph, of: string): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (node: string, trail: string[]) => {
    if (trail.includes(node)) {
      found.push(`a cycle of ${of}: ${[...trail.slice(trail.indexOf(node)), node].join(' → ')}`);
    } else if (!done.has(node)) {
      for (const next of graph.get(node) ?? []) walk(next, [...trail, node]);
      done.add(node);
    }
  };
  for (const node of graph.keys()) walk(node, []);
  return found;
}
