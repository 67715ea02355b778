import type { ImageFacts } from '../../facts/facts.ts';
import type { CheckContext } from '../check-context.ts';
import type { Rule } from '../rule.ts';

/** Images that the daemon skips when it starts, with every reference at them, or lists and cannot run. */

const maxNames = 20;

export const imageConfigDamaged: Rule = {
  name: 'image-config-damaged',
  severity: 'error',
  fix: 'none',
  category: 'data-root',
  summary: 'an image config that is empty, unreadable or not what its name says',
  *check(context) {
    for (const [imageId, image] of images(context)) {
      if (image.state === 'ok' || image.state === 'unexamined') continue;
      yield { imageId, ...use(context, imageId, { state: image.state }) };
    }
  },
};

export const imageLayersMissing: Rule = {
  name: 'image-layers-missing',
  severity: 'error',
  fix: 'none',
  category: 'data-root',
  summary: 'an image with layers that layerdb lacks or holds damaged',
  *check(context) {
    for (const [imageId, image] of images(context)) {
      if (image.state !== 'ok' || image.badLayers === undefined) continue;
      const layers = image.badLayers.map(({ chainId, problem }) => `${chainId} (${problem})`);
      yield { imageId, ...use(context, imageId, { layers: layers.slice(0, maxNames) }) };
    }
  },
};

export const layerDataMissing: Rule = {
  name: 'layer-data-missing',
  severity: 'error',
  fix: 'none',
  category: 'data-root',
  summary:
    "an image that is listed and cannot run: the files of a layer are gone from the graph driver's folder",
  *check(context) {
    const { layerDataUnread, images: all } = context.facts.dataRoot ?? {};
    if (layerDataUnread !== undefined && (all?.size ?? 0) > 0) yield { args: { ...layerDataUnread } };
    for (const [imageId, image] of images(context)) {
      if (image.missingData === undefined || context.hasImage(imageId) !== true) continue;
      yield { imageId, ...use(context, imageId, { paths: image.missingData.slice(0, maxNames) }) };
    }
  },
};

function images(context: CheckContext): Iterable<[string, ImageFacts]> {
  return context.facts.dataRoot?.images ?? [];
}

/** Who is hit. Where nobody is, it is only dead weight. */
function use(context: CheckContext, imageId: string, args: Record<string, string | readonly string[]>) {
  const references = context.namesOf(imageId).map((entry) => entry.reference);
  const containers = context.containersOf(imageId);
  return {
    ...(references.length + containers.length === 0 ? { severity: 'warning' as const } : {}),
    args: { ...args, references: references.slice(0, maxNames), containers: containers.slice(0, maxNames) },
  };
}
