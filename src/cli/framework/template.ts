import { escapeText } from '../../util/escape.ts';
import { UsageError } from './usage-error.ts';

/** The fields of a row that a template can name, by their names. */
export type TemplateFields<Row> = Readonly<Record<string, (row: Row) => string | number | undefined>>;

/**
 * A template as docker's --format takes it, as far as fields go: `{{.Reference}}`, `{{json .Reference}}`, `{{json .}}`,
 * the word `json` for the last, and \t and \n between them. Other directives of Go's text/template are refused.
 * @returns makes the line of a row, without a newline; a field that a row does not have is empty, or null as JSON
 * @throws UsageError naming the fields there are
 */
export function compileTemplate<Row>(template: string, fields: TemplateFields<Row>): (row: Row) => string {
  const text = template === 'json' ? '{{json .}}' : template;
  const known = Object.keys(fields);
  const parts: ((row: Row) => string)[] = [];
  let end = 0;
  for (const match of text.matchAll(/\{\{\s*(?:(json)\s+)?\.(\w*)\s*\}\}/g)) {
    const [all, json, name = ''] = match;
    parts.push(literal(text.slice(end, match.index), known));
    end = match.index + all.length;
    if (name === '' && json !== undefined) {
      parts.push((row) =>
        JSON.stringify(Object.fromEntries(known.map((one) => [one, fieldOf(fields, one, row)]))),
      );
      continue;
    }
    if (!Object.hasOwn(fields, name)) throw noField(`.${name}`, known);
    parts.push((row) => {
      const value = fieldOf(fields, name, row);
      return json === undefined ? String(value ?? '') : JSON.stringify(value);
    });
  }
  parts.push(literal(text.slice(end), known));
  return (row) => escapeTextBut(parts.map((part) => part(row)));
}

function fieldOf<Row>(fields: TemplateFields<Row>, name: string, row: Row): string | number | null {
  return fields[name]?.(row) ?? null;
}

/** The template's own tabs and newlines are what the user typed; what comes from files is escaped. */
function escapeTextBut(parts: readonly string[]): string {
  return parts.map((part, index) => (index % 2 === 0 ? part : escapeText(part))).join('');
}

function literal(text: string, known: readonly string[]): () => string {
  const directive = /\{\{[^}]*\}?\}?/.exec(text)?.[0];
  if (directive !== undefined) throw noField(directive, known);
  const meant = text.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  return () => meant;
}

function noField(directive: string, known: readonly string[]): UsageError {
  return new UsageError(
    `--format does not know ${JSON.stringify(directive)}`,
    `the fields are ${known.map((name) => `{{.${name}}}`).join(', ')}, and {{json .}}`,
  );
}
