import type { Explanation } from '../../check/explain/explain.ts';
import { type Context, defineCommand } from '../command.ts';
import { escapeText } from '../escape.ts';
import { exitStatus } from '../exit-status.ts';
import { many } from '../positionals.ts';
import { UsageError } from '../usage-error.ts';
import { wrap } from '../wrap.ts';

export const explain = defineCommand({
  name: 'explain',
  description:
    "Says what a finding, or a line of the daemon's log or of the docker command, means, why it comes about and what to do. Needs no daemon, no file and no network.",
  options: {},
  positionals: { text: many('RULE|TEXT', 'the name of a rule, or the line (in quotes)') },
  examples: [
    { line: 'explain ghost-digest', what: 'a rule that check named' },
    {
      line: `explain "Couldn't create reference store repository: unexpected EOF"`,
      what: "the last line of the daemon's log",
    },
  ],
  async run({ positionals: { text } }, context) {
    const { explain: lookUp } = await import('../../check/explain/explain.ts');
    const asked = text.join(' ');
    const explanation = lookUp(asked);
    if (explanation === undefined) throw await unknown(asked, context);
    if (context.out.json)
      await context.out.printJson('explanation', { ...explanation, rule: explanation.rule ?? null });
    else await context.out.print(inWords(explanation, context));
    return exitStatus.done;
  },
});

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
    import('../nearest.ts'),
    import('../../check/finding.ts'),
  ]);
  const near = nearest(asked, [...ruleNames]);
  const hint =
    near === undefined
      ? `${program} check names the rules; a line of the log is given in quotes, whole`
      : `did you mean ${near}?`;
  return new UsageError(`nothing is known about ${JSON.stringify(asked)}`, hint);
}
