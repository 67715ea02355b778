import { formatFacts } from '../formatters/facts.ts';
import { describeStatus } from '../formatters/status.ts';
import { defineCommand } from '../framework/command.ts';
import { exitStatus } from '../framework/exit-status.ts';
import { gatherStatus } from '../status.ts';

export const status = defineCommand({
  name: 'status',
  description:
    "Says which image store the daemon uses and why that is known, where the reference store is and how it was found, what the file holds, and whether the daemon's memory is what the file says. Changes nothing, and starts no daemon.",
  options: {},
  positionals: {},
  examples: [
    { line: 'status', what: 'of this host' },
    { line: 'status --data-root /mnt/disk/var/lib/docker', what: 'of a disk from another host' },
  ],
  statuses: { [exitStatus.usage]: 'there is no store, or its file cannot be read by a daemon' },
  async run(_args, context) {
    const { out, program } = context;
    const status = await gatherStatus(context);
    if (out.json) await out.printJson('status', { ...status });
    else await out.print(formatFacts(describeStatus(status, program), out.columns, out.colours));
    return status.problem === null ? exitStatus.done : exitStatus.usage;
  },
});
