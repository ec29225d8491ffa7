import { relative } from 'node:path';
import {
  isIdentifier,
  isShorthandPropertyAssignment,
  isTypeNode,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { API, type Project, SymbolFlags, type Symbol as TypeScriptSymbol } from 'typescript/unstable/sync';

/** A definition at the top of a file: "path name". */
export type WalkEntry = `${string}.ts ${string}`;

/**
 * The files, by path from `root`, that each list of definitions enters: those of every function, constant and class that
 * they reach by name, whatever the branch. Types lead nowhere. Neither do properties: a function that is handed over in an
 * object has to be an entry of its own. Throws where an entry is not there.
 */
export function reachedFiles(root: string, walks: readonly (readonly WalkEntry[])[]): string[][] {
  const api = new API({ cwd: root });
  try {
    const config = `${root}/tsconfig.json`;
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (project === undefined) throw new Error(`${config} is not there`);
    const definitionsIn = createLookUp(project);
    return walks.map((entries) => {
      const reached = reach(
        entries.map((entry) => findEntry(project, root, entry)),
        definitionsIn,
      );
      return [...new Set(reached.map(({ file }) => relative(root, file)))].sort();
    });
  } finally {
    api.close();
  }
}

/** A statement at the top of a file that defines values. */
type Definition = { file: string; statement: Node };

function reach(entries: readonly Definition[], definitionsIn: (node: Node) => Definition[]): Definition[] {
  const seen = new Map<Node, Definition>();
  const waiting = [...entries];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next.statement)) continue;
    seen.set(next.statement, next);
    waiting.push(...definitionsIn(next.statement));
  }
  return [...seen.values()];
}

function findEntry({ checker, program }: Project, root: string, entry: WalkEntry): Definition {
  const [path = '', name = ''] = entry.split(' ');
  const file = program.getSourceFile(`${root}/${path}`);
  const names = file === undefined ? [] : identifiersIn(file).filter((node) => node.getText(file) === name);
  const found = checker
    .getSymbolAtLocation(names)
    .map((symbol) => topDefinition(symbol?.valueDeclaration?.resolve()))
    .find((definition) => definition !== null);
  if (found === undefined || found === null) throw new Error(`${path} defines no ${name}`);
  return found;
}

/** Asks the compiler which definitions a piece of code names; once for each piece and each name. */
function createLookUp({ checker }: Project): (node: Node) => Definition[] {
  const byNode = new Map<Node, Definition[]>();
  const bySymbol = new Map<TypeScriptSymbol, Definition | null>();
  const definitionOf = (symbol: TypeScriptSymbol): Definition | null => {
    const known = bySymbol.get(symbol);
    if (known !== undefined) return known;
    const isImported = (symbol.flags & SymbolFlags.Alias) !== 0;
    const origin = isImported ? checker.getAliasedSymbol(symbol) : symbol;
    const found = topDefinition(origin.valueDeclaration?.resolve());
    bySymbol.set(symbol, found);
    return found;
  };
  return (node) => {
    const known = byNode.get(node);
    if (known !== undefined) return known;
    const found = symbolsIn(checker, node).flatMap((symbol) => definitionOf(symbol) ?? []);
    byNode.set(node, found);
    return found;
  };
}

/** What the names of values stand for; in `{ name }` both the property and the value. */
function symbolsIn(checker: Project['checker'], node: Node): TypeScriptSymbol[] {
  const names = identifiersIn(node);
  const shorthands = names.map(({ parent }) => parent).filter(isShorthandPropertyAssignment);
  return [
    ...checker.getSymbolAtLocation(names),
    ...shorthands.map((shorthand) => checker.getShorthandAssignmentValueSymbol(shorthand)),
  ].filter((symbol) => symbol !== undefined);
}

function identifiersIn(node: Node): Node[] {
  const found: Node[] = [];
  const visit = (child: Node): void => {
    if (isTypeNode(child)) return;
    if (isIdentifier(child)) found.push(child);
    child.forEachChild(visit);
  };
  visit(node);
  return found;
}

/** What may stand between a name that is declared and the statement that declares it. */
const WITHIN_STATEMENT: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.BindingElement,
  SyntaxKind.ObjectBindingPattern,
  SyntaxKind.ArrayBindingPattern,
  SyntaxKind.VariableDeclaration,
  SyntaxKind.VariableDeclarationList,
]);

/** The statement of a declaration; null where it declares something within a function or an object, or stands in a package. */
function topDefinition(declaration: Node | undefined): Definition | null {
  let node = declaration;
  while (node !== undefined && WITHIN_STATEMENT.has(node.kind)) node = node.parent;
  if (node === undefined || node.parent?.kind !== SyntaxKind.SourceFile) return null;
  const { fileName } = node.parent as SourceFile;
  const isOurs = fileName.endsWith('.ts') && !/\.d\.ts$|\/node_modules\//.test(fileName);
  return isOurs ? { file: fileName, statement: node } : null;
}
