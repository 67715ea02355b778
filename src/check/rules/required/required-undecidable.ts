import { defineRule } from '../../define-rule.ts';
import { list, quoted } from '../../message.ts';
import { type OriginArgs, origin, originOf } from '../utils/required.ts';

type Args = OriginArgs & {
  /** Names of those without a value. */
  readonly variables: readonly string[];
};

export const requiredUndecidable = defineRule<Args>({
  name: 'required-undecidable',
  category: 'required',
  severity: 'warning',
  fix: 'none',
  summary: 'a required reference has a variable without a value',
  *check({ facts: { required = [] } }) {
    for (const reference of required) {
      const { undecidable: variables } = reference;
      if (variables === undefined) continue;
      yield { reference: reference.reference, args: { ...originOf(reference), variables } };
    }
  },
  message: ({ reference = '', args }) =>
    `${quoted(reference)} in ${origin(args)} has no value for ${list(args.variables)}: it was not checked`,
  meaning: 'Whether the reference resolves depends on a variable that was not given.',
  cause: 'The compose file takes it from the environment or an .env file.',
  advice: [
    {
      text: 'Give the resolved file',
      command: 'docker compose config > resolved.yaml && refstore check --require resolved.yaml',
    },
  ],
});
