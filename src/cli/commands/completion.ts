import { defineCommand } from '../framework/command.ts';
import { exitStatus } from '../framework/exit-status.ts';
import { one } from '../framework/positionals.ts';
import { UsageError } from '../framework/usage-error.ts';

export const completion = defineCommand({
  name: 'completion',
  description:
    'Prints a script that makes a shell complete commands, options, references, backup IDs, rules and sources. Where bash and zsh load it from is in the examples; fish reads ~/.config/fish/completions/.',
  options: {},
  positionals: { shell: one('bash|zsh|fish', 'the shell') },
  examples: [
    {
      line: 'completion bash > /etc/bash_completion.d/refstore',
      what: 'bash: for every user, from the next login on',
    },
    { line: 'completion zsh > /usr/local/share/zsh/site-functions/_refstore', what: 'zsh: for every user' },
    { line: 'completion fish > ~/.config/fish/completions/refstore.fish', what: 'fish: for this user' },
  ],
  async run({ positionals: { shell } }, context) {
    const { completionScript, shells } = await import('../completion/scripts.ts');
    const wanted = shells.find((name) => name === shell);
    if (wanted === undefined) {
      throw new UsageError(
        `there is no completion for ${JSON.stringify(shell)}`,
        `the shells are ${shells.join(', ')}`,
      );
    }
    await context.out.print(completionScript(wanted, context.program));
    return exitStatus.done;
  },
});
