import type { Finding, Summary } from '../../check/finding.ts';

/**
 * Findings as metrics in Prometheus' text format 0.0.4, for node_exporter's textfile collector.
 * @param atMs when the check was made, in milliseconds of the Unix epoch
 */
export function formatPrometheus(findings: readonly Finding[], summary: Summary, atMs: number): string {
  const byRule = new Map<string, number>();
  for (const { rule, severity } of findings) {
    const labels = `rule="${rule}",severity="${severity}"`;
    byRule.set(labels, (byRule.get(labels) ?? 0) + 1);
  }
  return [
    '# HELP refstore_findings Findings of the last check, by severity.',
    '# TYPE refstore_findings gauge',
    ...Object.entries(summary).map(
      ([severity, count]) => `refstore_findings{severity="${severity}"} ${count}`,
    ),
    '# HELP refstore_rule_findings Findings of the last check, by rule; only rules that found something.',
    '# TYPE refstore_rule_findings gauge',
    ...[...byRule].map(([labels, count]) => `refstore_rule_findings{${labels}} ${count}`),
    '# HELP refstore_check_timestamp_seconds When the last check was made.',
    '# TYPE refstore_check_timestamp_seconds gauge',
    `refstore_check_timestamp_seconds ${(atMs / 1000).toFixed(3)}`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}
