import type { LayerId, NetworkBuilder } from './graph.ts';

/** What a backbone can be told. */
export interface BackboneOptions {
  /** Input pixels per cell of its features, 8 to 32: stages that would go beyond it don't stride. */
  stride: number;
  /** Factor on the channels of all layers (MobileNetV2). */
  width: number;
  /** How many of its stages there are, the first ones (MobileNetV2). */
  depth: number | undefined;
  /** Channels of its last layer (MobileNetV2). */
  features: number | undefined;
}

/** Appends a backbone to a network: from a picture to features. */
export type BuildBackbone = (net: NetworkBuilder, image: LayerId, options: BackboneOptions) => LayerId;

/**
 * Counts strides up to a limit.
 *
 * @param reached stride of what precedes
 * @returns the stride that the next layer may have: what it asks for, or 1 where that would go beyond the limit
 */
export function strideLimit(limit: number, reached: number): (stride: number) => number {
  return (stride) => {
    if (reached * stride > limit) return 1;
    reached *= stride;
    return stride;
  };
}
