import { type RuleName, ruleNames } from './finding.ts';
import type { Rule } from './rule.ts';
import { invalidUtf8, notCanonical } from './rules/bytes.ts';
import {
  containerdDigestUnresolvable,
  containerdImageIncomplete,
  unusedImageStore,
} from './rules/containerd.ts';
import { containerImageMissing, containerReferenceLost } from './rules/containers.ts';
import { containerdImageStore, memoryDiffers } from './rules/daemon.ts';
import { containerdMetadataDamaged, folderBlocked } from './rules/daemon-start.ts';
import { imageConfigDamaged, imageLayersMissing, layerDataMissing } from './rules/damaged-images.ts';
import { digestWrongImage } from './rules/digest-wrong-image.ts';
import { duplicateBucket, duplicateField, duplicateReference } from './rules/duplicates.ts';
import { emptyBucket } from './rules/empty-bucket.ts';
import { fieldCase, unknownField } from './rules/fields.ts';
import { fileMissing } from './rules/file-missing.ts';
import { ghostDigest, ghostTag } from './rules/ghosts.ts';
import { imageIdMalformed } from './rules/image-id-malformed.ts';
import { keyNotReversible, keyTagAndDigest, keyUnparsable, keyWithoutTag, nameSha256 } from './rules/keys.ts';
import { leftoverTemporary, staleLock } from './rules/left-behind.ts';
import { mapNull } from './rules/map-null.ts';
import { keyNotFamiliar, referenceConflict, wrongBucket } from './rules/misplaced.ts';
import { fileMode, fileOwner } from './rules/mode-and-owner.ts';
import { imageUnnamed, imageUntagged } from './rules/nameless-images.ts';
import { notExamined } from './rules/not-examined.ts';
import { fileDanglingSymlink, fileSymlink, notAFile } from './rules/not-regular.ts';
import {
  fileCut,
  fileEmpty,
  fileEncoding,
  fileForeign,
  fileNul,
  fileNull,
  fileSyntax,
  fileTooDeep,
  fileType,
} from './rules/refused.ts';
import { requiredInvalid, requiredUndecidable, requiredUnresolved } from './rules/required.ts';
import { severalStores } from './rules/several-stores.ts';
import { trailingBytes } from './rules/trailing-bytes.ts';

/** Every rule, by its name. */
const rules: Readonly<Record<RuleName, Rule>> = {
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
  'required-unresolved': requiredUnresolved,
  'required-undecidable': requiredUndecidable,
  'required-invalid': requiredInvalid,
};

/** In the order in which their findings are given. */
export const allRules: readonly Rule[] = ruleNames.map((name) => rules[name]);

export function ruleOf(name: RuleName): Rule {
  return rules[name];
}

export function isRuleName(name: string): name is RuleName {
  return Object.hasOwn(rules, name);
}
