import type { Claim } from '../../facts/claim.ts';
import { isImageId } from '../../reference/digest.ts';
import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import type { Reference } from '../../reference/reference.ts';
import { keyProblem } from '../../repositories/patch.ts';
import { type Entry, Repositories } from '../../repositories/repositories.ts';
import type { Report } from '../check.ts';
import type { CheckContext } from '../check-context.ts';
import type { RuleName } from '../rules/index.ts';
import { canonicalLocation, isMisplaced, readEntry, storeKey } from '../stored-entry.ts';
import { decide } from './decide.ts';
import { conflictingEntries, evidenceOf } from './evidence.ts';
import type { RepairPolicy } from './policy.ts';
import type { Question, Reason } from './step.ts';
import { isDigestKey, taggedImages } from './untagged.ts';
import { wantedReferences } from './wanted.ts';

/**
 * One pass over the findings of a report: the entries as they will be, and the reason for each that changes. One
 * fix may bring up what another finding hid, so a plan makes passes until one changes nothing.
 */
export class RepairPass {
  /** By placeKey of the entry. */
  readonly reasons = new Map<string, Reason>();
  readonly questions: Question[] = [];
  readonly unproven: Claim[] = [];
  readonly absent: Claim[] = [];
  readonly #report: Report;
  readonly #context: CheckContext;
  readonly #policy: RepairPolicy;
  readonly #entries: Map<string, Entry>;

  constructor(report: Report, claims: readonly Claim[], policy: RepairPolicy) {
    this.#report = report;
    this.#context = report.context;
    this.#policy = policy;
    this.#entries = new Map(Array.from(report.context.base.entries(), (entry) => [placeKey(entry), entry]));
    this.#putInPlace();
    this.#useClaims([...evidenceOf(report), ...claims]);
    this.#remove();
    if (policy.untagged === 'skip') this.#takeBackUntagged();
  }

  get after(): Repositories {
    return Repositories.fromEntries(this.#entries.values());
  }

  /** Keys that only stand where nobody looks. */
  #putInPlace(): void {
    for (const { rule, repository = '', reference = '', imageId = '' } of this.#report.findings) {
      if (rule !== 'key-not-familiar' && rule !== 'wrong-bucket') continue;
      const parsed = tryParseNormalizedNamed(reference);
      if (parsed === undefined) continue;
      this.#drop({ repository, reference, imageId }, { rule, why: 'rename' });
      this.#put(parsed, imageId, { rule, why: 'rename' });
    }
  }

  #useClaims(claims: readonly Claim[]): void {
    const wanted = wantedReferences(this.#report, claims, this.#policy);
    const byKey = new Map<string, Claim[]>();
    for (const claim of claims) {
      const key = storeKey(claim.reference);
      if (key === undefined || !wanted.has(key)) continue;
      const others = byKey.get(key);
      if (others === undefined) byKey.set(key, [claim]);
      else others.push(claim);
    }
    for (const [key, rule] of wanted) {
      const parsed = keyProblem(key) === undefined ? tryParseNormalizedNamed(key) : undefined;
      if (parsed !== undefined) this.#useClaimsFor(key, parsed, byKey.get(key) ?? [], rule);
    }
  }

  #useClaimsFor(key: string, parsed: Reference, claims: readonly Claim[], rule: RuleName | undefined): void {
    const local = claims.filter((claim) => this.#isUsable(claim.imageId));
    const current = this.#entries.get(placeKey(canonicalLocation(parsed)))?.imageId;
    const isInDoubt = rule === 'digest-wrong-image' || rule === 'reference-conflict';
    if (current !== undefined && this.#mayStay(current) && !isInDoubt) return;
    const answer = this.#policy.answers?.get(key);
    // What a tag is to mean the user decides; what a digest means, only its bytes do.
    if (parsed.digest === undefined && answer !== undefined && this.#isUsable(answer)) {
      this.#put(parsed, answer, { rule, why: 'choice' });
      this.#dropMisplaced(parsed, { rule, why: 'rename' });
      return;
    }
    if (local.length === 0 && this.#knowsImages) this.absent.push(...claims);
    const decision = decide(parsed.digest !== undefined, local, answer);
    switch (decision?.kind) {
      case 'decided':
        this.#put(parsed, decision.imageId, { rule, why: 'claim', claim: decision.claim });
        this.#dropMisplaced(parsed, { rule, why: 'rename' });
        return;
      case 'conflict':
        this.questions.push({ reference: key, claims: decision.claims });
        return;
      case 'unproven':
        this.unproven.push(...decision.claims);
        return;
      default:
        if (rule === 'reference-conflict') this.#settleConflict(key, parsed);
    }
  }

  /** No claim decides between the entries of the file: the user does, or --lossy keeps the one that works. */
  #settleConflict(key: string, parsed: Reference): void {
    const conflicting = conflictingEntries(this.#context, key);
    const answer = this.#policy.answers?.get(key);
    const claim = conflicting.find(({ imageId }) => imageId === answer && this.#isUsable(imageId));
    if (claim !== undefined) {
      this.#put(parsed, claim.imageId, { rule: 'reference-conflict', why: 'claim', claim });
      this.#dropMisplaced(parsed, { rule: 'reference-conflict', why: 'rename' });
    } else if (!this.#keepsWhatWorks(parsed)) this.questions.push({ reference: key, claims: conflicting });
  }

  /** --lossy reference-conflict: the entry that the daemon finds stays, the others go. */
  #keepsWhatWorks(parsed: Reference): boolean {
    const works = this.#entries.has(placeKey(canonicalLocation(parsed)));
    if (!works || !this.#isAllowed('reference-conflict')) return false;
    this.#dropMisplaced(parsed, { rule: 'reference-conflict', why: 'remove' });
    return true;
  }

  #dropMisplaced(parsed: Reference, reason: Reason): void {
    const home = canonicalLocation(parsed);
    const canonical = readEntry({ ...home, imageId: '' });
    for (const entry of this.#context.aliases(canonical)) if (isMisplaced(entry)) this.#drop(entry, reason);
  }

  /** What only goes when the user says so. */
  #remove(): void {
    for (const finding of this.#report.findings) {
      const { rule, fix, repository = '', reference = '' } = finding;
      const isLossy = fix === 'lossy' || rule === 'digest-wrong-image';
      if (!isLossy || rule === 'reference-conflict' || !this.#isAllowed(rule)) continue;
      const entry = this.#entries.get(placeKey({ repository, reference })) ?? this.#atHome(reference);
      // A claim may have given it another image by now.
      if (entry !== undefined && entry.imageId === finding.imageId)
        this.#drop(entry, { rule, why: 'remove' });
    }
  }

  #atHome(reference: string): Entry | undefined {
    const parsed = tryParseNormalizedNamed(reference);
    return parsed === undefined ? undefined : this.#entries.get(placeKey(canonicalLocation(parsed)));
  }

  #isAllowed(rule: RuleName): boolean {
    return this.#policy.lossy?.includes(rule) ?? false;
  }

  /** Nothing is ever put at an image that is not here, or of which a data root cannot say whether it is. */
  #isUsable(imageId: string): boolean {
    return isImageId(imageId) && this.#knowsImages && this.#context.hasImage(imageId) !== false;
  }

  /** False for a data root whose image db could not be read. Of a file by itself every image counts as here. */
  get #knowsImages(): boolean {
    const { dataRoot } = this.#context.facts;
    return dataRoot === undefined || dataRoot.images !== undefined;
  }

  /** An entry at a damaged image is right: it is the image that has to come back. */
  #mayStay(imageId: string): boolean {
    const images = this.#context.facts.dataRoot?.images;
    return isImageId(imageId) && (images === undefined || images.has(imageId));
  }

  #put(parsed: Reference, imageId: string, reason: Reason): void {
    const home = canonicalLocation(parsed);
    const key = placeKey(home);
    if (this.#entries.get(key)?.imageId === imageId) return;
    this.#entries.set(key, { ...home, imageId });
    this.reasons.set(key, reason);
  }

  #drop(entry: Entry, reason: Reason): void {
    const key = placeKey(entry);
    this.#entries.delete(key);
    this.reasons.set(key, reason);
  }

  #takeBackUntagged(): void {
    const tagged = taggedImages(this.#entries.values());
    for (const [key, { repository, imageId, reference }] of this.#entries) {
      const isNew = this.#context.base.entry(repository, reference) === undefined;
      if (isNew && isDigestKey(reference) && !tagged.has(imageId)) this.#entries.delete(key);
    }
  }
}

export function placeKey({ repository, reference }: { repository: string; reference: string }): string {
  return `${repository}\0${reference}`;
}
