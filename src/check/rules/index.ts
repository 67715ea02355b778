import type { Rule } from '../define-rule.ts';
import { containerdDigestUnresolvable } from './daemon/containerd-digest-unresolvable.ts';
import { containerdImageIncomplete } from './daemon/containerd-image-incomplete.ts';
import { containerdImageStore } from './daemon/containerd-image-store.ts';
import { containerdMetadataDamaged } from './daemon/containerd-metadata-damaged.ts';
import { memoryDiffers } from './daemon/memory-differs.ts';
import { moveBlocked } from './daemon/move-blocked.ts';
import { moveDigests } from './daemon/move-digests.ts';
import { unusedImageStore } from './daemon/unused-image-store.ts';
import { containerImageMissing } from './data-root/container-image-missing.ts';
import { containerReferenceLost } from './data-root/container-reference-lost.ts';
import { digestWrongImage } from './data-root/digest-wrong-image.ts';
import { folderBlocked } from './data-root/folder-blocked.ts';
import { ghostDigest } from './data-root/ghost-digest.ts';
import { ghostTag } from './data-root/ghost-tag.ts';
import { imageConfigDamaged } from './data-root/image-config-damaged.ts';
import { imageLayersMissing } from './data-root/image-layers-missing.ts';
import { imageUnnamed } from './data-root/image-unnamed.ts';
import { imageUntagged } from './data-root/image-untagged.ts';
import { layerDataMissing } from './data-root/layer-data-missing.ts';
import { notExamined } from './data-root/not-examined.ts';
import { severalStores } from './data-root/several-stores.ts';
import { emptyBucket } from './entries/empty-bucket.ts';
import { imageIdMalformed } from './entries/image-id-malformed.ts';
import { keyNotFamiliar } from './entries/key-not-familiar.ts';
import { keyNotReversible } from './entries/key-not-reversible.ts';
import { keyTagAndDigest } from './entries/key-tag-and-digest.ts';
import { keyUnparsable } from './entries/key-unparsable.ts';
import { keyWithoutTag } from './entries/key-without-tag.ts';
import { nameSha256 } from './entries/name-sha256.ts';
import { referenceConflict } from './entries/reference-conflict.ts';
import { wrongBucket } from './entries/wrong-bucket.ts';
import { duplicateBucket } from './file/duplicate-bucket.ts';
import { duplicateField } from './file/duplicate-field.ts';
import { duplicateReference } from './file/duplicate-reference.ts';
import { fieldCase } from './file/field-case.ts';
import { fileCut } from './file/file-cut.ts';
import { fileDanglingSymlink } from './file/file-dangling-symlink.ts';
import { fileEmpty } from './file/file-empty.ts';
import { fileEncoding } from './file/file-encoding.ts';
import { fileForeign } from './file/file-foreign.ts';
import { fileMissing } from './file/file-missing.ts';
import { fileMode } from './file/file-mode.ts';
import { fileNul } from './file/file-nul.ts';
import { fileNull } from './file/file-null.ts';
import { fileOwner } from './file/file-owner.ts';
import { fileSymlink } from './file/file-symlink.ts';
import { fileSyntax } from './file/file-syntax.ts';
import { fileTooDeep } from './file/file-too-deep.ts';
import { fileType } from './file/file-type.ts';
import { invalidUtf8 } from './file/invalid-utf8.ts';
import { leftoverTemporary } from './file/leftover-temporary.ts';
import { mapNull } from './file/map-null.ts';
import { notAFile } from './file/not-a-file.ts';
import { notCanonical } from './file/not-canonical.ts';
import { staleLock } from './file/stale-lock.ts';
import { trailingBytes } from './file/trailing-bytes.ts';
import { unknownField } from './file/unknown-field.ts';
import { requiredInvalid } from './required/required-invalid.ts';
import { requiredUndecidable } from './required/required-undecidable.ts';
import { requiredUnresolved } from './required/required-unresolved.ts';

/** Every rule by its name, in the order in which their findings are given. */
const rules = {
  'file-missing': fileMissing,
  'file-empty': fileEmpty,
  'file-cut': fileCut,
  'file-nul': fileNul,
  'file-foreign': fileForeign,
  'file-encoding': fileEncoding,
  'file-syntax': fileSyntax,
  'file-type': fileType,
  'file-null': fileNull,
  'file-too-deep': fileTooDeep,
  'map-null': mapNull,
  'trailing-bytes': trailingBytes,
  'duplicate-field': duplicateField,
  'duplicate-bucket': duplicateBucket,
  'duplicate-reference': duplicateReference,
  'field-case': fieldCase,
  'unknown-field': unknownField,
  'invalid-utf8': invalidUtf8,
  'not-canonical': notCanonical,
  'file-symlink': fileSymlink,
  'file-dangling-symlink': fileDanglingSymlink,
  'not-a-file': notAFile,
  'file-mode': fileMode,
  'file-owner': fileOwner,
  'leftover-temporary': leftoverTemporary,
  'stale-lock': staleLock,
  'key-not-familiar': keyNotFamiliar,
  'key-not-reversible': keyNotReversible,
  'key-without-tag': keyWithoutTag,
  'key-tag-and-digest': keyTagAndDigest,
  'key-unparsable': keyUnparsable,
  'wrong-bucket': wrongBucket,
  'empty-bucket': emptyBucket,
  'image-id-malformed': imageIdMalformed,
  'reference-conflict': referenceConflict,
  'name-sha256': nameSha256,
  'folder-blocked': folderBlocked,
  'ghost-tag': ghostTag,
  'ghost-digest': ghostDigest,
  'digest-wrong-image': digestWrongImage,
  'image-config-damaged': imageConfigDamaged,
  'image-layers-missing': imageLayersMissing,
  'layer-data-missing': layerDataMissing,
  'image-untagged': imageUntagged,
  'image-unnamed': imageUnnamed,
  'container-image-missing': containerImageMissing,
  'container-reference-lost': containerReferenceLost,
  'several-stores': severalStores,
  'not-examined': notExamined,
  'memory-differs': memoryDiffers,
  'containerd-image-store': containerdImageStore,
  'containerd-metadata-damaged': containerdMetadataDamaged,
  'containerd-digest-unresolvable': containerdDigestUnresolvable,
  'containerd-image-incomplete': containerdImageIncomplete,
  'unused-image-store': unusedImageStore,
  'move-blocked': moveBlocked,
  'move-digests': moveDigests,
  'required-unresolved': requiredUnresolved,
  'required-undecidable': requiredUndecidable,
  'required-invalid': requiredInvalid,
} as const satisfies Readonly<Record<string, Rule>>;

/** Stable: it is in the JSON output, in --severity RULE=LEVEL and --lossy RULE, and in scripts. */
export type RuleName = keyof typeof rules;

export const ruleNames = Object.keys(rules) as readonly RuleName[];

/** A rule of the list: the name is its key, which a test holds. */
export type ListedRule = Rule & { readonly name: RuleName };

export const allRules = Object.values(rules) as readonly ListedRule[];

export function ruleOf(name: RuleName): ListedRule {
  return rules[name] as ListedRule;
}

export function isRuleName(name: string): name is RuleName {
  return Object.hasOwn(rules, name);
}
