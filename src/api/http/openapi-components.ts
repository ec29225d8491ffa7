/** A JSON value of the description. */
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const under = (value: Json | undefined, key: string): JsonObject => {
  const child = isObject(value) ? value[key] : undefined;
  return isObject(child) ? child : {};
};

/** Calls `visit` with every object in a value. */
function visitObjects(value: Json | undefined, visit: (found: JsonObject) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(value);
  for (const child of Object.values(value)) visitObjects(child, visit);
}

/** The operations of a description, each with its path. */
const operationsOf = (document: JsonObject): { path: string; operation: JsonObject }[] =>
  Object.entries(under(document, 'paths')).flatMap(([path, methods]) =>
    isObject(methods)
      ? Object.values(methods)
          .filter(isObject)
          .map((operation) => ({ path, operation }))
      : [],
  );

/**
 * Changes a description so that generators and validators of other languages accept it. The schemas that validate
 * requests stay as strict as they are.
 */
export function makePortable(document: object): void {
  const description = document as JsonObject;
  visitObjects(description, (schema) => {
    portablePattern(schema);
    namedProperties(schema);
  });
  openAnswers(description);
  shareParameters(description);
}

/** Only JavaScript knows these classes by the same name. */
const CONTROL_CLASSES = [
  ['\\p{Cc}', '\\u0000-\\u001f\\u007f-\\u009f'],
  ['\\p{Cs}', ''],
] as const;

/** A pattern with another Unicode class is left out: the description of the field says what it allows. */
function portablePattern(schema: JsonObject): void {
  if (typeof schema.pattern !== 'string') return;
  const pattern = CONTROL_CLASSES.reduce(
    (text, [name, range]) => text.replaceAll(name, range),
    schema.pattern,
  );
  if (pattern.includes('\\p{')) delete schema.pattern;
  else schema.pattern = pattern;
}

/** Turns a record whose keys are known into an object with these properties. */
function namedProperties(schema: JsonObject): void {
  const { propertyNames, additionalProperties } = schema;
  const names = isObject(propertyNames) ? propertyNames.enum : undefined;
  if (!Array.isArray(names) || additionalProperties === undefined) return;
  schema.properties = Object.fromEntries(names.map((name) => [String(name), additionalProperties]));
  schema.additionalProperties = false;
  delete schema.propertyNames;
}

const REFERENCE = '#/components/schemas/';

/** The components that a value refers to, directly or by other components. */
function componentsIn(value: Json | undefined, schemas: JsonObject, found = new Set<string>()): Set<string> {
  visitObjects(value, ({ $ref: reference }) => {
    if (typeof reference !== 'string' || !reference.startsWith(REFERENCE)) return;
    const name = reference.slice(REFERENCE.length);
    if (found.has(name)) return;
    found.add(name);
    componentsIn(schemas[name], schemas, found);
  });
  return found;
}

/** Lets answers have fields that a client does not know yet. Schemas that requests use stay closed. */
function openAnswers(document: JsonObject): void {
  const schemas = under(under(document, 'components'), 'schemas');
  const operations = operationsOf(document);
  const asked = componentsIn(
    operations.map(({ operation }) => operation.requestBody ?? null),
    schemas,
  );
  const open = (schema: JsonObject): void => {
    if (schema.additionalProperties === false) delete schema.additionalProperties;
  };
  for (const { operation } of operations) visitObjects(operation.responses, open);
  for (const [name, schema] of Object.entries(schemas)) if (!asked.has(name)) visitObjects(schema, open);
}

/** Makes components of the parameters that several routes share. */
function shareParameters(document: JsonObject): void {
  const uses = new Map<string, number>();
  const operations = operationsOf(document).map(({ path, operation }) => ({
    path,
    operation,
    parameters: Array.isArray(operation.parameters) ? operation.parameters.filter(isObject) : [],
  }));
  for (const { parameters } of operations)
    for (const parameter of parameters) {
      const text = JSON.stringify(parameter);
      uses.set(text, (uses.get(text) ?? 0) + 1);
    }
  const shared: JsonObject = {};
  const names = new Map<string, string>();
  const nameOf = (path: string, parameter: JsonObject): string => {
    const text = JSON.stringify(parameter);
    const known = names.get(text);
    if (known !== undefined) return known;
    const wanted = parameterName(path, parameter);
    let name = wanted;
    for (let at = 2; name in shared; at++) name = `${wanted}${at}`;
    names.set(text, name);
    shared[name] = parameter;
    return name;
  };
  for (const { path, operation, parameters } of operations) {
    if (parameters.length === 0) continue;
    operation.parameters = parameters.map((parameter) =>
      (uses.get(JSON.stringify(parameter)) ?? 0) < 2
        ? parameter
        : { $ref: `#/components/parameters/${nameOf(path, parameter)}` },
    );
  }
  under(document, 'components').parameters = shared;
}

/** The name of a shared parameter. An id in a path has that of the noun before it, such as CampaignId. */
function parameterName(path: string, { in: place, name }: JsonObject): string {
  const noun = /([a-z-]+)\/\{id\}/.exec(path)?.[1];
  if (place !== 'path' || name !== 'id' || noun === undefined) return componentName(String(name));
  return componentName(`${noun.replace(/ies$/, 'y').replace(/s$/, '')}-id`);
}

/** A name in words or with hyphens as the name of a component, such as IdempotencyKey. */
export const componentName = (name: string): string =>
  name.replace(/(?:^|[^A-Za-z\d]+)([A-Za-z\d])/g, (_, letter: string) => letter.toUpperCase());
