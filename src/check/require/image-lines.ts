/** An `image:` of a compose file, its variables still in it. */
export interface ImageLine {
  readonly image: string;
  /** From 1. */
  readonly line: number;
}

const key = /^(\s*)(?:-\s+)*(?:"image"|'image'|image)\s*:(?:\s+(.*))?$/;
const flow = /[{,]\s*(?:"image"|'image'|image)\s*:\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,{}[\]"']+)/g;
const anchor = /:\s+&(\S+)\s+(\S.*)$/;
const blockScalar = /(?::|-)\s+(?:[&!]\S+\s+)*[|>][-+0-9]*\s*(?:#.*)?$/;

/** No reference is longer; what is longer is not looked into. */
const maxLength = 4096;

/**
 * The value of every `image:` in YAML or JSON, which in a compose file is a service's. Lines are read, not
 * documents: what an anchor or an extension field lends to a service stands in the file once, and that is enough to
 * know what has to be there. Text blocks (`|`, `>`) are passed over.
 */
export function imageLines(text: string): ImageLine[] {
  const lines = text.split(/\r\n|\n|\r/);
  const anchors = new Map(lines.flatMap((line) => anchored(line)));
  const found: ImageLine[] = [];
  /** Indentation of the key whose text block is being passed over. */
  let block: number | undefined;
  for (const [index, line] of lines.entries()) {
    const indent = line.search(/\S/);
    if (indent === -1 || line[indent] === '#') continue;
    if (block !== undefined && indent > block) continue;
    block = blockScalar.test(line.slice(-maxLength)) ? indent : undefined;
    for (const value of valuesIn(line)) {
      const image = value.startsWith('*') ? anchors.get(value.slice(1)) : scalar(value);
      if (image !== undefined && image !== '') found.push({ image, line: index + 1 });
    }
  }
  return found;
}

function valuesIn(line: string): string[] {
  const own = key.exec(line)?.[2];
  if (own !== undefined) return [own.replace(/^(?:[&!]\S*\s+)+/, '').trim()];
  return Array.from(line.matchAll(flow), ([, value = '']) => value);
}

function anchored(line: string): [string, string][] {
  const [, name, value = ''] = line.length > maxLength ? [] : (anchor.exec(line) ?? []);
  const text = name === undefined ? undefined : scalar(value);
  return name === undefined || text === undefined ? [] : [[name, text]];
}

/** A YAML scalar on one line; undefined where something else begins. */
function scalar(value: string): string | undefined {
  if (value.length > maxLength) return undefined;
  const [, double, single] = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)')/.exec(value) ?? [];
  if (double !== undefined) return double.replace(/\\(.)/g, '$1');
  if (single !== undefined) return single.replaceAll("''", "'");
  if (/^[|>[\]{}&*!%@`]/.test(value)) return undefined;
  return value
    .replace(/\s+#.*$/, '')
    .replace(/,\s*$/, '')
    .trim();
}
