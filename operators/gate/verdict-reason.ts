import type { BackgroundFinding, ClassFinding, Findings, OverallFinding } from './judge-counts.ts';

/** Joins the statements of a reason. */
const separator = '; ';

/**
 * The reason of a verdict in one line: what decided it, then every class that moved, with counts.
 * Each statement holds by itself.
 */
export function verdictReason(
  { classes, overall, background }: Findings,
  { samples, removed }: { readonly samples: number; readonly removed: readonly string[] },
): string {
  const refused = [
    ...classes.filter(isRefused).flatMap(classStatements),
    ...(overall.refused ? [overallStatement(overall)] : []),
    ...background.filter(({ refused }) => refused).map(backgroundStatement),
  ];
  const moved = [
    ...classes.filter((finding) => !isRefused(finding)).flatMap(classStatements),
    ...background
      .filter(({ refused, before, after }) => !refused && before !== after)
      .map(backgroundStatement),
  ];
  const summary: string[] = [];
  if (refused.length > 0 && removed.length > 0) {
    summary.push(`accepted to remove ${removed.map(nameText).join(', ')}`);
  } else if (refused.length === 0) summary.push(summaryOf(classes, samples));
  return [...summary, ...refused, ...moved].join(separator);
}

/** Whether what was measured of a class speaks against the candidate. */
export function isRefused({ status, loss, alarms }: ClassFinding): boolean {
  return status === 'too-few' || loss === 'too-far' || alarms === 'too-many';
}

function summaryOf(classes: readonly ClassFinding[], samples: number): string {
  if (samples === 0) return 'there are no held-out samples to compare on';
  const anyFell = classes.some(({ status }) => status === 'fell');
  const how = anyFell ? ' beyond chance and tolerance' : '';
  return `no class fell${how} on ${samples} held-out samples`;
}

const lossTexts = {
  'too-far': ', fell too far',
  tolerated: ', within tolerance',
  'too-few-to-tell': ', not enough to tell',
} as const;

/** What is worth saying about a class; nothing if nothing changed. */
function classStatements(finding: ClassFinding): readonly string[] {
  const { counts, status, best, loss, alarms } = finding;
  const { samples, hits, falseAlarms, others } = counts;
  const name = nameText(counts.name);
  const statements: string[] = [];
  if (status === 'withdrawn') return [`${name} withdrawn`];
  if (status === 'missing') return [`${name} missing`];
  if (status === 'rose' || status === 'fell') {
    const reached = best! > hits.before ? ` (best ${best} of ${samples})` : '';
    const change = `${hits.before} of ${samples} → ${hits.after} of ${samples}`;
    statements.push(`${name} ${change}${reached}${loss === null ? '' : lossTexts[loss]}`);
  } else if (status === 'new' || status === 'unproven' || status === 'too-few') {
    const recalled =
      samples === 0 ? 'no held-out samples' : `${hits.after} of ${samples} held-out recalled`;
    const proof = { new: '', unproven: ', unproven', 'too-few': ', too few' }[status];
    statements.push(`${name}: ${recalled}${proof}`);
  }
  if (falseAlarms.before !== falseAlarms.after) {
    const change = `${falseAlarms.before} → ${falseAlarms.after}`;
    const judged = alarms === 'too-many' ? ', too many' : '';
    statements.push(`${name} fires on ${change} of ${others} other objects${judged}`);
  }
  return statements;
}

function overallStatement({ classes, samples, before, after, best }: OverallFinding): string {
  const reached = best > before ? ` (best ${best} of ${samples})` : '';
  const change = `${before} of ${samples} → ${after} of ${samples}`;
  return `${classes} known classes together ${change}${reached}, fell too far`;
}

function backgroundStatement(finding: BackgroundFinding): string {
  const { source, samples, before, after, refused } = finding;
  const where = source === null ? 'background' : `background of ${nameText(source)}`;
  const change = `${before} of ${samples} → ${after} of ${samples}`;
  return `${where} fires ${change}${refused ? ', too often' : ''}`;
}

/** A name as it is, or in quotation marks where a reader could take it for a part of the line. */
export function nameText(name: string): string {
  const isPlain = /^[\p{L}\p{M}\p{N}_'&()/.-]+( [\p{L}\p{M}\p{N}_'&()/.-]+)*$/u.test(name);
  return isPlain && !/ of |withdrawn|missing|background|fires|^no class/.test(name)
    ? name
    : JSON.stringify(name);
}
