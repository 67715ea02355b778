import { describe, expect, test } from 'vitest';
import { checkFacts } from '../../src/check/check.ts';
import { formatFinding } from '../../src/check/format.ts';
import { repairBase } from '../../src/check/repair/base.ts';
import { planRepair, planRepairDetailed } from '../../src/check/repair/plan.ts';
import { ruleNames } from '../../src/check/rules/index.ts';
import { applyPatch } from '../../src/repositories/apply.ts';
import { Repositories } from '../../src/repositories/repositories.ts';
import { serializeRepositories } from '../../src/repositories/serialize.ts';
import { corpusNames, fileFacts, readCase } from '../support/corpus.ts';

const names = await corpusNames();

describe.each(names)('%s', async (name) => {
  const { case: expected, facts, before, after } = await readCase(name);
  const report = checkFacts(facts);
  const plan = planRepairDetailed(report, expected.claims, expected.policy);

  test('is found', () => {
    const found = report.findings.map(({ args: _args, at, ...finding }) => ({
      ...finding,
      ...(at && { offset: at.offset }),
    }));
    expect(found).toEqual(expected.findings);
  });

  test('is told in a sentence without raw control characters', () => {
    for (const finding of report.findings) {
      expect(formatFinding(finding)).toMatch(/^[^\x00-\x1f\x7f-\x9f]{10,}[^.]$/);
    }
  });

  test('is planned', () => {
    const { patch, rewrite, questions, untagged, unproven, absent } = plan;
    expect({
      rewrite,
      operations: patch.operations,
      ...(questions.length > 0 && { questions: questions.map((question) => question.reference) }),
      ...(untagged.length > 0 && { untagged }),
      ...(unproven.length > 0 && { unproven: unproven.map((claim) => claim.reference) }),
      ...(absent.length > 0 && { absent: absent.map((claim) => claim.reference) }),
    }).toEqual(expected.plan);
    expect(plan.remaining.map(({ rule }) => rule)).toEqual(expected.left);
  });

  test('is repaired, and a second repair has nothing to do', () => {
    const base = before === undefined ? Repositories.empty : repairBase(before);
    const bytes = Buffer.from(serializeRepositories(applyPatch(base, plan.patch).repositories));
    const isWritten = plan.rewrite || plan.patch.operations.length > 0;
    expect(isWritten ? bytes.toString() : undefined).toBe(
      after === undefined ? undefined : Buffer.from(after).toString(),
    );
    if (!isWritten) return;

    const { live: _live, ...lasting } = facts;
    const { kind: _kind, ...file } = expected.file ?? {};
    const second = checkFacts({ ...lasting, file: fileFacts(bytes, file) });
    expect(second.findings.map(({ rule }) => rule)).toEqual(expected.left);
    const again = planRepairDetailed(second, expected.claims, expected.policy);
    expect({ operations: again.patch.operations, rewrite: again.rewrite }).toEqual({
      operations: [],
      rewrite: false,
    });
  });

  test('loses no entry unless that was allowed', () => {
    const { steps } = planRepairDetailed(report, expected.claims);
    expect(steps.filter((step) => step.why === 'remove')).toEqual([]);
    const kept = applyPatch(repairBase(before ?? new Uint8Array()), planRepair(report, expected.claims));
    const lost = report.context.entries.filter(
      ({ form, repository, reference }) =>
        form === 'valid' && kept.repositories.entry(repository, reference) === undefined,
    );
    expect(lost).toEqual([]);
  });
});

test('every rule has a case, and every shape of the file that was given to real engines', async () => {
  const cases = await Promise.all(names.map(readCase));
  const fired = new Set(cases.flatMap((one) => one.case.findings.map(({ rule }) => rule)));
  expect(ruleNames.filter((rule) => !fired.has(rule))).toEqual([]);
  expect(names.length).toBeGreaterThanOrEqual(130);
});

/** Observed on Docker 20.10.24, 26.1.5 and 28.5.2; the dangling link stops 28.5.2 only. */
const refused = [
  'empty-file',
  'truncated-mid',
  'nul-bytes',
  'null',
  'array',
  'string',
  'number',
  'repositories-array',
  'utf8-bom',
  'utf16',
  'value-number',
  'string-bucket',
  'directory',
  'big-depth',
  'symlink-dangling',
];

test.each(refused)('%s stops a real daemon, and is called fatal', async (name) => {
  expect(checkFacts((await readCase(name)).facts).summary.fatal).toBe(1);
});

test('no other case is called fatal, but those that are broken in the same way or beside the file', async () => {
  const broken =
    /^(?:another-file|block|cut|disk-full|hand-edit|merge-conflict|nul-run|python|two-versions|utf16|white-space)/;
  const others = names.filter((name) => !refused.includes(name) && !broken.test(name));
  const fatal: string[] = [];
  for (const name of others) {
    if (checkFacts((await readCase(name)).facts).summary.fatal > 0) fatal.push(name);
  }
  // Not about the file: what stops the daemon beside it.
  expect(fatal).toEqual(['containerd-metadata-zeroed', 'distribution-is-a-file']);
});
