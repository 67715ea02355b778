import { commands } from './commands.ts';
import { usageOf } from './framework/positionals.ts';

/** The commands as a Markdown table, for the README: what is written there is what there is. */
export async function commandTable(program = 'refstore'): Promise<string> {
  const rows = await Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const { positionals } = await load();
      const usage = [program, name, ...Object.values(positionals).map(usageOf)].join(' ');
      return `| \`${usage.replaceAll('|', '\\|')}\` | ${summary} |`;
    }),
  );
  return `${['| command | what it does |', '| --- | --- |', ...rows].join('\n')}\n`;
}
