import type { ImageFacts } from '../facts.ts';
import type { Rule } from '../rule.ts';
import type { Subject } from '../subject.ts';

/** Images that the daemon skips when it starts, with every reference at them, or lists and cannot run. */

const mostNames = 20;

export const imageConfigDamaged: Rule = {
  name: 'image-config-damaged',
  severity: 'error',
  fix: 'none',
  concerns: 'data-root',
  summary: 'an image config that is empty, unreadable or not what its name says',
  *check(subject) {
    for (const [imageId, image] of images(subject)) {
      if (image.state === 'ok' || image.state === 'unexamined') continue;
      yield { imageId, ...use(subject, imageId, { state: image.state }) };
    }
  },
};

export const imageLayersMissing: Rule = {
  name: 'image-layers-missing',
  severity: 'error',
  fix: 'none',
  concerns: 'data-root',
  summary: 'an image with layers that layerdb lacks or holds damaged',
  *check(subject) {
    for (const [imageId, image] of images(subject)) {
      if (image.state !== 'ok' || image.badLayers === undefined) continue;
      const layers = image.badLayers.map(({ chainId, problem }) => `${chainId} (${problem})`);
      yield { imageId, ...use(subject, imageId, { layers: layers.slice(0, mostNames) }) };
    }
  },
};

export const layerDataMissing: Rule = {
  name: 'layer-data-missing',
  severity: 'error',
  fix: 'none',
  concerns: 'data-root',
  summary:
    "an image that is listed and cannot run: the files of a layer are gone from the graph driver's folder",
  *check(subject) {
    const { layerDataUnread, images: all } = subject.facts.dataRoot ?? {};
    if (layerDataUnread !== undefined && (all?.size ?? 0) > 0) yield { args: { ...layerDataUnread } };
    for (const [imageId, image] of images(subject)) {
      if (image.missingData === undefined || subject.hasImage(imageId) !== true) continue;
      yield { imageId, ...use(subject, imageId, { paths: image.missingData.slice(0, mostNames) }) };
    }
  },
};

function images(subject: Subject): Iterable<[string, ImageFacts]> {
  return subject.facts.dataRoot?.images ?? [];
}

/** Who is hit. Where nobody is, it is only dead weight. */
function use(subject: Subject, imageId: string, args: Record<string, string | readonly string[]>) {
  const references = subject.namesOf(imageId).map((entry) => entry.reference);
  const containers = subject.containersOf(imageId);
  return {
    ...(references.length + containers.length === 0 ? { severity: 'warning' as const } : {}),
    args: { ...args, references: references.slice(0, mostNames), containers: containers.slice(0, mostNames) },
  };
}
