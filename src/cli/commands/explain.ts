import type { Explanation } from '../../check/explain/explain.ts';
import { escapeText } from '../../util/escape.ts';
import { type Context, defineCommand } from '../framework/command.ts';
import { exitStatus } from '../framework/exit-status.ts';
import { flag } from '../framework/options.ts';
import { any } from '../framework/positionals.ts';
import { UsageError } from '../framework/usage-error.ts';
import { wrap } from '../framework/wrap.ts';

export const explain = defineCommand({
  name: 'explain',
  description:
    "Says what a finding, or a line of the daemon's log or of the docker command, means, why it comes about and what to do. Needs no daemon, no file and no network.",
  options: { list: flag('every rule, with what it finds') },
  positionals: {
    text: any('RULE|TEXT', 'the name of a rule, or the line (in quotes); -: lines from standard input'),
  },
  examples: [
    { line: 'explain ghost-digest', what: 'a rule that check named' },
    {
      line: `explain "Couldn't create reference store repository: unexpected EOF"`,
      what: "the last line of the daemon's log",
    },
    { line: 'explain --list', what: 'every rule' },
  ],
  async run({ options, positionals: { text } }, context) {
    if (options.list) {
      if (text.length > 0) throw new UsageError('--list takes no RULE or TEXT', 'give one of them');
      await printRules(context);
      return exitStatus.done;
    }
    if (text.length === 0) {
      throw new UsageError(
        'explain needs RULE or TEXT',
        `${context.program} explain --list shows every rule; - reads lines from standard input`,
      );
    }
    const { explain: lookUp } = await import('../../check/explain/explain.ts');
    const asked = text.length === 1 && text[0] === '-' ? await fromStandardInput(context) : text.join(' ');
    const explanation = lookUp(asked);
    if (explanation === undefined) throw await unknown(asked, context);
    if (context.out.json)
      await context.out.printJson('explanation', { ...explanation, rule: explanation.rule ?? null });
    else await context.out.print(inWords(explanation, context));
    return exitStatus.done;
  },
});

/** Bytes. A log of a day has less; the cause stands at its end, so more is an error rather than cut. */
const maxInput = 64 << 20;

async function fromStandardInput(context: Context): Promise<string> {
  const { readInput } = await import('../framework/input.ts');
  return new TextDecoder().decode(await readInput('-', maxInput, context));
}

async function printRules({ out }: Context): Promise<void> {
  const { allRules } = await import('../../check/rules/index.ts');
  const rules = allRules.map(({ name, severity, fix, summary }) => ({ rule: name, severity, fix, summary }));
  if (out.json) await out.printJson('rules', { rules });
  else {
    const { formatTable } = await import('../framework/table.ts');
    const columns = [
      { title: 'RULE', text: (one: (typeof rules)[number]) => one.rule },
      { title: 'SEVERITY', text: (one: (typeof rules)[number]) => one.severity },
      { title: 'WHAT IT FINDS', text: (one: (typeof rules)[number]) => one.summary },
    ];
    await out.print(formatTable(columns, rules, out.columns, out.colours, { titled: !out.quiet }));
  }
}

const usualWidth = 80;

function inWords({ rule, says, meaning, cause, advice }: Explanation, { out, program }: Context): string {
  const { bold, dim } = out.colours;
  const width = Math.max(20, (out.columns ?? usualWidth) - 2);
  const paragraph = (text: string) => wrap(escapeText(text), width).map((line) => `  ${line}`);
  const steps = advice.flatMap(({ text, command }) => [
    ...wrap(escapeText(text), width - 2).map((line, index) => `  ${index === 0 ? '- ' : '  '}${line}`),
    ...(command === undefined ? [] : [`      ${bold(escapeText(asTyped(command, program)))}`]),
  ]);
  return [
    ...(rule === undefined ? [] : [bold(rule)]),
    ...paragraph(says),
    '',
    dim('What it means'),
    ...paragraph(meaning),
    dim('How it comes about'),
    ...paragraph(cause),
    dim('What to do'),
    ...steps,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** Advice names our command `refstore`; the user may call it otherwise. */
function asTyped(command: string, program: string): string {
  return command.replaceAll(/\brefstore(?= )/g, program);
}

async function unknown(asked: string, { program }: Context): Promise<UsageError> {
  const [{ nearest }, { ruleNames }] = await Promise.all([
    import('../framework/nearest.ts'),
    import('../../check/rules/index.ts'),
  ]);
  const near = nearest(asked, [...ruleNames]);
  const hint =
    near === undefined
      ? `${program} check names the rules; a line of the log is given in quotes, whole`
      : `did you mean ${near}?`;
  return new UsageError(`nothing is known about ${JSON.stringify(clipped(asked))}`, hint);
}

/** A whole log may have been given. */
function clipped(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
